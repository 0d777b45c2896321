//! The one gate to what the linker gathered.
//!
//! The order in which `inventory` yields definitions changes with the profile; a registry is sorted, and
//! refuses two plugins of one name or two parts of one kind and name within a plugin, naming both places.
//! Nothing else in the workspace calls `inventory::iter`.

mod check;
mod compound;
mod kinds;
mod offer;
mod plugin;
mod schema;

use crate::{
    definition::{MiddlewareDef, Origin, Submission},
    route::check_routes,
};
use check::check_plugin;
pub(crate) use offer::Offer;
pub use plugin::RegisteredPlugin;
pub use schema::{middleware_schema, plugin_config_schema};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Every plugin of a build with its parts, by name. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    plugins: Arc<BTreeMap<&'static str, RegisteredPlugin>>,
}

/// Why definitions do not make a registry. Programming mistakes of plugin authors, found at the first start of
/// a build.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Two plugins, or two parts of one kind, have one name.
    #[error("two {kind}s are called `{name}`: one at {first}, one at {second}; rename one of them")]
    Duplicate {
        /// `plugin`, `action`, `provider` …
        kind: &'static str,
        /// The name.
        name: String,
        /// Where the one is declared.
        first: Origin,
        /// Where the other is declared.
        second: Origin,
    },
    /// A part belongs to a plugin that is not linked.
    #[error(
        "{kind} `{name}` at {origin} belongs to plugin `{plugin}`, which is not linked; name its crate in the list of linked plugins"
    )]
    Orphan {
        /// `action`, `provider` …
        kind: &'static str,
        /// The part.
        name: String,
        /// The plugin it names.
        plugin: &'static str,
        /// Where it is declared.
        origin: Origin,
    },
    /// A plugin's name, version or range cannot be used.
    #[error("plugin `{plugin}` at {origin}: {why}")]
    Malformed {
        /// The plugin.
        plugin: &'static str,
        /// Where it is declared.
        origin: Origin,
        /// What is wrong and what to write.
        why: String,
    },
}

impl Registry {
    /// What the linker gathered into this binary.
    ///
    /// # Errors
    /// Everything that is wrong with it, not the first thing only.
    pub fn linked() -> Result<Self, Vec<RegistryError>> {
        Self::new(inventory::iter::<Submission>.into_iter().copied())
    }

    /// A registry of these definitions; for tests and for embedders that do not use `inventory`.
    ///
    /// # Errors
    /// Everything that is wrong with them, not the first thing only.
    pub fn new(submissions: impl IntoIterator<Item = Submission>) -> Result<Self, Vec<RegistryError>> {
        let mut submissions: Vec<Submission> = submissions.into_iter().collect();
        submissions.sort_by_key(|s| {
            let (rank, _, name, origin) = facts(s);
            (rank, name, origin.file, origin.line)
        });
        let mut errors = Vec::new();
        let mut registry = Self::default();
        for submission in &submissions {
            registry.add(submission, &mut errors);
        }
        for plugin in registry.plugins.values() {
            check_plugin(plugin, &mut errors);
            errors.extend(check_routes(plugin.def, &plugin.routes));
        }
        compound::check(&registry, &mut errors);
        kinds::check(&registry, &mut errors);
        if errors.is_empty() { Ok(registry) } else { Err(errors) }
    }

    fn add(&mut self, submission: &Submission, errors: &mut Vec<RegistryError>) {
        let (_, kind, name, origin) = facts(submission);
        if let Submission::Plugin(def) = submission {
            if let Some(other) = self.plugins.get(def.name) {
                let first = other.def.origin;
                errors.push(RegistryError::Duplicate { kind, name: name.to_owned(), first, second: origin });
            } else {
                Arc::make_mut(&mut self.plugins).insert(def.name, RegisteredPlugin::new(def));
            }
            return;
        }
        let owner = owner(submission);
        let Some(plugin) = Arc::make_mut(&mut self.plugins).get_mut(owner) else {
            errors.push(RegistryError::Orphan { kind, name: name.to_owned(), plugin: owner, origin });
            return;
        };
        // Made anew of all actions, this one too.
        plugin.forget_offers();
        let first = match submission {
            Submission::Plugin(_) => None,
            Submission::Action(def) => push(&mut plugin.actions, def, |d| (d.name, d.origin)),
            Submission::Provider(def) => push(&mut plugin.providers, def, |d| (d.name, d.origin)),
            Submission::Evaluator(def) => push(&mut plugin.evaluators, def, |d| (d.name, d.origin)),
            Submission::Service(def) => push(&mut plugin.services, def, |d| (d.name, d.origin)),
            Submission::Model(def) => push(&mut plugin.models, def, |d| (d.name, d.origin)),
            Submission::Listener(def) => push(&mut plugin.listeners, def, |d| (d.name, d.origin)),
            Submission::Task(def) => push(&mut plugin.tasks, def, |d| (d.name, d.origin)),
            Submission::Storage(def) => plugin.storage.replace(def).map(|other| other.origin),
            Submission::Route(def) => push(&mut plugin.routes, def, |d| (d.name, d.origin)),
            Submission::ComponentType(def) => push(&mut plugin.component_types, def, |d| (d.name, d.origin)),
            Submission::Test(def) => push(&mut plugin.tests, def, |d| (d.name, d.origin)),
            Submission::Hook(def) => {
                plugin.hooks.push(def);
                None
            }
            Submission::Migrations(def) => plugin.migrations.replace(def).map(|other| other.origin),
            Submission::Middleware(def) => push(&mut plugin.middleware, def, |d| (d.name, d.origin)),
        };
        if let Some(first) = first {
            errors.push(RegistryError::Duplicate { kind, name: name.to_owned(), first, second: origin });
        }
    }

    /// The same with more definitions; for tests.
    ///
    /// # Errors
    /// Everything that is wrong with them, not the first thing only.
    pub fn with(
        &self,
        submissions: impl IntoIterator<Item = Submission>,
    ) -> Result<Self, Vec<RegistryError>> {
        let mut submissions: Vec<Submission> = submissions.into_iter().collect();
        // Plugins before their parts.
        submissions.sort_by_key(|submission| facts(submission).0);
        let mut errors = Vec::new();
        let mut registry = self.clone();
        for submission in &submissions {
            registry.add(submission, &mut errors);
        }
        for name in submissions.iter().map(owner).collect::<BTreeSet<_>>() {
            registry.plugins.get(name).into_iter().for_each(|plugin| check_plugin(plugin, &mut errors));
        }
        if errors.is_empty() { Ok(registry) } else { Err(errors) }
    }

    /// The same without storage adapters but those of the plugins named: then an agent remembers in memory.
    pub(crate) fn without_storages_but(&self, kept: &[String]) -> Self {
        let mut registry = self.clone();
        for plugin in Arc::make_mut(&mut registry.plugins).values_mut() {
            if !kept.iter().any(|name| name == plugin.def.name) {
                plugin.storage = None;
            }
        }
        registry
    }

    /// A plugin by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&RegisteredPlugin> {
        self.plugins.get(name)
    }

    /// Every plugin, by name.
    pub fn iter(&self) -> impl Iterator<Item = &RegisteredPlugin> {
        self.plugins.values()
    }

    /// The names of every plugin, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.plugins.keys().copied()
    }

    /// Every middleware, the engine's own among them, by name.
    pub fn middleware(&self) -> impl Iterator<Item = &'static MiddlewareDef> {
        let mut all: Vec<_> = self.iter().flat_map(|plugin| plugin.middleware.iter().copied()).collect();
        all.extend(crate::middleware::ENGINE);
        all.sort_unstable_by_key(|def| def.name);
        all.into_iter()
    }

    /// The plugins that serve a model kind or a kind of service, by name.
    pub fn serving<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a RegisteredPlugin> {
        self.iter().filter(move |plugin| plugin.serves(kind))
    }
}

/// Adds a definition; where there is one of that name already, says where, and leaves the list as it is.
fn push<T>(
    list: &mut Vec<&'static T>,
    def: &'static T,
    key: fn(&T) -> (&'static str, Origin),
) -> Option<Origin> {
    let name = key(def).0;
    if let Some(other) = list.iter().find(|other| key(other).0 == name) {
        return Some(key(other).1);
    }
    list.push(def);
    None
}

/// Rank (plugins first), kind, name and place of a submission.
fn facts(submission: &Submission) -> (u8, &'static str, &'static str, Origin) {
    match submission {
        Submission::Plugin(d) => (0, "plugin", d.name, d.origin),
        Submission::Action(d) => (1, "action", d.name, d.origin),
        Submission::Provider(d) => (2, "provider", d.name, d.origin),
        Submission::Evaluator(d) => (3, "evaluator", d.name, d.origin),
        Submission::Service(d) => (4, "service", d.name, d.origin),
        Submission::Model(d) => (5, "model handler", d.name, d.origin),
        Submission::Listener(d) => (6, "event handler", d.name, d.origin),
        Submission::Storage(d) => (7, "storage adapter", d.name, d.origin),
        Submission::Task(d) => (9, "task", d.name, d.origin),
        Submission::Hook(d) => (8, "hook", d.plugin, d.origin),
        Submission::Middleware(d) => (9, "middleware", d.name, d.origin),
        Submission::Route(d) => (9, "route", d.name, d.origin),
        Submission::ComponentType(d) => (10, "component type", d.name, d.origin),
        Submission::Test(d) => (9, "plugin test", d.name, d.origin),
        Submission::Migrations(d) => (11, "list of migration", d.plugin, d.origin),
    }
}

fn owner(submission: &Submission) -> &'static str {
    match submission {
        Submission::Plugin(d) => d.name,
        Submission::Action(d) => d.plugin,
        Submission::Provider(d) => d.plugin,
        Submission::Evaluator(d) => d.plugin,
        Submission::Service(d) => d.plugin,
        Submission::Model(d) => d.plugin,
        Submission::Listener(d) => d.plugin,
        Submission::Storage(d) => d.plugin,
        Submission::Hook(d) => d.plugin,
        Submission::Middleware(d) => d.plugin,
        Submission::Route(d) => d.plugin,
        Submission::ComponentType(d) => d.plugin,
        Submission::Task(d) => d.plugin,
        Submission::Test(d) => d.plugin,
        Submission::Migrations(d) => d.plugin,
    }
}
