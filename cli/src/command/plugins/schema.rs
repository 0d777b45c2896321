//! The fields of a JSON Schema, in words.

use serde_json::{Map, Value};

/// A key of a table.
pub(super) struct Field {
    pub(super) name: String,
    /// What it takes: `text`, `true or false`, `one of metric, imperial`.
    pub(super) kind: String,
    pub(super) required: bool,
    /// As it is written in a file; `None` where there is none.
    pub(super) default: Option<String>,
    pub(super) description: String,
}

/// The keys of a table, in the order of their definition.
pub(super) fn fields(root: &Value) -> Vec<Field> {
    let required: Vec<&str> = root
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = root.get("properties").and_then(Value::as_object);
    let field = |(name, schema): (&String, &Value)| Field {
        name: name.clone(),
        kind: kind(root, schema),
        required: required.contains(&name.as_str()),
        default: schema.get("default").filter(|default| !default.is_null()).map(Value::to_string),
        description: description(root, schema),
    };
    properties.into_iter().flatten().map(field).collect()
}

/// What a reference names; the schema itself where it is none.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let parts = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice);
    let schema = match parts {
        Some([only]) => only,
        _ => schema,
    };
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

fn description(root: &Value, schema: &Value) -> String {
    let text = |schema: &Value| schema.get("description").and_then(Value::as_str).map(str::to_owned);
    text(schema).or_else(|| text(resolved(root, schema))).unwrap_or_default()
}

fn kind(root: &Value, schema: &Value) -> String {
    let schema = resolved(root, schema);
    if schema.get("x-secret").is_some() {
        return "secret: { env = \"…\" }, { file = \"…\" } or { command = […] }".to_owned();
    }
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        let options: Vec<String> = options.iter().filter(|option| !option.is_null()).map(shown).collect();
        return format!("one of {}", options.join(", "));
    }
    if let Some(only) = schema.get("const") {
        return shown(only);
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(forms) = schema.get(keyword).and_then(Value::as_array) {
            return forms_of(root, forms);
        }
    }
    let types = schema.get("type");
    let names: Vec<&str> = match types {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect()
        }
        _ => return "anything".to_owned(),
    };
    names.into_iter().map(|name| one(root, schema, name)).collect::<Vec<_>>().join(" or ")
}

/// Forms that are all fixed words are options.
fn forms_of(root: &Value, forms: &[Value]) -> String {
    let fixed: Option<Vec<String>> = forms.iter().map(|form| form.get("const").map(shown)).collect();
    if let Some(options) = fixed {
        return format!("one of {}", options.join(", "));
    }
    let is_null = |form: &&Value| form.get("type").and_then(Value::as_str) == Some("null");
    let kinds: Vec<String> =
        forms.iter().filter(|form| !is_null(form)).map(|form| kind(root, form)).collect();
    kinds.join(" or ")
}

fn one(root: &Value, schema: &Value, name: &str) -> String {
    match name {
        "string" => "text".to_owned(),
        "boolean" => "true or false".to_owned(),
        "integer" | "number" => {
            let bound = |key: &str| schema.get(key).map(shown);
            let what = if name == "integer" { "whole number" } else { "number" };
            match (bound("minimum"), bound("maximum")) {
                (Some(least), Some(most)) => format!("{what} from {least} to {most}"),
                (Some(least), None) if least != "0" => format!("{what} from {least}"),
                (None, Some(most)) => format!("{what} to {most}"),
                _ => what.to_owned(),
            }
        }
        "array" => match schema.get("items") {
            Some(items) => format!("list of {}", kind(root, items)),
            None => "list".to_owned(),
        },
        "object" => match schema.get("properties").and_then(Value::as_object).map(Map::len) {
            Some(1..) => format!("table of {}", keys(schema).join(", ")),
            _ => "table".to_owned(),
        },
        other => other.to_owned(),
    }
}

fn keys(schema: &Value) -> Vec<&str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
