//! JSON Schemas of settings, each of them standing alone.

use crate::definition::{MiddlewareDef, PluginDef};

/// The JSON Schema of a plugin's config, standing alone.
#[must_use]
pub fn plugin_config_schema(def: &PluginDef) -> serde_json::Value {
    standing_alone(def.config.schema)
}

/// The JSON Schema of a middleware's settings, standing alone.
#[must_use]
pub fn middleware_schema(def: &MiddlewareDef) -> serde_json::Value {
    standing_alone(def.schema)
}

fn standing_alone(describe: fn(&mut schemars::SchemaGenerator) -> schemars::Schema) -> serde_json::Value {
    let mut generator = schemars::generate::SchemaSettings::draft07().into_generator();
    let root = describe(&mut generator);
    let definitions = generator.take_definitions(true);
    let referenced = root.get("$ref").and_then(|r| r.as_str()).and_then(|r| r.strip_prefix("#/definitions/"));
    let mut schema = match referenced.and_then(|name| definitions.get(name)) {
        Some(schema) => schema.clone(),
        None => root.to_value(),
    };
    if let Some(object) = schema.as_object_mut() {
        object.insert("definitions".to_owned(), serde_json::Value::Object(definitions));
    }
    schema
}
