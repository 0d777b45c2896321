//! A plugin's config as it will be read: what the character writes, with the defaults of the schema.

use crate::{
    definition::{PluginDef, RESERVED_CONFIG_KEYS},
    registry::plugin_config_schema,
};
use serde_json::{Map, Value};

/// The config of a plugin's table: without the engine's keys, with every default that the schema names.
pub(crate) fn with_defaults(def: &PluginDef, table: &Map<String, Value>) -> Value {
    let own = table.iter().filter(|(key, _)| !RESERVED_CONFIG_KEYS.contains(&key.as_str()));
    let config: Map<String, Value> = own.map(|(key, value)| (key.clone(), value.clone())).collect();
    with_defaults_of(&plugin_config_schema(def), config)
}

/// A table with every default that its schema names.
pub(super) fn with_defaults_of(schema: &Value, mut table: Map<String, Value>) -> Value {
    fill(&mut table, schema, schema);
    Value::Object(table)
}

fn fill(config: &mut Map<String, Value>, schema: &Value, root: &Value) {
    let properties = follow(schema, root).get("properties").and_then(Value::as_object);
    for (key, property) in properties.into_iter().flatten() {
        match config.get_mut(key) {
            Some(Value::Object(table)) => fill(table, property, root),
            Some(_) => {}
            None => {
                let default = property.get("default").cloned().and_then(without_nulls);
                config.extend(default.map(|value| (key.clone(), value)));
            }
        }
    }
}

/// A value as TOML can say it. TOML has no null: what is null is not said.
pub(crate) fn without_nulls(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(items) => Some(items.into_iter().filter_map(without_nulls).collect()),
        Value::Object(table) => {
            Some(table.into_iter().filter_map(|(key, value)| Some((key, without_nulls(value)?))).collect())
        }
        other => Some(other),
    }
}

/// The schema behind references, and behind the ways in which an optional or documented one is wrapped.
pub(super) fn follow<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let mut at = schema;
    // A definition may refer to itself; no real chain of wrappings is this long.
    for _ in 0..32 {
        let reference = at.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
        let wrapped = ["allOf", "anyOf"].iter().find_map(|key| only_one(at.get(*key)?.as_array()?));
        match reference.and_then(|pointer| root.pointer(pointer)).or(wrapped) {
            Some(inner) => at = inner,
            None => break,
        }
    }
    at
}

/// The only schema of a list that is not `null`.
fn only_one(schemas: &[Value]) -> Option<&Value> {
    let mut real = schemas.iter().filter(|schema| schema.get("type").and_then(Value::as_str) != Some("null"));
    real.next().filter(|_| real.next().is_none())
}
