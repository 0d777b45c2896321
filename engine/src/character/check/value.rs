//! Values in words, and as they would be written.

use crate::character::{
    secret::SECRET_MARK,
    walk::{follow, shown},
};
use jsonschema::{JsonType, JsonTypeSet, error::TypeKind};
use serde_json::Value;

/// What a value is, in words.
pub(super) fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

/// The types that a schema wants, in words.
pub(super) fn wanted(kind: &TypeKind) -> Vec<String> {
    let types = match kind {
        TypeKind::Single(single) => JsonTypeSet::from(*single),
        TypeKind::Multiple(several) => *several,
    };
    let name = |kind| match kind {
        JsonType::Null => "nothing",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "text",
        JsonType::Array => "a list",
        JsonType::Object => "a table",
    };
    types.iter().map(|kind| name(kind).to_owned()).collect()
}

/// How the value of another type was probably meant: `write it without quotes: 10`.
pub(super) fn rewritten(value: &Value, wanted: &[String]) -> Option<String> {
    let wants = |what: &str| wanted.iter().any(|w| w == what);
    match value {
        Value::String(text) if wants("a whole number") && text.parse::<i64>().is_ok() => {
            Some(format!("write it without quotes: `{text}`"))
        }
        Value::String(text) if wants("a number") && text.parse::<f64>().is_ok_and(f64::is_finite) => {
            Some(format!("write it without quotes: `{text}`"))
        }
        Value::String(text) if wants("a boolean") && (text == "true" || text == "false") => {
            Some(format!("write it without quotes: `{text}`"))
        }
        Value::String(_) if wants("a boolean") => Some("write `true` or `false`".to_owned()),
        Value::Number(number) if wants("text") => Some(format!("put it in quotes: `\"{number}\"`")),
        Value::Bool(truth) if wants("text") => Some(format!("put it in quotes: `\"{truth}\"`")),
        Value::String(_) if wants("a list") => Some("put it in brackets: `[\"…\"]`".to_owned()),
        Value::Number(number) if wants("a list") => Some(format!("put it in brackets: `[{number}]`")),
        _ => None,
    }
}

/// A value of a schema, as TOML, to be taken as a pattern.
pub(super) fn example(root: &Value, schema: &Value, path: &[String]) -> String {
    if let Some(given) = schema.get("default").or_else(|| schema.get("examples")?.get(0)) {
        return toml(given);
    }
    let schema = follow(root, schema);
    if schema.get(SECRET_MARK).is_some() {
        return format!("{{ env = \"{}\" }}", variable(path));
    }
    if let Some(option) = schema.get("const").or_else(|| schema.get("enum")?.get(0)) {
        return toml(option);
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        if let Some(first) = schema.get(keyword).and_then(|inner| inner.get(0)) {
            return example(root, first, path);
        }
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("integer" | "number") => schema.get("minimum").map_or_else(|| "1".to_owned(), toml),
        Some("boolean") => "true".to_owned(),
        Some("array") => "[]".to_owned(),
        Some("object") => table(root, schema, path),
        _ => "\"…\"".to_owned(),
    }
}

/// A table with the keys that it must have.
fn table(root: &Value, schema: &Value, path: &[String]) -> String {
    let required =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let keys: Vec<String> = required
        .map(|key| {
            let value = schema.get("properties").and_then(|p| p.get(key)).unwrap_or(&Value::Null);
            let path: Vec<String> = path.iter().cloned().chain([key.to_owned()]).collect();
            format!("{} = {}", shown(&[key]), example(root, value, &path))
        })
        .collect();
    if keys.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", keys.join(", ")) }
}

/// The environment variable that a secret would be in: `WEATHER_API_KEY` for `plugins.weather.api-key`.
pub(super) fn variable(path: &[String]) -> String {
    let names = path.iter().skip(usize::from(path.len() > 1)).filter(|key| key.parse::<usize>().is_err());
    let words: Vec<&str> = names.map(String::as_str).collect();
    let as_name = |c: char| {
        if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }
    };
    words.join("_").chars().map(as_name).collect()
}

/// A value as it stands in TOML.
pub(super) fn toml(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(object) if object.is_empty() => "{}".to_owned(),
        Value::Object(object) => {
            let keys = object.iter().map(|(key, value)| format!("{} = {}", shown(&[key]), toml(value)));
            format!("{{ {} }}", keys.collect::<Vec<_>>().join(", "))
        }
        Value::Null => "\"…\"".to_owned(),
        other => other.to_string(),
    }
}
