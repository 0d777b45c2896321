//! Fits what schemars generates to TOML files: no nulls, whole numbers within their type.

use super::DEFINITIONS;
use serde_json::{Map, Value};

/// Keywords whose value is an example, not a schema.
const DATA: [&str; 3] = ["default", "examples", "const"];

/// Takes out every null and bounds whole numbers.
pub(super) fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(object) => tidy_object(object),
        _ => {}
    }
}

fn tidy_object(object: &mut Map<String, Value>) {
    join_lines(object);
    for keyword in DATA {
        if let Some(value) = object.get_mut(keyword) {
            drop_nulls(value);
            if value.is_null() {
                object.remove(keyword);
            }
        }
    }
    drop_null_type(object);
    drop_null_options(object);
    for keyword in ["anyOf", "oneOf"] {
        drop_null_alternative(object, keyword);
    }
    bound_integer(object);
    for (keyword, inner) in object.iter_mut() {
        match inner {
            // The keys of these are names, which may be called as a keyword is.
            Value::Object(named) if keyword == "properties" || keyword == "definitions" => {
                named.values_mut().for_each(tidy);
            }
            _ if DATA.contains(&keyword.as_str()) || keyword == "enum" => {}
            _ => tidy(inner),
        }
    }
}

/// A description is prose: where the source breaks a line, a reader's editor breaks it elsewhere.
fn join_lines(object: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = object.get_mut("description") {
        let paragraphs: Vec<String> =
            text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
        *text = paragraphs.join("\n\n");
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, inner| !inner.is_null());
            object.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn drop_null_type(object: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = object.get_mut("type") else {
        return;
    };
    types.retain(|name| name != "null");
    if let [only] = types.as_mut_slice() {
        let only = only.take();
        object.insert("type".to_owned(), only);
    }
}

fn drop_null_options(object: &mut Map<String, Value>) {
    if let Some(Value::Array(options)) = object.get_mut("enum") {
        options.retain(|option| !option.is_null());
    }
}

/// Takes out the alternative `null`. A single one that is left is no alternative any more.
fn drop_null_alternative(object: &mut Map<String, Value>, keyword: &str) {
    let Some(Value::Array(alternatives)) = object.get_mut(keyword) else {
        return;
    };
    alternatives.retain(|alternative| alternative.get("type").is_none_or(|name| name != "null"));
    if let [only] = alternatives.as_mut_slice() {
        let only = only.take();
        object.remove(keyword);
        match only {
            Value::Object(only) if object.is_empty() || !only.contains_key("$ref") => {
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
            only => {
                object.insert("allOf".to_owned(), Value::Array(vec![only]));
            }
        }
    }
}

/// Schemars bounds whole numbers of 8 and 16 bits only, the others by `format`, which validators do not know.
fn bound_integer(object: &mut Map<String, Value>) {
    let bounds = match object.get("format").and_then(Value::as_str) {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Some("uint32") => (0, i64::from(u32::MAX)),
        Some("uint64" | "uint") => (0, i64::MAX),
        _ => return,
    };
    object.entry("minimum").or_insert(bounds.0.into());
    object.entry("maximum").or_insert(bounds.1.into());
}

/// Gives the definitions that a schema refers to other names.
pub(super) fn rename_references(schema: &mut Value, renamed: &dyn Fn(&str) -> String) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| rename_references(item, renamed)),
        Value::Object(object) => {
            for (key, inner) in object {
                match inner {
                    Value::String(target) if key == "$ref" => {
                        if let Some(name) = target.strip_prefix(DEFINITIONS) {
                            *target = format!("{DEFINITIONS}{}", renamed(name));
                        }
                    }
                    _ if DATA.contains(&key.as_str()) => {}
                    _ => rename_references(inner, renamed),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::tidy;
    use serde_json::json;

    #[test]
    fn nulls_go_and_bounds_come() {
        for (mut schema, expected) in [
            (json!({ "type": ["string", "null"], "default": null }), json!({ "type": "string" })),
            (json!({ "enum": ["a", null] }), json!({ "enum": ["a"] })),
            (json!({ "anyOf": [{ "$ref": "#/x" }, { "type": "null" }] }), json!({ "$ref": "#/x" })),
            (
                json!({ "description": "d", "anyOf": [{ "$ref": "#/x" }, { "type": "null" }] }),
                json!({ "description": "d", "allOf": [{ "$ref": "#/x" }] }),
            ),
            (json!({ "default": { "a": null, "b": 1 } }), json!({ "default": { "b": 1 } })),
            (
                json!({ "format": "uint32", "minimum": 1 }),
                json!({ "format": "uint32", "minimum": 1, "maximum": u32::MAX }),
            ),
            (
                json!({ "properties": { "default": { "type": ["array", "null"] } } }),
                json!({ "properties": { "default": { "type": "array" } } }),
            ),
        ] {
            tidy(&mut schema);
            assert_eq!(schema, expected);
        }
    }
}
