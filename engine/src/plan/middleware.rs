//! The layers around a plugin's parts, as the plan shows them.

use super::config::with_defaults_of;
use crate::{
    character::Listed,
    definition::{MiddlewareDef, PluginDef},
    registry::{Registry, middleware_schema},
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// Where a middleware was put into a stack. Serialised in kebab-case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayeredBy {
    /// The character, for all plugins.
    Character,
    /// The plugin's table in the character.
    Table,
    /// The plugin's code.
    Plugin,
}

/// A layer around the parts of a plugin. Serialised in kebab-case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedMiddleware {
    /// The name.
    pub name: &'static str,
    /// The plugin that it belongs to; `None` for those of the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<&'static str>,
    /// Who wants it.
    pub by: LayeredBy,
    /// Its settings: as written, with the defaults of its schema. Secrets are references still.
    pub settings: Value,
}

impl fmt::Display for PlannedMiddleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The stack of a character, outermost first.
pub(super) fn of_character(registry: &Registry, list: &[Listed]) -> Vec<PlannedMiddleware> {
    planned(registry, LayeredBy::Character, list)
}

/// The stack of a plugin, outermost first: the character's, that of its table, its own.
pub(super) fn of_plugin(
    registry: &Registry,
    characters: &[PlannedMiddleware],
    table: &Map<String, Value>,
    def: &PluginDef,
) -> Vec<PlannedMiddleware> {
    let own = def.middleware.iter().map(|&name| Listed { name: name.to_owned(), settings: Map::new() });
    let own: Vec<Listed> = own.collect();
    let mut stack = characters.to_vec();
    stack.extend(planned(registry, LayeredBy::Table, &Listed::of_table(table)));
    stack.extend(planned(registry, LayeredBy::Plugin, &own));
    stack
}

/// What is unknown is left out: checking reports it.
fn planned(registry: &Registry, by: LayeredBy, list: &[Listed]) -> Vec<PlannedMiddleware> {
    let find = |name: &str| registry.middleware().find(|def| def.name == name);
    let planned = |def: &'static MiddlewareDef, settings: &Map<String, Value>| PlannedMiddleware {
        name: def.name,
        plugin: def.owner(),
        by,
        settings: with_defaults_of(&middleware_schema(def), settings.clone()),
    };
    list.iter().filter_map(|listed| Some(planned(find(&listed.name)?, &listed.settings))).collect()
}
