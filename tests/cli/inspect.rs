//! Plans, graphs, plugins and explanations.

use super::support::Folder;

#[test]
fn a_plan_is_the_same_every_time() {
    let folder = Folder::new();
    let first = folder.run(&["plan", "ada", "--json"]);
    let second = Folder::new().run(&["plan", "ada", "--json"]);
    assert_eq!(first.fine(), second.fine());
    let plan: serde_json::Value = serde_json::from_str(&first.out).unwrap();
    assert_eq!(plan["name"], "ada");
    insta::assert_snapshot!(folder.run(&["plan", "scout"]).fine());
}

#[test]
fn a_graph_has_four_forms() {
    let folder = Folder::new();
    let draw = |format: &str| folder.run(&["graph", "scout", "--format", format]).fine().to_owned();
    insta::assert_snapshot!([draw("text"), draw("mermaid"), draw("dot")].join("\n"));
    let svg = draw("svg");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && svg.contains("weather"), "{svg}");
}

#[test]
fn a_plugin_tells_everything() {
    insta::assert_snapshot!(Folder::new().run(&["plugins", "weather"]).fine());
}

#[test]
fn plugins_are_listed() {
    let out = Folder::new().run(&["plugins"]).fine().to_owned();
    for name in ["bootstrap", "http", "offline", "sql", "weather"] {
        assert!(out.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}: {out}");
    }
    let json: serde_json::Value =
        serde_json::from_str(Folder::new().run(&["plugins", "sql", "--json"]).fine()).unwrap();
    assert!(json[0]["config"]["properties"]["url"].is_object(), "{json}");
}

#[test]
fn routes_are_listed_and_described() {
    let folder = Folder::new();
    let out = folder.run(&["routes", "scout"]).fine().to_owned();
    assert_eq!(out, "GET    /weather/now/{place}  known callers\n    The weather at a place now.\n");
    let document: serde_json::Value =
        serde_json::from_str(folder.run(&["routes", "scout", "--openapi"]).fine()).unwrap();
    let get = &document["paths"]["/weather/now/{place}"]["get"];
    assert_eq!(get["operationId"], "weather.weather-now", "{document:#}");
    let answer = &get["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(answer, "#/components/schemas/Report");
    assert_eq!(
        document["components"]["schemas"]["Report"]["properties"]["sky"]["$ref"],
        "#/components/schemas/Sky"
    );
    assert_eq!(folder.run(&["routes", "eliza"]).fine(), "no plugin of Eliza answers over HTTP\n");
}

#[test]
fn codes_are_explained() {
    let folder = Folder::new();
    let ran = folder.run(&["explain", "gal7"]);
    assert!(
        ran.fine().starts_with("GAL0007: a plugin needs one that the character does not select\n"),
        "{}",
        ran.all()
    );
    assert!(!ran.out.contains("```") && ran.out.contains("    [plugins."), "{}", ran.all());
    let all = folder.run(&["explain"]);
    assert!(all.fine().lines().count() >= 19, "{}", all.all());
}

#[test]
fn actions_are_found_by_their_tags() {
    let folder = Folder::new();
    let found = folder.run(&["plugins", "--tag", "Forecast"]);
    let wanted = "GET_WEATHER  in weather\n  Tells the current weather at a place: temperature, sky, wind.\n";
    assert_eq!(found.fine(), wanted);
    let found = folder.run(&["plugins", "weather", "--tag", "weather", "--json"]);
    let found: serde_json::Value = serde_json::from_str(found.fine()).unwrap();
    assert_eq!(found[0]["tags"], serde_json::json!(["weather", "forecast"]));
    let unknown = folder.run(&["plugins", "--tag", "forcast"]);
    assert_eq!(unknown.code, Some(1), "{}", unknown.all());
    assert!(unknown.err.contains("did you mean `forecast`?"), "{}", unknown.all());
}
