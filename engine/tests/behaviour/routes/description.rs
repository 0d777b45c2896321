//! How routes are described.

use super::*;

#[tokio::test]
async fn the_description_is_sound() {
    let agent = site().await;
    let document = agent.openapi();
    agent.stop().await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["title"], "Ada");
    let mut ids = std::collections::BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with('/') && !path.contains('*'), "{path}");
        for (method, operation) in operations.as_object().unwrap() {
            assert!(["get", "post", "put", "patch", "delete"].contains(&method.as_str()), "{method}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
            assert!(!operation["summary"].as_str().unwrap().is_empty());
            assert!(
                operation["responses"]
                    .as_object()
                    .unwrap()
                    .values()
                    .all(|r| { r["description"].is_string() || r["$ref"].is_string() })
            );
            let declared = operation["parameters"].as_array().into_iter().flatten();
            let mut declared: Vec<String> = declared
                .filter(|p| p["in"] == "path")
                .map(|p| {
                    assert_eq!(p["required"], true);
                    p["name"].as_str().unwrap().to_owned()
                })
                .collect();
            let mut named: Vec<String> = path
                .split('/')
                .filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'))
                .map(str::to_owned)
                .collect();
            declared.sort();
            named.sort();
            assert_eq!(declared, named, "{path}");
        }
    }
    references_lead_somewhere(&document, &document);
    let at = |pointer: &str| document.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {document:#}"));
    assert_eq!(
        at("/paths/~1site~1hello~1{name}/get/description"),
        "Says hello.\n\nIn the words of the config."
    );
    assert_eq!(at("/paths/~1site~1hello~1{name}/get/security"), &json!([]));
    assert_eq!(at("/paths/~1site~1me/get/security"), &json!([{ "caller": [] }]));
    assert_eq!(at("/paths/~1site~1restart/post/x-roles"), &json!(["admin"]));
    let words = json!({ "name": "words", "in": "query", "required": true, "schema": { "type": "string" }, "description": "The words." });
    assert_eq!(at("/paths/~1site~1search/get/parameters/0"), &words);
    assert_eq!(at("/paths/~1site~1search/get/parameters/1/required"), &json!(false));
    assert_eq!(at("/paths/~1site~1items~1{id}~1parts~1{part}/patch/parameters/1/schema/format"), "uuid");
    let item = json!({ "$ref": "#/components/schemas/Item" });
    assert_eq!(at("/paths/~1site~1items/post/requestBody/content/application~1json/schema"), &item);
    assert_eq!(at("/paths/~1site~1items/post/requestBody/required"), &json!(true));
    assert_eq!(at("/paths/~1site~1items/post/responses/2XX/content/application~1json/schema"), &item);
    assert_eq!(at("/paths/~1site~1items~1{id}~1parts~1{part}/patch/requestBody/required"), &json!(false));
    assert_eq!(at("/components/schemas/Item/properties/parts/items"), &item);
    assert_eq!(at("/components/schemas/Item/properties/name/description"), "What it is.");
    assert!(at("/paths/~1site~1items~1{id}/delete/responses").get("204").is_some());
    assert!(at("/paths/~1site~1bytes/post/responses/200/content").get("text/html").is_some());
    assert!(at("/paths/~1site~1assets~1{path}/get/responses").get("200").is_some());
}

fn references_lead_somewhere(document: &Value, value: &Value) {
    if let Some(target) = value.get("$ref").and_then(Value::as_str) {
        let found = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        assert!(found.is_some(), "{target} leads nowhere");
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| references_lead_somewhere(document, item)),
        Value::Object(fields) => fields.values().for_each(|field| references_lead_somewhere(document, field)),
        _ => {}
    }
}

#[tokio::test]
async fn loading_tells_of_routes() {
    let agent = site().await;
    let report = agent.report();
    let twin = report.plugins.iter().find(|plugin| plugin.plugin == "twin").unwrap();
    let step = twin.steps.iter().find(|step| step.step == galatea::agent::LoadStep::Routes).unwrap();
    assert_eq!(step.registered, ["GET /hello/{name}"]);
    let plan = serde_json::to_value(agent.plan().plugin("twin").unwrap().components.clone()).unwrap();
    assert_eq!(plan["routes"], json!(["GET /hello/{name}"]));
    agent.stop().await;
}
