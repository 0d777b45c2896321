//! The lists of middleware in a character's schema.

use super::{DEFINITIONS, add_definitions};
use crate::registry::Registry;
use serde_json::{Map, Value, json};

/// The definition of a list, for the character and for every plugin's table.
pub(super) const LIST: &str = "plugin.middleware";

/// Adds the settings of every middleware, and the list that may hold each of them.
pub(super) fn add(registry: &Registry, engine: &Map<String, Value>, all: &mut Map<String, Value>) {
    let mut names = Vec::new();
    let mut forms = Map::new();
    for def in registry.middleware() {
        let prefix = format!("middleware.{}", def.name);
        let settings = add_definitions(&prefix, def.schema, engine, all, |_, _| {});
        let of = def.owner().map(|owner| format!("\n\nOf plugin `{owner}`.")).unwrap_or_default();
        let form = json!({
            "description": format!("{}{of}", def.description),
            "allOf": [{ "$ref": format!("{DEFINITIONS}{settings}") }]
        });
        forms.insert(def.name.to_owned(), form);
        names.push(def.name);
    }
    let with_settings = json!({
        "type": "object",
        "properties": forms,
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1
    });
    let entry = json!({ "anyOf": [{ "type": "string", "enum": names }, with_settings] });
    all.insert(LIST.to_owned(), json!({ "type": "array", "items": entry }));
}

/// Makes the character's own list one of these.
pub(super) fn set_list(property: Option<&mut Value>) {
    if let Some(property) = property.and_then(Value::as_object_mut) {
        property.retain(|key, _| key == "description");
        property.insert("allOf".to_owned(), json!([{ "$ref": format!("{DEFINITIONS}{LIST}") }]));
    }
}
