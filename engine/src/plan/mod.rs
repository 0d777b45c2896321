//! Plans: which plugins run, in which order and why; data that is proved before anything starts.
//!
//! `resolve` finds the load order of a selection (`needs` is its graph, `cycle` finds circles; `step` and
//! `problem` are what can come out), `verify` proves an order in a constant, `condition` decides which plugins
//! run here and now. `assemble` examines a character: to the mistakes that
//! [`character::check`](crate::character::check) finds it adds those that only the whole shows (`report`,
//! `permission`, `capability`, with `snippet` for the lines to write); `make` puts the [`Plan`] together,
//! `choice` is what is selected, `config` fills in defaults, `middleware` are the layers. `show`, `graph`, `layout` and `svg` draw it.
//!
//! Called by `build`, by the CLI and by `agent`; knows characters and the registry, never the agent.

mod assemble;
mod capability;
mod choice;
mod composed;
mod condition;
mod config;
mod cycle;
mod graph;
mod layout;
mod make;
mod middleware;
mod needs;
mod permission;
mod problem;
mod report;
mod resolve;
mod show;
mod snippet;
mod step;
mod svg;
mod verify;

pub use condition::{Activation, Candidate, Condition, Conflict, Enabled, Surroundings, decide};
pub(crate) use config::without_nulls;
pub use graph::{Graph, GraphEdge, GraphNode};
pub use middleware::{LayeredBy, PlannedMiddleware};
pub use needs::Link;
pub(crate) use permission::refusal;
pub use permission::wanted_scope;
pub use problem::{Edge, Problem, Wanter};
pub use resolve::resolve;
pub use step::{Options, Reason, Selected, Step};
pub use verify::{same, verify};

pub(crate) use config::with_defaults;

use crate::{
    character::{Character, Grants},
    definition::Moment,
    extract::Signature,
    registry::RegisteredPlugin,
};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// A character with the plugins it runs, in load order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The character.
    pub character: Arc<Character>,
    /// The name of the file without folder and ending: `ada` of `characters/ada.toml`.
    pub name: String,
    /// The file as it was given.
    pub path: String,
    /// The plugins; what one needs stands before it.
    pub plugins: Vec<PlannedPlugin>,
    /// The layers around the parts of all plugins, outermost first.
    pub middleware: Vec<PlannedMiddleware>,
    /// SHA-1 of the JSON Schema that the character was checked against, in hexadecimal.
    pub schema_hash: String,
}

/// A plugin of a plan. Serialised in kebab-case.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedPlugin {
    /// The name.
    pub name: &'static str,
    /// The version.
    pub version: &'static str,
    /// Its place in the load order, from 1.
    pub position: usize,
    /// Its priority.
    pub priority: i32,
    /// The composed plugins that it came with, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub part_of: Vec<&'static str>,
    /// Why it is there, and why at this place.
    #[serde(serialize_with = "as_texts")]
    pub why: Vec<Reason>,
    /// The plugins it does not load without, by name.
    pub requires: Vec<String>,
    /// The model kinds and kinds of service it does not load without; every plugin that serves one loads before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requires_kinds: Vec<String>,
    /// The selected plugins that it can use, by name.
    pub optional: Vec<String>,
    /// Its config: as written, with the defaults of its schema. Secrets are references still.
    pub config: Value,
    /// What it may touch.
    pub grants: Grants,
    /// When it runs.
    pub condition: Condition,
    /// The layers around its parts, outermost first: the character's, those of its table, its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub middleware: Vec<PlannedMiddleware>,
    /// Its parts.
    pub components: Components,
}

/// The names of a plugin's parts, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Components {
    /// Actions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<&'static str>,
    /// It offers more actions at run time, which nobody knows before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offers: bool,
    /// Providers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<&'static str>,
    /// Evaluators.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evaluators: Vec<&'static str>,
    /// Services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<&'static str>,
    /// The kinds that its services serve.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<&'static str>,
    /// The model kinds it serves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Its routes with method and path: `GET /hello/{name}`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<String>,
    /// Its types of entity components.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub component_types: Vec<&'static str>,
    /// The events it listens to, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<&'static str>,
    /// Tasks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<&'static str>,
    /// Its storage adapter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<&'static str>,
    /// The moments at which it runs code of its own: `load`, `unload`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<&'static str>,
    /// Its middleware.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub middleware: Vec<&'static str>,
    /// The tests that it ships.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<&'static str>,
}

impl Components {
    /// The parts of a plugin with this config: of its models, only those that serve with it.
    #[must_use]
    pub fn with(plugin: &RegisteredPlugin, config: &Value) -> Self {
        let kinds = plugin.capabilities_with(config);
        Self { models: kinds.iter().map(|kind| kind.name().to_owned()).collect(), ..Self::of(plugin) }
    }

    /// The parts of a plugin.
    #[must_use]
    pub fn of(plugin: &RegisteredPlugin) -> Self {
        let mut events: Vec<&'static str> = plugin.listeners.iter().map(|part| part.event).collect();
        events.sort_unstable();
        events.dedup();
        let hook = |moment, name| plugin.hooks_at(moment).next().map(|_| name);
        Self {
            actions: plugin.actions.iter().map(|part| part.name).collect(),
            offers: plugin.services.iter().any(|part| Signature::of(part.describe).offers),
            providers: plugin.providers.iter().map(|part| part.name).collect(),
            evaluators: plugin.evaluators.iter().map(|part| part.name).collect(),
            services: plugin.services.iter().map(|part| part.name).collect(),
            kinds: plugin.service_kinds(),
            models: plugin.capabilities().iter().map(|kind| kind.name().to_owned()).collect(),
            routes: plugin.routes.iter().map(|part| format!("{} {}", part.method, part.path)).collect(),
            component_types: plugin.component_types.iter().map(|part| part.name).collect(),
            events,
            tasks: plugin.tasks.iter().map(|part| part.name).collect(),
            storage: plugin.storage.map(|part| part.name),
            hooks: [hook(Moment::Load, "load"), hook(Moment::Unload, "unload")]
                .into_iter()
                .flatten()
                .collect(),
            middleware: plugin.middleware.iter().map(|part| part.name).collect(),
            tests: plugin.tests.iter().map(|part| part.name).collect(),
        }
    }
}

impl Plan {
    /// A plugin by name.
    #[must_use]
    pub fn plugin(&self, name: &str) -> Option<&PlannedPlugin> {
        self.plugins.iter().find(|plugin| plugin.name == name)
    }

    /// Which plugins run here and now, by name, where no server is reachable. `lookup` reads an environment variable.
    ///
    /// # Errors
    /// Every plugin that would run without something it requires.
    pub fn activate(
        &self,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<BTreeMap<&str, Activation>, Vec<Conflict>> {
        self.activate_in(Surroundings { lookup, reachable: &|_| false })
    }

    /// As [`activate`](Self::activate), where servers may be reachable too.
    ///
    /// # Errors
    /// Every plugin that would run without something it requires.
    pub fn activate_in(&self, there: Surroundings<'_>) -> Result<BTreeMap<&str, Activation>, Vec<Conflict>> {
        let candidates: Vec<Candidate<'_>> = self.plugins.iter().map(PlannedPlugin::candidate).collect();
        decide(&candidates, there)
    }

    /// The addresses that plugins make their running depend on.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.plugins.iter().filter_map(|plugin| match &plugin.condition.enabled {
            Enabled::Reachable(address) => Some(address.as_str()),
            _ => None,
        })
    }
}

impl PlannedPlugin {
    /// The model kinds and kinds of service that it serves.
    fn serves(&self) -> impl Iterator<Item = &str> {
        let components = &self.components;
        components.models.iter().map(String::as_str).chain(components.kinds.iter().copied())
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            name: self.name,
            group: self.part_of.first().copied().unwrap_or(self.name),
            priority: self.priority,
            condition: &self.condition,
            serves: self.serves().collect(),
            requires: &self.requires,
            requires_kinds: &self.requires_kinds,
        }
    }
}

fn as_texts<S: Serializer>(why: &[Reason], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(why.iter().map(ToString::to_string))
}
