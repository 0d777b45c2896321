//! Schemas as servers take them.

use serde_json::{Map, Value};

/// Keywords that servers which hold a model to a schema cannot enforce, and refuse. The engine checks them afterwards.
const UNENFORCED: [&str; 12] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "format",
    "pattern",
];

/// The schema with every object closed, and without what cannot be enforced.
pub(crate) fn closed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(node) => {
            let is_object =
                node.get("type").is_some_and(|kind| kind == "object") && node.contains_key("properties");
            if is_object && !node.contains_key("additionalProperties") {
                node.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            node.retain(|key, value| {
                !UNENFORCED.contains(&key.as_str()) || value.is_object() || value.is_array()
            });
            node.retain(|key, _| key != "$schema");
            node.values_mut().for_each(close);
        }
        Value::Array(nodes) => nodes.iter_mut().for_each(close),
        _ => {}
    }
}

/// Whether a model can be held to the schema strictly: every object says all its properties, and requires them.
pub(crate) fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(node) => {
            let is_object = node.get("type").is_some_and(|kind| kind == "object");
            (!is_object || says_all(node)) && node.values().all(is_strict)
        }
        Value::Array(nodes) => nodes.iter().all(is_strict),
        _ => true,
    }
}

fn says_all(node: &Map<String, Value>) -> bool {
    let Some(properties) = node.get("properties").and_then(Value::as_object) else { return false };
    let required = node.get("required").and_then(Value::as_array);
    let is_required = |key: &str| required.is_some_and(|all| all.iter().any(|one| one == key));
    properties.keys().all(|key| is_required(key))
        && node.get("additionalProperties").is_none_or(|more| *more == Value::Bool(false))
}

/// What is told a model that cannot be held to a schema.
pub(crate) fn in_words(schema: &Value) -> String {
    format!("Answer with JSON and nothing else, no fence around it. It must fit this JSON Schema:\n{schema}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn schemas_are_closed_and_told_apart() {
        let loose = json!({ "type": "object", "properties": { "n": { "type": "integer", "minimum": 1 } } });
        let strict = json!({ "type": "object", "properties": { "format": { "type": "string" } }, "required": ["format"] });
        assert_eq!(
            closed(&loose),
            json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "additionalProperties": false })
        );
        assert_eq!(
            closed(&strict)["properties"],
            json!({ "format": { "type": "string" } }),
            "a property, no keyword"
        );
        assert!(!is_strict(&loose) && is_strict(&closed(&strict)));
        assert!(!is_strict(&json!({ "type": "object" })), "anything goes");
    }
}
