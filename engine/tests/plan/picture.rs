//! Plans and their pictures.

use crate::support::{Made, Settings, examine, plugin};
use galatea::{
    definition::{PermissionKind, PermissionScope},
    plan::Plan,
};

fn build() -> Vec<Made> {
    vec![
        plugin("sql").priority(100),
        plugin("http"),
        plugin("geo").requires(&["http"]),
        plugin("weather")
            .requires(&["http"])
            .optional("geo")
            .config::<Settings>()
            .permission(PermissionKind::Network, PermissionScope::Config("base-url")),
        plugin("hosted").requires(&["http"]).serves(&["text-large", "text-embedding"]),
        plugin("offline").serves(&["text-large"]).priority(-10),
        plugin("knowledge").requires(&["sql"]).needs("text-embedding"),
    ]
}

const CHARACTER: &str = r#"name = "Ada & <Co>"

[plugins.sql]
[plugins.http]
[plugins.geo]

[plugins.weather]
version = "^1"
api-key = { env = "WEATHER_API_KEY" }
retry.times = 5

[plugins.hosted]
enabled = { env = "HOSTED_API_KEY" }

[plugins.offline]
fallback = "text-large"

[plugins.knowledge]

[grants.weather]
network = ["api.weather.example"]
"#;

fn plan() -> Plan {
    let (plan, warnings) = examine(&build(), CHARACTER).unwrap();
    assert_eq!(warnings.diagnostics, []);
    plan
}

#[test]
fn a_plan_reads_well() {
    insta::assert_snapshot!("text", plan().text());
    insta::assert_snapshot!("graph_text", plan().graph().text());
    insta::assert_snapshot!("mermaid", plan().graph().mermaid());
    insta::assert_snapshot!("dot", plan().graph().dot());
    insta::assert_snapshot!("svg", plan().graph().svg());
}

#[test]
fn a_plan_is_data() {
    let mut json = plan().to_json();
    let hash = json["schema-hash"].as_str().unwrap().to_owned();
    assert!(hash.len() == 40 && hash.chars().all(|c| c.is_ascii_hexdigit()), "{hash}");
    // It changes with every doc comment of a character's keys.
    json["schema-hash"] = "…".into();
    insta::assert_snapshot!("json", serde_json::to_string_pretty(&json).unwrap());
    assert_eq!(plan().to_json().to_string(), plan().to_json().to_string());
}

#[test]
fn a_picture_of_nothing_is_one() {
    let (plan, _) = examine(&[], "name = 'Nobody'").unwrap();
    assert!(plan.graph().svg().ends_with("</svg>\n"));
}
