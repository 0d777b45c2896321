//! The plugins of the agent: shown, switched on and off, loaded anew.

use super::{
    configs::{Changed, Refused, masked, meant},
    page::Page,
};
use galatea::{
    agent::{PluginState, Standing},
    character::Grants,
    definition::{PermissionDef, PermissionScope, Strength, Target},
    memory::Role,
    plan::Components,
    prelude::*,
    registry::{RegisteredPlugin, plugin_config_schema},
    route::{Json, Path},
    service::ServiceStatus,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which plugin.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct WhichPlugin {
    /// Its name.
    pub(super) plugin: String,
}

/// A plugin of the build, as it stands in the agent.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct PluginView {
    name: &'static str,
    version: &'static str,
    /// What it is, in the words of its author.
    description: &'static str,
    standing: Standing,
    /// Why it stands so.
    why: String,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    since: Option<Timestamp>,
    /// Its place in the load order, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<usize>,
    /// What it does not load without: plugins, and kinds of models and services.
    requires: Vec<String>,
    /// The selected plugins that do not load without it.
    required_by: Vec<String>,
    /// Whether it has settings.
    has_config: bool,
    services: Vec<ServiceStatus>,
    actions: Vec<&'static str>,
    providers: Vec<&'static str>,
    evaluators: Vec<&'static str>,
    /// Method and path below the plugin's own.
    routes: Vec<String>,
    tasks: Vec<&'static str>,
    /// The events that it listens to.
    events: Vec<&'static str>,
    models: Vec<String>,
    /// What it wants to touch: the kind and the scope. Empty in the list of who is no admin.
    permissions: Vec<String>,
    /// What the character lets it touch. Empty in the list of who is no admin.
    grants: Grants,
}

/// A plugin with its settings.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct PluginDetail {
    #[serde(flatten)]
    plugin: PluginView,
    /// Its config with the defaults of its schema; a secret is `{"secret": true, "source": …}`.
    config: Map<String, Value>,
    /// The keys of it that the character writes; the others are defaults.
    written: Vec<String>,
    /// The JSON Schema of the config, draft 7.
    config_schema: Map<String, Value>,
}

/// Every plugin of the build: those of the plan in load order, then the others by name.
#[route(GET, "/plugins", roles("member"), scope = "read")]
pub(crate) async fn list_plugins(agent: Agent, caller: Caller) -> Json<Page<PluginView>> {
    let services = agent.services();
    let sees_grants = caller.has(Role::Admin);
    let items = agent.plugins().list().into_iter().filter_map(|state| {
        let plugin = agent.registry().get(state.plugin)?;
        let view = view(&agent, plugin, state, &services);
        Some(if sees_grants {
            view
        } else {
            PluginView { permissions: Vec::new(), grants: Grants::default(), ..view }
        })
    });
    Json(Page::whole(items.collect()))
}

/// A plugin with its settings and what these may be.
#[route(GET, "/plugins/{plugin}", roles("admin"), scope = "read")]
pub(crate) async fn show_plugin(
    agent: Agent,
    Path(WhichPlugin { plugin }): Path<WhichPlugin>,
) -> Result<Json<PluginDetail>, RouteError> {
    let state = agent.plugins().list().into_iter().find(|state| state.plugin == plugin);
    let known = agent.registry().get(&plugin).zip(state);
    let missing = || RouteError::not_found(format!("there is no plugin `{plugin}`")).with_code("no-plugin");
    let (plugin, state) = known.ok_or_else(missing)?;
    let (plan, character) = (agent.plan(), agent.character());
    let config = plan.plugin(plugin.def.name).map(|planned| masked(plugin.def, &planned.config));
    let written = character.plugins.get(plugin.def.name).into_iter().flatten();
    Ok(Json(PluginDetail {
        config: config.as_ref().and_then(Value::as_object).cloned().unwrap_or_default(),
        written: written.map(|(key, _)| key.clone()).collect(),
        config_schema: plugin_config_schema(plugin.def).as_object().cloned().unwrap_or_default(),
        plugin: view(&agent, plugin, state, &agent.services_asked().await),
    }))
}

/// The actions that a plugin offers at run time, beside those that it declares.
fn offered(agent: &Agent, plugin: &str) -> Vec<&'static str> {
    let parts = agent.parts();
    let own = parts.actions.iter().filter(|action| action.is_offered() && action.plugin.name == plugin);
    own.map(|action| action.def.name).collect()
}

fn view(
    agent: &Agent,
    plugin: &RegisteredPlugin,
    state: PluginState,
    services: &[ServiceStatus],
) -> PluginView {
    let (def, plan) = (plugin.def, agent.plan());
    let planned = plan.plugin(def.name);
    let parts = planned.map_or_else(|| Components::of(plugin), |planned| planned.components.clone());
    let required = def.requirements.iter().filter(|wanted| wanted.strength == Strength::Required);
    let requires = required.map(|wanted| match wanted.target {
        Target::Plugin(name) | Target::Capability(name) => name.to_owned(),
    });
    let by = plan.plugins.iter().filter(|other| other.requires.iter().any(|name| name == def.name));
    let permissions = plugin.permissions().map(|wanted| format!("{}: {}", wanted.kind.key(), scope(wanted)));
    PluginView {
        name: def.name,
        version: def.version,
        description: def.description.trim(),
        standing: state.standing,
        why: state.why,
        since: state.since,
        order: planned.map(|planned| planned.position),
        requires: requires.collect(),
        required_by: by.map(|other| other.name.to_owned()).collect(),
        has_config: has_config(plugin),
        services: services.iter().filter(|service| service.plugin == def.name).cloned().collect(),
        actions: parts.actions.into_iter().chain(offered(agent, def.name)).collect(),
        providers: parts.providers,
        evaluators: parts.evaluators,
        routes: parts.routes,
        tasks: parts.tasks,
        events: parts.events,
        models: parts.models,
        permissions: permissions.collect(),
        grants: planned.map(|planned| planned.grants.clone()).unwrap_or_default(),
    }
}

fn scope(wanted: &PermissionDef) -> String {
    match wanted.scope {
        PermissionScope::Open => "what the character says".to_owned(),
        PermissionScope::Fixed(scope) => scope.to_owned(),
        PermissionScope::Config(key) => format!("what `{key}` of its config says"),
        PermissionScope::Of(_) => "what its config says".to_owned(),
    }
}

fn has_config(plugin: &RegisteredPlugin) -> bool {
    let schema = plugin_config_schema(plugin.def);
    let keys = schema.get("properties").and_then(Value::as_object);
    keys.is_some_and(|keys| !keys.is_empty())
        || schema.get("additionalProperties").is_some_and(Value::is_object)
}

/// What a plugin is switched on with.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enable {
    /// Its config, all its keys. Default: as it was.
    #[serde(default)]
    config: Option<Map<String, Value>>,
}

/// How a plugin is switched off.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Disable {
    /// With every plugin that requires it; without this, one that is required stays on.
    #[serde(default)]
    dependants: bool,
}

/// Lets a plugin run, whatever the character says of when it does. The file is not written.
#[route(POST, "/plugins/{plugin}/enable", roles("owner"), scope = "manage", timeout = "5m")]
pub(crate) async fn enable_plugin(
    agent: Agent,
    Path(WhichPlugin { plugin }): Path<WhichPlugin>,
    enable: Option<Json<Enable>>,
) -> Result<Changed, Refused> {
    let Enable { config } = enable.map(|Json(enable)| enable).unwrap_or_default();
    let changed = match config {
        Some(config) => agent.plugins().enable_with(&plugin, meant(&agent, &plugin, config)).await,
        None => agent.plugins().enable(&plugin).await,
    };
    changed.map(Changed).map_err(|error| Refused::of(error, &plugin))
}

/// Switches a plugin off. The file is not written.
#[route(POST, "/plugins/{plugin}/disable", roles("owner"), scope = "manage", timeout = "5m")]
pub(crate) async fn disable_plugin(
    agent: Agent,
    Path(WhichPlugin { plugin }): Path<WhichPlugin>,
    disable: Option<Json<Disable>>,
) -> Result<Changed, Refused> {
    let Disable { dependants } = disable.map(|Json(disable)| disable).unwrap_or_default();
    let plugins = agent.plugins();
    let changed = match dependants {
        true => plugins.disable_with_dependants(&plugin).await,
        false => plugins.disable(&plugin).await,
    };
    changed.map(Changed).map_err(|error| Refused::of(error, &plugin))
}

/// Loads a plugin anew with the config that it has; its secrets are read again.
#[route(POST, "/plugins/{plugin}/reload", roles("owner"), scope = "manage", timeout = "5m")]
pub(crate) async fn reload_plugin(
    agent: Agent,
    Path(WhichPlugin { plugin }): Path<WhichPlugin>,
) -> Result<Changed, Refused> {
    agent.plugins().reload(&plugin).await.map(Changed).map_err(|error| Refused::of(error, &plugin))
}

/// What the character lets a plugin touch.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Granted {
    /// The plugin.
    plugin: &'static str,
    grants: Grants,
}

/// What the character lets each plugin of the plan touch.
#[route(GET, "/grants", roles("admin"), scope = "read")]
pub(crate) async fn list_grants(agent: Agent) -> Json<Page<Granted>> {
    let plan = agent.plan();
    let granted =
        plan.plugins.iter().map(|planned| Granted { plugin: planned.name, grants: planned.grants.clone() });
    Json(Page::whole(granted.collect()))
}
