//! What is the same as in elizaOS 1.7.2, and what is not on purpose.

use super::support::{direct, golden, start, turn, values};
use galatea::registry::Registry;
use serde_json::Value;
use std::collections::BTreeMap;

fn named(list: &Value) -> BTreeMap<&str, &Value> {
    list.as_array().unwrap().iter().map(|entry| (entry["name"].as_str().unwrap(), entry)).collect()
}

#[test]
fn actions_have_the_names_and_similes_of_elizaos() {
    let registry = Registry::linked().unwrap();
    let plugin = registry.get("bootstrap").unwrap();
    let golden = golden("turn-scenarios.json");
    let mut golden = named(&golden["actions"]);
    // Pictures are for a plugin that makes them.
    golden.remove("GENERATE_IMAGE").unwrap();
    let ours: BTreeMap<&str, _> = plugin.actions.iter().map(|action| (action.name, *action)).collect();
    assert_eq!(ours.keys().collect::<Vec<_>>(), golden.keys().collect::<Vec<_>>());
    for (name, theirs) in golden {
        let action = ours[name];
        let similes: Vec<&str> =
            theirs["similes"].as_array().unwrap().iter().map(|simile| simile.as_str().unwrap()).collect();
        // A name that is its own simile says nothing.
        let similes: Vec<&str> = similes.into_iter().filter(|simile| *simile != name).collect();
        assert_eq!(action.similes, similes, "{name}");
        assert!((3..=5).contains(&action.examples.len()), "{name}");
    }
}

#[test]
fn providers_have_the_names_of_elizaos_and_its_positions_where_it_has_any() {
    /// Prompts of elizaOS's pipeline that Galatea's does not need.
    const LEFT_OUT: [&str; 2] = ["ANXIETY", "EVALUATORS"];
    /// In elizaOS the model asks for these; here they are told where there is something to tell.
    const USUAL: [&str; 3] = ["ATTACHMENTS", "ENTITIES", "FACTS"];
    let registry = Registry::linked().unwrap();
    let plugin = registry.get("bootstrap").unwrap();
    let golden = golden("turn-scenarios.json");
    let golden = named(&golden["providers"]);
    let ours: BTreeMap<&str, _> =
        plugin.providers.iter().map(|provider| (provider.name, *provider)).collect();
    let wanted: Vec<&str> = golden.keys().copied().filter(|name| !LEFT_OUT.contains(name)).collect();
    assert_eq!(ours.keys().copied().collect::<Vec<_>>(), wanted);
    for (name, provider) in ours {
        if let Some(position) = golden[name]["position"].as_i64() {
            assert_eq!(i64::from(provider.position), position, "{name}");
        }
        let dynamic = golden[name]["dynamic"] == true && !USUAL.contains(&name);
        assert_eq!((provider.dynamic, provider.private), (dynamic, false), "{name}");
    }
    let first = plugin.providers.iter().min_by_key(|provider| provider.position).unwrap();
    assert_eq!(first.name, "CHARACTER", "what never changes leads");
}

/// The golden character, with placeholders as elizaOS writes them.
const GOLDEN: &str = r#"
name = "Golden"
system = "SYS"
bio = "only bio"
topics = ["t1"]
adjectives = ["kind"]
post-examples = ["post1"]
message-examples = [[{ name = "{{name1}}", text = "hi" }, { name = "Golden", text = "yo", actions = ["REPLY"] }]]
style = { all = ["a1"], chat = ["c1"], post = ["p1"] }
[plugins.bootstrap]
[plugins.puppet]
"#;

#[tokio::test]
async fn values_are_those_that_templates_of_elizaos_expect() {
    let agent = start(GOLDEN).await;
    let values = values(&agent, direct(""), &[]).await;
    let golden = golden("turn-scenarios.json");
    let texts = &golden["providerText"];
    for (name, wanted) in texts["CHARACTER"]["values"].as_object().unwrap() {
        let wanted = match name.as_str() {
            // Without another topic nothing is said of others.
            "topics" => String::new(),
            _ => wanted.as_str().unwrap().replace("gb8aak", "User 1"),
        };
        assert_eq!(values[name], wanted, "{name}");
    }
    for provider in
        ["ACTION_STATE", "CHOICE", "RECENT_MESSAGES", "ENTITIES", "ROLES", "SETTINGS", "PROVIDERS"]
    {
        for name in texts[provider]["values"].as_object().unwrap().keys() {
            assert!(!values[name].is_null(), "{provider} has no value {name}");
        }
    }
    assert_eq!(values["tasks"], texts["CHOICE"]["values"]["tasks"]);
    assert_eq!(values["hasActionResults"], false);
    assert_eq!(values["actionResults"], texts["ACTION_STATE"]["values"]["actionResults"]);
    assert_eq!(values["roles"], texts["ROLES"]["values"]["roles"]);
    for name in
        ["actions", "actionNames", "actionExamples", "actionsWithDescriptions", "time", "facts", "senderName"]
    {
        assert!(values[name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_template_of_elizaos_gets_its_values() {
    let template =
        "{{agentName}}|{{adjective}}|{{topic}}|{{senderName}}|{{recentMessage}}|{{recentMessages}}";
    let toml = GOLDEN.replace(
        "[plugins.bootstrap]",
        &format!("[templates]\nmessage-handler = '{template}'\n[plugins.bootstrap]"),
    );
    let agent = start(&toml).await;
    let (said, _) = turn(&agent, direct("system")).await;
    assert_eq!(said, ["Golden|kind|t1|Sam|system|# Conversation Messages\n(just now) Sam: system"]);
    agent.stop().await;
}
