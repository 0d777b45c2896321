//! The plan of a character that is in order.

use super::{Components, Condition, Link, Plan, PlannedPlugin, Step, config::with_defaults};
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
    let planned = |(index, step)| planned(registry, &character, index + 1, step);
    let plugins = steps.iter().enumerate().filter_map(planned).collect();
    let schema_hash = hash(&character_schema(registry));
    Ok(Plan { character: Arc::new(character), name, path, plugins, schema_hash })
}

fn planned(
    registry: &Registry,
    character: &Character,
    position: usize,
    step: &Step,
) -> Option<PlannedPlugin> {
    let plugin = registry.get(step.plugin.name)?;
    let def = plugin.def;
    let empty = Map::new();
    let table = character.plugins.get(def.name).unwrap_or(&empty);
    let linked = |wanted: fn(&Link) -> bool| {
        step.needs.iter().filter(|(_, link)| wanted(link)).map(|(name, _)| (*name).to_owned()).collect()
    };
    Some(PlannedPlugin {
        name: def.name,
        version: def.version,
        position,
        priority: def.priority,
        why: step.why.clone(),
        requires: linked(|link| matches!(link, Link::Required | Link::Test)),
        requires_kinds: required_kinds(plugin),
        optional: linked(|link| *link == Link::Optional),
        config: with_defaults(def, table),
        grants: character.grants.get(def.name).cloned().unwrap_or_default(),
        condition: Condition::of(table),
        components: Components::of(plugin),
    })
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
