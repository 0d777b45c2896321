//! `galatea plugins`: `schema` puts JSON Schemas into words.

mod schema;

use super::routes;
use crate::{
    cli::Plugins,
    failure::Failure,
    output::{self, CODE, STRONG, styled},
    start,
};
use galatea::{
    definition::{
        ActionDef, ComponentTypeDef, MiddlewareDef, PartKind, PermissionDef, PermissionScope, Requirement,
        Strength, Target, TaskDef,
    },
    extract::Signature,
    plan::Components,
    registry::{RegisteredPlugin, Registry, middleware_schema, plugin_config_schema},
    text::duration,
};
use schema::Field;
use serde_json::{Value, json};
use std::{collections::BTreeSet, process::ExitCode};

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
    if let Some(tag) = &args.tag {
        return tagged(&chosen, tag, args.json);
    }
    match (args.json, args.name.is_some()) {
        (true, _) => output::json(&Value::Array(chosen.into_iter().map(as_json).collect())),
        (false, true) => chosen.into_iter().for_each(tell),
        (false, false) => list(&registry),
    }
    Ok(ExitCode::SUCCESS)
}

/// The actions with a tag, and the tags there are if it is none of them.
fn tagged(plugins: &[&RegisteredPlugin], tag: &str, json: bool) -> Result<ExitCode, Failure> {
    let actions = || plugins.iter().flat_map(|plugin| plugin.actions.iter().copied());
    let has = |action: &&ActionDef| action.tags.iter().any(|own| own.eq_ignore_ascii_case(tag));
    let found: Vec<&ActionDef> = actions().filter(has).collect();
    if found.is_empty() {
        let known: BTreeSet<&str> = actions().flat_map(|action| action.tags.iter().copied()).collect();
        return Err(Failure::unknown("tag", tag, known));
    }
    if json {
        let told = found.iter().map(|action| {
            json!({
                "name": action.name, "plugin": action.plugin, "description": action.description,
                "permissions": permissions(action.permissions),
                "tags": action.tags,
            })
        });
        output::json(&told.collect());
        return Ok(ExitCode::SUCCESS);
    }
    for action in found {
        output::line(&format!("{}  in {}", styled(CODE, action.name), action.plugin));
        output::line(&format!("  {}", first_line(action.description)));
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
        "permissions": permissions(plugin.def.permissions),
        "config": plugin_config_schema(plugin.def),
        "components": Components::of(plugin),
        "middleware": plugin.middleware.iter().map(|def| middleware_json(def)).collect::<Vec<_>>(),
        "members": plugin.def.members.iter().map(|member| member.name).collect::<Vec<_>>(),
    })
}

fn middleware_json(def: &MiddlewareDef) -> Value {
    json!({
        "name": def.name,
        "description": def.description,
        "of": def.kinds,
        "settings": middleware_schema(def),
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
    let engine = registry.middleware().filter(|def| def.owner().is_none());
    let engine = engine.map(|def| def.name).collect::<Vec<_>>().join(", ");
    output::line(&format!("{}\n  middleware {engine}", styled(STRONG, "the engine itself")));
    output::aside("`galatea plugins NAME` tells everything about one");
}

/// Names of actions, and that there are more of them while the plugin runs.
fn with_offered(mut names: Vec<String>, offers: bool) -> Vec<String> {
    if offers {
        names.push("(more while it runs)".to_owned());
    }
    names
}

/// The kinds of parts a plugin has, each with names.
fn parts(plugin: &RegisteredPlugin) -> Vec<(&'static str, Vec<String>)> {
    let parts = Components::of(plugin);
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let all = [
        ("actions", with_offered(owned(&parts.actions), parts.offers)),
        ("providers", owned(&parts.providers)),
        ("evaluators", owned(&parts.evaluators)),
        ("services", owned(&parts.services)),
        ("kinds", owned(&parts.kinds)),
        ("models", parts.models.clone()),
        ("routes", parts.routes.clone()),
        ("components", owned(&parts.component_types)),
        ("listens to", owned(&parts.events)),
        ("tasks", owned(&parts.tasks)),
        ("storage", parts.storage.map(str::to_owned).into_iter().collect()),
        ("middleware", owned(&parts.middleware)),
        ("made of", plugin.def.members.iter().map(|member| member.name.to_owned()).collect()),
        ("tests", owned(&parts.tests)),
    ];
    all.into_iter().filter(|(_, names)| !names.is_empty()).collect()
}

fn tell(plugin: &RegisteredPlugin) {
    let def = plugin.def;
    output::line(&format!("{} {}  ({})", styled(STRONG, def.name), def.version, def.license));
    output::line(def.description.trim());
    section("Needs", def.requirements.iter().map(requirement));
    section("Touches, if the character grants it", permissions(def.permissions).into_iter());
    let config = plugin_config_schema(def);
    let fields = schema::fields(&config);
    let settings = if fields.is_empty() { vec!["nothing to set".to_owned()] } else { table(&fields) };
    section(&format!("Settings, in [plugins.{}]", def.name), settings.into_iter());
    section("Actions", plugin.actions.iter().flat_map(|action| tell_action(action)));
    let described =
        |name: &str, description: &str| format!("{}  {}", styled(CODE, name), first_line(description));
    section("Providers", plugin.providers.iter().map(|part| described(part.name, part.description)));
    section("Evaluators", plugin.evaluators.iter().map(|part| described(part.name, part.description)));
    section("Middleware", plugin.middleware.iter().flat_map(|def| tell_middleware(def)));
    section("Routes", plugin.routes.iter().flat_map(|route| routes::told(route)));
    section("Components of entities", plugin.component_types.iter().flat_map(|kind| tell_component(kind)));
    section("Tasks", plugin.tasks.iter().map(|task| tell_task(task)));
    let told = ["actions", "providers", "evaluators", "middleware", "routes", "components", "tasks"];
    let others = parts(plugin).into_iter().filter(|(kind, _)| !told.contains(kind));
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

fn permissions(permissions: &[PermissionDef]) -> Vec<String> {
    let wanted = permissions.iter().map(|permission| match permission.scope {
        PermissionScope::Open => format!("{}: what the character says", permission.kind),
        PermissionScope::Fixed(scope) => format!("{}: {scope}", permission.kind),
        PermissionScope::Config(key) => format!("{}: what its `{key}` names", permission.kind),
        PermissionScope::Of(_) => format!("{}: what its settings name", permission.kind),
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
    if !action.tags.is_empty() {
        lines.push(format!("    tagged {}", action.tags.join(", ")));
    }
    if let Some(approval) = action.approval {
        let who = approval.by.map_or("somebody".to_owned(), |role| format!("who is {}", role.name()));
        let wait = duration::format(approval.expires);
        lines.push(format!("    {who} must allow each use within {wait}"));
    }
    if !action.permissions.is_empty() {
        let wanted = permissions(action.permissions).join(", ");
        lines.push(format!("    touches, and is offered only if the character grants it: {wanted}"));
    }
    if !action.roles.is_empty() {
        lines.push(format!("    only for {}", action.roles.join(", ")));
    }
    lines.extend(action.examples.iter().map(|example| format!("    e.g. “{}”", example.user)));
    lines
}

fn tell_middleware(def: &MiddlewareDef) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", styled(CODE, def.name), first_line(def.description))];
    let fields = schema::fields(&middleware_schema(def));
    lines.extend(table(&fields).into_iter().map(|line| format!("    {line}")));
    let kinds: Vec<&str> = def.kinds.iter().map(|kind| kind.name()).collect();
    if kinds.len() < PartKind::ALL.len() {
        lines.push(format!("    around {}", kinds.join(", ")));
    }
    lines
}

fn tell_component(kind: &ComponentTypeDef) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", styled(CODE, kind.name), first_line(kind.description))];
    lines.extend(table(&schema::fields(&kind.json_schema())).into_iter().map(|line| format!("    {line}")));
    lines
}

fn tell_task(task: &TaskDef) -> String {
    let when = task.when.schedule().map_or_else(|| "when asked for".to_owned(), |when| when.to_string());
    format!("{}  {when}  {}", styled(CODE, task.name), first_line(task.description))
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
