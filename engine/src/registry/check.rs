//! What is wrong with a plugin, as far as only its finished definition shows.

use super::{RegisteredPlugin, RegistryError, plugin_config_schema};
use crate::{
    definition::{RESERVED_CONFIG_KEYS, TaskDef},
    extract::Signature,
};

/// Looks at names, versions, ranges and schemas.
pub(super) fn check_plugin(plugin: &RegisteredPlugin, errors: &mut Vec<RegistryError>) {
    let def = plugin.def;
    let mut wrong =
        |why: String| errors.push(RegistryError::Malformed { plugin: def.name, origin: def.origin, why });
    if !is_kebab_case(def.name) {
        wrong(format!(
            "`{}` is not a plugin name; write lower-case letters, digits and single hyphens",
            def.name
        ));
    }
    if let Err(error) = semver::Version::parse(def.version) {
        wrong(format!("version `{}` is not a semantic version: {error}", def.version));
    }
    for range in def.requirements.iter().filter_map(|r| r.versions).chain(def.engine) {
        if let Err(error) = semver::VersionReq::parse(range) {
            wrong(format!("`{range}` is not a range of versions: {error}; write e.g. `^1.2`"));
        }
    }
    let schema = plugin_config_schema(def);
    for key in
        schema.pointer("/properties").and_then(|p| p.as_object()).into_iter().flatten().map(|(key, _)| key)
    {
        if RESERVED_CONFIG_KEYS.contains(&key.as_str()) {
            wrong(format!("its config has the key `{key}`, which belongs to the engine; rename the field"));
        }
    }
    for task in &plugin.tasks {
        check_task(task, &mut wrong);
    }
    for (action, offer) in plugin.actions.iter().zip(plugin.offers()) {
        let at = format!("action {} at {}", action.name, action.origin);
        if offer.tool.parameters.get("type").and_then(|t| t.as_str()) != Some("object") {
            wrong(format!("{at}: its arguments are not an object; use a struct with named fields"));
        }
        if let Err(error) = &offer.arguments {
            wrong(format!("{at}: the schema of its arguments cannot be used: {error}"));
        }
    }
}

/// What is wrong with when a task runs, and with the arguments of one that runs by itself.
fn check_task(task: &TaskDef, mut wrong: impl FnMut(String)) {
    let Some(schedule) = task.when.schedule() else { return };
    if let Err(error) = schedule.check() {
        wrong(format!("task {} at {}: {error}", task.name, task.origin));
    }
    let arguments = Signature::of(task.describe).arguments;
    let required = arguments.as_ref().and_then(|schema| schema.get("required")).and_then(|it| it.as_array());
    if required.is_some_and(|required| !required.is_empty()) {
        wrong(format!(
            "task {} at {}: it runs by itself, without arguments, but takes some that are required; give them `#[serde(default)]`, or take the schedule out of the attribute",
            task.name, task.origin
        ));
    }
}

pub(super) fn is_kebab_case(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.chars().all(allowed)
}
