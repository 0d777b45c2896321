//! `galatea plugins`: `schema` puts JSON Schemas into words.

mod schema;

use crate::{
    cli::Plugins,
    failure::Failure,
    output::{self, CODE, STRONG, styled},
    start,
};
use galatea::{
    definition::{ActionDef, PermissionScope, Requirement, Strength, Target},
    extract::Signature,
    plan::Components,
    registry::{RegisteredPlugin, Registry, plugin_config_schema},
};
use schema::Field;
use serde_json::{Value, json};
use std::process::ExitCode;

pub(super) fn run(args: &Plugins) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let chosen = match &args.name {
        Some(name) => {
            let plugin =
                registry.get(name).ok_or_else(|| Failure::unknown("plugin", name, registry.names()))?;
            vec![plugin]
        }
        None => registry.iter().collect(),
    };
    match (args.json, args.name.is_some()) {
        (true, _) => output::json(&Value::Array(chosen.into_iter().map(as_json).collect())),
        (false, true) => chosen.into_iter().for_each(tell),
        (false, false) => list(&registry),
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(plugin: &RegisteredPlugin) -> Value {
    json!({
        "name": plugin.def.name,
        "version": plugin.def.version,
        "description": plugin.def.description,
        "license": plugin.def.license,
        "requires": plugin.def.requirements.iter().map(requirement).collect::<Vec<_>>(),
        "permissions": permissions(plugin),
        "config": plugin_config_schema(plugin.def),
        "components": Components::of(plugin),
    })
}

fn list(registry: &Registry) {
    for plugin in registry.iter() {
        output::line(&format!("{} {}", styled(STRONG, plugin.def.name), plugin.def.version));
        output::line(&format!("  {}", first_line(plugin.def.description)));
        let gives = parts(plugin).into_iter().map(|(kind, names)| format!("{kind} {}", names.join(", ")));
        for part in gives {
            output::line(&format!("  {part}"));
        }
    }
    output::aside("`galatea plugins NAME` tells everything about one");
}

/// The kinds of parts a plugin has, each with names.
fn parts(plugin: &RegisteredPlugin) -> Vec<(&'static str, Vec<String>)> {
    let parts = Components::of(plugin);
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let all = [
        ("actions", owned(&parts.actions)),
        ("providers", owned(&parts.providers)),
        ("evaluators", owned(&parts.evaluators)),
        ("services", owned(&parts.services)),
        ("models", parts.models.clone()),
        ("listens to", owned(&parts.events)),
        ("storage", parts.storage.map(str::to_owned).into_iter().collect()),
        ("tests", owned(&parts.tests)),
    ];
    all.into_iter().filter(|(_, names)| !names.is_empty()).collect()
}

fn tell(plugin: &RegisteredPlugin) {
    let def = plugin.def;
    output::line(&format!("{} {}  ({})", styled(STRONG, def.name), def.version, def.license));
    output::line(def.description.trim());
    section("Needs", def.requirements.iter().map(requirement));
    section("Touches, if the character grants it", permissions(plugin).into_iter());
    let config = plugin_config_schema(def);
    let fields = schema::fields(&config);
    let settings = if fields.is_empty() { vec!["nothing to set".to_owned()] } else { table(&fields) };
    section(&format!("Settings, in [plugins.{}]", def.name), settings.into_iter());
    section("Actions", plugin.actions.iter().flat_map(|action| tell_action(action)));
    let described =
        |name: &str, description: &str| format!("{}  {}", styled(CODE, name), first_line(description));
    section("Providers", plugin.providers.iter().map(|part| described(part.name, part.description)));
    section("Evaluators", plugin.evaluators.iter().map(|part| described(part.name, part.description)));
    let others =
        parts(plugin).into_iter().filter(|(kind, _)| !["actions", "providers", "evaluators"].contains(kind));
    section("Other parts", others.map(|(kind, names)| format!("{kind} {}", names.join(", "))));
}

fn section(title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    output::line(&format!("\n{}", styled(STRONG, title)));
    lines.iter().for_each(|line| output::line(&format!("  {line}")));
}

fn requirement(requirement: &Requirement) -> String {
    let what = match requirement.target {
        Target::Plugin(name) => format!("plugin {name}"),
        Target::Capability(kind) => format!("any plugin that serves {kind}"),
    };
    let versions = requirement.versions.map(|range| format!(" {range}")).unwrap_or_default();
    let when = match requirement.strength {
        Strength::Required => "",
        Strength::Optional => ", if the character has it",
        Strength::Test => ", in tests",
    };
    format!("{what}{versions}{when}")
}

fn permissions(plugin: &RegisteredPlugin) -> Vec<String> {
    let wanted = plugin.def.permissions.iter().map(|permission| match permission.scope {
        PermissionScope::Open => format!("{}: what the character says", permission.kind),
        PermissionScope::Fixed(scope) => format!("{}: {scope}", permission.kind),
        PermissionScope::Config(key) => format!("{}: what its `{key}` names", permission.kind),
    });
    wanted.collect()
}

fn tell_action(action: &ActionDef) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", styled(CODE, action.name), first_line(action.description))];
    if let Some(arguments) = Signature::of(action.describe).arguments {
        lines.extend(table(&schema::fields(&arguments)).into_iter().map(|line| format!("    {line}")));
    }
    if !action.similes.is_empty() {
        lines.push(format!("    also called {}", action.similes.join(", ")));
    }
    if !action.roles.is_empty() {
        lines.push(format!("    only for {}", action.roles.join(", ")));
    }
    lines.extend(action.examples.iter().map(|example| format!("    e.g. “{}”", example.user)));
    lines
}

/// Fields in columns, with their descriptions below.
fn table(fields: &[Field]) -> Vec<String> {
    let mut lines = Vec::new();
    for field in fields {
        let must = match &field.default {
            _ if field.required => ", required".to_owned(),
            Some(default) => format!(", default {default}"),
            None => String::new(),
        };
        lines.push(format!("{}  {}{must}", styled(CODE, &field.name), field.kind));
        lines.extend(field.description.lines().map(|line| format!("    {line}")));
    }
    lines
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default()
}
