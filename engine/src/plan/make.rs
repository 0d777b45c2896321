//! The plan of a character that is in order.

use super::{
    Components, Link, Plan, PlannedPlugin, Step,
    choice::{Choice, choices},
    middleware::{of_character, of_plugin},
};
use crate::{
    character::{Character, Document, character_schema, read_character},
    definition::{Strength, Target},
    diagnostic::Diagnostic,
    registry::{RegisteredPlugin, Registry},
};
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use std::{fmt::Write, path::Path, sync::Arc};

/// Makes the plan of a document in which nothing is wrong.
///
/// # Errors
/// When the document is not a character after all.
pub(super) fn make(registry: &Registry, document: &Document, steps: &[Step]) -> Result<Plan, Diagnostic> {
    let character = read_character(document)?;
    let path = document.source.path.clone();
    let name =
        Path::new(&path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let middleware = of_character(registry, &character.middleware);
    let tables = character.plugins.iter().map(|(name, table)| (name.as_str(), table));
    let mut choices = choices(registry, tables);
    let no_table = Map::new();
    for step in steps {
        // What only tests require has no table: it is as its defaults say.
        if let Some(plugin) = registry.get(step.plugin.name)
            && !choices.iter().any(|choice| choice.plugin.def.name == step.plugin.name)
        {
            choices.push(Choice { plugin, config: &no_table, table: &no_table, path: Vec::new() });
        }
    }
    let chosen = |step: &Step| choices.iter().find(|choice| choice.plugin.def.name == step.plugin.name);
    let steps = steps.iter().enumerate().filter_map(|(index, step)| Some((index, step, chosen(step)?)));
    let plugins = steps
        .map(|(index, step, choice)| PlannedPlugin {
            middleware: of_plugin(registry, &middleware, choice.table, step.plugin),
            ..planned(&character, index + 1, step, choice)
        })
        .collect();
    let schema_hash = hash(&character_schema(registry));
    Ok(Plan { character: Arc::new(character), name, path, plugins, middleware, schema_hash })
}

fn planned(character: &Character, position: usize, step: &Step, choice: &Choice<'_>) -> PlannedPlugin {
    let def = choice.plugin.def;
    let linked = |wanted: fn(&Link) -> bool| {
        step.needs.iter().filter(|(_, link)| wanted(link)).map(|(name, _)| (*name).to_owned()).collect()
    };
    let config = choice.config();
    PlannedPlugin {
        name: def.name,
        version: def.version,
        position,
        priority: def.priority,
        part_of: step.part_of.clone(),
        why: step.why.clone(),
        requires: linked(|link| matches!(link, Link::Required | Link::Member | Link::Test)),
        requires_kinds: required_kinds(choice.plugin),
        optional: linked(|link| *link == Link::Optional),
        grants: character.grants.get(def.name).cloned().unwrap_or_default(),
        condition: choice.condition(),
        middleware: Vec::new(),
        components: Components::with(choice.plugin, &config),
        config,
    }
}

fn required_kinds(plugin: &RegisteredPlugin) -> Vec<String> {
    let requirements =
        plugin.def.requirements.iter().filter(|requirement| requirement.strength == Strength::Required);
    let kinds = requirements.filter_map(|requirement| match requirement.target {
        Target::Capability(kind) => Some(kind.to_owned()),
        Target::Plugin(_) => None,
    });
    let mut kinds: Vec<String> = kinds.collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn hash(schema: &Value) -> String {
    Sha1::digest(schema.to_string()).iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
