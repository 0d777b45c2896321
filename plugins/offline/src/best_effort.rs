//! JSON of the right shape where a request wants an object rather than words.

use crate::{
    arguments::{Filled, fill},
    heard::Heard,
    schema::{self, Field},
};
use serde_json::Value;

/// Fills a schema as well as it goes, with empty values of the right type where the text gives none.
pub(crate) fn best_effort(root: &Value, heard: &mut Heard<'_>) -> Value {
    if schema::type_of(root) != "object" {
        return empty(root);
    }
    let Filled { mut arguments, missing } = fill(root, &[], heard);
    for field in missing {
        arguments.insert(
            field.name.clone(),
            field.options.first().cloned().unwrap_or_else(|| empty(&field.schema)),
        );
    }
    Value::Object(arguments)
}

fn empty(schema: &Value) -> Value {
    if let Some(default) = schema.get("default") {
        return default.clone();
    }
    match schema::type_of(schema) {
        "object" => {
            let fields = schema::fields(schema).into_iter().filter(|field| field.required);
            let value =
                |field: &Field| field.options.first().cloned().unwrap_or_else(|| empty(&field.schema));
            Value::Object(fields.map(|field| (field.name.clone(), value(&field))).collect())
        }
        "array" => Value::Array(Vec::new()),
        "boolean" => Value::Bool(false),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| Value::from(0)),
        "null" => Value::Null,
        _ => Value::String(String::new()),
    }
}
