//! The JSON Schema of a character file, for a build's plugins.
//!
//! One draft-07 schema that TOML editors understand: what a character may say, the config of every plugin at
//! `plugins.<name>`, grants for these plugins only, and for every model kind the plugins that serve it.

mod middleware;
mod tidy;

use super::{Character, Secret};
use crate::{
    definition::{PermissionDef, PermissionScope, PluginDef},
    model::ModelKind,
    registry::{RegisteredPlugin, Registry},
};
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The prefix of a reference to a definition.
const DEFINITIONS: &str = "#/definitions/";

/// The schema of a character file: draft-07, `additionalProperties: false`, without nulls, which TOML has none of.
///
/// The definitions of the engine have their type's name, those of a plugin that and the plugin's:
/// `weather.Settings`. The same plugins always give the same schema, key by key.
#[must_use]
pub fn character_schema(registry: &Registry) -> Value {
    let mut generator = generator();
    generator.subschema_for::<Character>();
    generator.subschema_for::<Secret>();
    let mut definitions = generator.take_definitions(true);
    let mut root = match definitions.remove("Character") {
        Some(Value::Object(root)) => root,
        _ => Map::new(),
    };
    let kinds = model_kinds(registry);
    definitions
        .extend(engine_key_definitions(&kinds).map(|(name, definition)| (name.to_owned(), definition)));
    let mut plugins = Map::new();
    let mut grants = Map::new();
    let engine = definitions.clone();
    middleware::add(registry, &engine, &mut definitions);
    middleware::set_list(root.get_mut("properties").and_then(|p| p.get_mut("middleware")));
    for plugin in registry.iter() {
        let def = plugin.def;
        let config = add_config(def, &engine, &mut definitions);
        plugins.insert(def.name.to_owned(), plugin_table(def, &config));
        grants.insert(def.name.to_owned(), grants_table(plugin));
    }
    set_table(root.get_mut("properties").and_then(|p| p.get_mut("plugins")), plugins);
    set_table(root.get_mut("properties").and_then(|p| p.get_mut("grants")), grants);
    if let Some(models) = definitions.get_mut("Models").and_then(|models| models.get_mut("properties")) {
        set_table(models.get_mut("provider"), provider_table(registry));
        set_table(models.get_mut("by-kind"), by_kind_table(&kinds));
    }
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
    schema.insert("title".to_owned(), "Galatea character".into());
    schema.extend(root.into_iter().filter(|(key, _)| key != "$schema" && key != "title"));
    definitions.sort_keys();
    schema.insert("definitions".to_owned(), Value::Object(definitions));
    let mut schema = Value::Object(schema);
    tidy::tidy(&mut schema);
    schema
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft07().into_generator()
}

/// Every model kind that a character can name: those of the engine, and those that plugins add. Sorted.
fn model_kinds(registry: &Registry) -> Vec<String> {
    let known = ModelKind::KNOWN.into_iter().map(|kind| kind.name().to_owned());
    let served = registry.iter().flat_map(|plugin| plugin.capabilities()).map(|kind| kind.name().to_owned());
    known.chain(served).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Adds the definitions of a plugin's config, and gives the name of the one that is the plugin's table.
///
/// A definition equal to one of the engine (a secret, a reference) is the engine's; the others get the plugin's
/// name before theirs, so that two plugins may both call their config `Settings`.
fn add_config(def: &PluginDef, engine: &Map<String, Value>, all: &mut Map<String, Value>) -> String {
    add_definitions(def.name, def.config.schema, engine, all, add_engine_keys)
}

/// Adds what a schema function generates, with `prefix` before the names that are not the engine's, and gives the
/// name of the root. `change` may change the root; it sees the other definitions.
fn add_definitions(
    prefix: &str,
    describe: fn(&mut SchemaGenerator) -> Schema,
    engine: &Map<String, Value>,
    all: &mut Map<String, Value>,
    change: impl FnOnce(&mut Value, &Map<String, Value>),
) -> String {
    let mut generator = generator();
    let mut root = describe(&mut generator).to_value();
    let mut own = generator.take_definitions(true);
    let target =
        root.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix(DEFINITIONS)).map(str::to_owned);
    let name = target.clone().unwrap_or_else(|| "Config".to_owned());
    if let Some(config) = target.and_then(|name| own.remove(&name)) {
        root = config;
    }
    change(&mut root, &own);
    own.insert(name.clone(), root);
    let renamed = |name: &str| match own.get(name) {
        Some(definition) if engine.get(name) != Some(definition) => format!("{prefix}.{name}"),
        _ => name.to_owned(),
    };
    for (name, definition) in &own {
        let mut definition = definition.clone();
        tidy::rename_references(&mut definition, &renamed);
        all.insert(renamed(name), definition);
    }
    renamed(&name)
}

/// Adds the keys of a plugin's table that belong to the engine. Where the config is an enum, to each of its forms.
fn add_engine_keys(config: &mut Value, own: &Map<String, Value>) {
    let Some(object) = config.as_object_mut() else {
        return;
    };
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for form in object.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten() {
            let target = form.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix(DEFINITIONS));
            if let Some(definition) = target.and_then(|name| own.get(name)) {
                *form = definition.clone();
            }
            add_engine_keys(form, own);
        }
    }
    let is_table = object.get("type").and_then(Value::as_str) == Some("object");
    if !is_table && !object.contains_key("properties") {
        return;
    }
    let properties = object.entry("properties").or_insert_with(|| json!({}));
    for (key, description) in ENGINE_KEYS {
        let target = format!("{DEFINITIONS}plugin.{key}");
        properties[key] = json!({ "description": description, "allOf": [{ "$ref": target }] });
    }
}

/// The reserved keys, each with what it is for.
const ENGINE_KEYS: [(&str, &str); 4] = [
    (
        "enabled",
        "Whether the plugin is used: true, false, or only where an environment variable is set or a server answers. Default true.",
    ),
    ("fallback", "A model kind, or several, that the plugin serves only where nothing else does."),
    (
        "middleware",
        "Layers around this plugin's parts, outermost first: names, or tables of a name with settings. They are within the character's.",
    ),
    ("version", "The versions of the plugin that will do, as a range: `^1.2`, `>=1, <3`. Default any."),
];

/// The schemas of the reserved keys' values, as definitions. No type of Rust is called like them.
fn engine_key_definitions(kinds: &[String]) -> [(&'static str, Value); 3] {
    let kind = json!({ "type": "string", "enum": kinds });
    let variable = json!({
        "description": "The environment variable; blank counts as unset.",
        "type": "string",
        "minLength": 1
    });
    let where_set = json!({
        "type": "object",
        "properties": { "env": variable },
        "required": ["env"],
        "additionalProperties": false
    });
    let address = json!({
        "description": "Where a server must take connections when the agent starts: `http://127.0.0.1:11434`.",
        "type": "string",
        "minLength": 1
    });
    let where_reachable = json!({
        "type": "object",
        "properties": { "reachable": address },
        "required": ["reachable"],
        "additionalProperties": false
    });
    [
        ("plugin.enabled", json!({ "anyOf": [{ "type": "boolean" }, where_set, where_reachable] })),
        ("plugin.fallback", json!({ "anyOf": [kind.clone(), { "type": "array", "items": kind }] })),
        ("plugin.version", json!({ "type": "string", "format": "semver-range" })),
    ]
}

fn plugin_table(def: &PluginDef, config: &str) -> Value {
    json!({
        "title": format!("{} {}", def.name, def.version),
        "description": def.description,
        "allOf": [{ "$ref": format!("{DEFINITIONS}{config}") }]
    })
}

fn grants_table(plugin: &RegisteredPlugin) -> Value {
    let def = plugin.def;
    let wanted = if def.permissions.is_empty() { "nothing".to_owned() } else { wanted(def.permissions) };
    let actions = plugin.actions.iter().filter(|action| !action.permissions.is_empty());
    let of_actions: String = actions
        .map(|action| format!(" Its action {} wants: {}.", action.name, self::wanted(action.permissions)))
        .collect();
    json!({
        "description": format!("What `{}` may touch. It wants: {wanted}.{of_actions}", def.name),
        "allOf": [{ "$ref": format!("{DEFINITIONS}Grants") }]
    })
}

fn wanted(permissions: &[PermissionDef]) -> String {
    let wanted = permissions.iter().map(|permission| match permission.scope {
        PermissionScope::Open => format!("{} (how much is up to you)", permission.kind),
        PermissionScope::Fixed(scope) => format!("{} `{scope}`", permission.kind),
        PermissionScope::Config(key) => format!("{} (what its `{key}` says)", permission.kind),
        PermissionScope::Of(_) => format!("{} (what its settings name)", permission.kind),
    });
    wanted.collect::<Vec<_>>().join(", ")
}

fn provider_table(registry: &Registry) -> Map<String, Value> {
    let served: BTreeSet<ModelKind> = registry.iter().flat_map(|plugin| plugin.capabilities()).collect();
    let entry = |kind: &ModelKind| {
        let plugins: Vec<&str> = registry.serving(kind.name()).map(|plugin| plugin.def.name).collect();
        let description = format!("The plugin that shall serve `{kind}`.");
        (kind.name().to_owned(), json!({ "description": description, "type": "string", "enum": plugins }))
    };
    served.iter().map(entry).collect()
}

fn by_kind_table(kinds: &[String]) -> Map<String, Value> {
    let entry = |kind: &String| {
        let description = format!("How answers of `{kind}` are made.");
        (
            kind.clone(),
            json!({ "description": description, "allOf": [{ "$ref": format!("{DEFINITIONS}Parameters") }] }),
        )
    };
    kinds.iter().map(entry).collect()
}

/// Makes a map of anything a table of these keys.
fn set_table(schema: Option<&mut Value>, properties: Map<String, Value>) {
    if let Some(schema) = schema.and_then(Value::as_object_mut) {
        schema.insert("type".to_owned(), "object".into());
        schema.insert("properties".to_owned(), Value::Object(properties));
        schema.insert("additionalProperties".to_owned(), false.into());
    }
}

#[cfg(test)]
mod tests {
    use super::ENGINE_KEYS;
    use crate::definition::RESERVED_CONFIG_KEYS;

    #[test]
    fn every_reserved_key_is_described() {
        assert_eq!(ENGINE_KEYS.map(|(key, _)| key), RESERVED_CONFIG_KEYS);
    }
}
