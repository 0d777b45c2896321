//! What only all definitions together show: middleware that plugins name, and the members of composed plugins.

use super::{Registry, RegistryError, middleware_schema};
use crate::definition::{MiddlewareDef, PluginDef, Strength, Target};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(registry: &Registry, errors: &mut Vec<RegistryError>) {
    let known = known_middleware(registry, errors);
    for plugin in registry.iter() {
        for def in &plugin.middleware {
            check_settings(def, errors);
        }
        let mut wrong = |why: String| {
            let (plugin, origin) = (plugin.def.name, plugin.def.origin);
            errors.push(RegistryError::Malformed { plugin, origin, why });
        };
        for name in plugin.def.middleware {
            match known.get(name).map(|def| def.owner()) {
                None => {
                    let names: Vec<&str> = known.keys().copied().collect();
                    wrong(format!("there is no middleware `{name}`; known: {}", names.join(", ")));
                }
                Some(Some(owner)) if !has(plugin.def, owner) => wrong(format!(
                    "its middleware `{name}` belongs to plugin `{owner}`; require that one, or leave the choice to the character"
                )),
                Some(_) => {}
            }
        }
        check_members(registry, plugin.def, &mut wrong);
    }
}

/// Every middleware by name; two of one name are reported.
fn known_middleware(
    registry: &Registry,
    errors: &mut Vec<RegistryError>,
) -> BTreeMap<&'static str, &'static MiddlewareDef> {
    let mut known: BTreeMap<&str, &MiddlewareDef> = BTreeMap::new();
    for def in registry.middleware() {
        if let Some(other) = known.insert(def.name, def) {
            let (kind, name) = ("middleware", def.name.to_owned());
            errors.push(RegistryError::Duplicate { kind, name, first: other.origin, second: def.origin });
        }
    }
    known
}

/// A character may name a middleware without its settings.
fn check_settings(def: &MiddlewareDef, errors: &mut Vec<RegistryError>) {
    let schema = middleware_schema(def);
    let is_object = schema.get("type").and_then(|kind| kind.as_str()) == Some("object");
    let required =
        schema.get("required").and_then(|keys| keys.as_array()).is_some_and(|keys| !keys.is_empty());
    let why = match (is_object, required) {
        (true, false) => return,
        (false, _) => "are not a table; use a struct with named fields",
        (true, true) => "have keys without a default; put `#[serde(default)]` on the struct",
    };
    let why = format!("the settings of its middleware `{}` {why}", def.name);
    errors.push(RegistryError::Malformed { plugin: def.plugin, origin: def.origin, why });
}

/// Whether a plugin is this one or does not load without it.
fn has(def: &PluginDef, name: &str) -> bool {
    let requires = |one: &crate::definition::Requirement| {
        one.strength == Strength::Required && matches!(one.target, Target::Plugin(other) if other == name)
    };
    def.name == name || def.requirements.iter().any(requires)
}

fn check_members(registry: &Registry, def: &PluginDef, wrong: &mut dyn FnMut(String)) {
    let mut seen = BTreeSet::new();
    for member in def.all_members() {
        if registry.get(member.name).is_none() {
            wrong(format!(
                "its member `{}` is not linked; name its crate in the list of linked plugins",
                member.name
            ));
        }
        if !seen.insert(member.name) {
            wrong(format!("`{}` is a member of it twice; name it once", member.name));
        }
    }
}
