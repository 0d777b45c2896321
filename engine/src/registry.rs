//! The one gate to what the linker gathered.
//!
//! The order in which `inventory` yields definitions changes with the profile; a registry is sorted, and
//! refuses two plugins of one name or two parts of one kind and name within a plugin, naming both places.
//! Nothing else in the workspace calls `inventory::iter`.

mod compound;
mod kinds;
mod offer;

use crate::{
    definition::{
        ActionDef, ComponentTypeDef, EvaluatorDef, HookDef, ListenerDef, MiddlewareDef, MigrationsDef,
        ModelDef, Moment, Origin, PermissionDef, PluginDef, ProviderDef, RESERVED_CONFIG_KEYS, RouteDef,
        ServiceDef, StorageDef, Submission, TaskDef, TestDef,
    },
    extract::Signature,
    model::ModelKind,
    route::check_routes,
};
pub(crate) use offer::Offer;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

/// Every plugin of a build with its parts, by name. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    plugins: Arc<BTreeMap<&'static str, RegisteredPlugin>>,
}

/// A plugin and its parts, each list sorted by name.
#[derive(Clone, Debug)]
pub struct RegisteredPlugin {
    /// The plugin itself.
    pub def: &'static PluginDef,
    /// Its actions.
    pub actions: Vec<&'static ActionDef>,
    /// Its providers.
    pub providers: Vec<&'static ProviderDef>,
    /// Its evaluators.
    pub evaluators: Vec<&'static EvaluatorDef>,
    /// Its services.
    pub services: Vec<&'static ServiceDef>,
    /// Its model handlers.
    pub models: Vec<&'static ModelDef>,
    /// Its event handlers.
    pub listeners: Vec<&'static ListenerDef>,
    /// Its tasks.
    pub tasks: Vec<&'static TaskDef>,
    /// Its storage adapter.
    pub storage: Option<&'static StorageDef>,
    /// Its routes.
    pub routes: Vec<&'static RouteDef>,
    /// Its types of entity components.
    pub component_types: Vec<&'static ComponentTypeDef>,
    /// What runs at load and unload.
    pub hooks: Vec<&'static HookDef>,
    /// Its middleware, for its own parts and for those of others.
    pub middleware: Vec<&'static MiddlewareDef>,
    /// The tests that it ships.
    pub tests: Vec<&'static TestDef>,
    /// The migrations of its tables.
    pub migrations: Option<&'static MigrationsDef>,
    offers: OnceLock<Vec<Offer>>,
}

impl RegisteredPlugin {
    fn new(def: &'static PluginDef) -> Self {
        Self {
            def,
            actions: Vec::new(),
            providers: Vec::new(),
            evaluators: Vec::new(),
            services: Vec::new(),
            models: Vec::new(),
            listeners: Vec::new(),
            tasks: Vec::new(),
            storage: None,
            routes: Vec::new(),
            component_types: Vec::new(),
            hooks: Vec::new(),
            middleware: Vec::new(),
            tests: Vec::new(),
            migrations: None,
            offers: OnceLock::new(),
        }
    }

    /// Its actions as models see them, in their order: made once, however many agents run them.
    pub(crate) fn offers(&self) -> &[Offer] {
        self.offers.get_or_init(|| self.actions.iter().map(|def| Offer::of(def)).collect())
    }

    /// What it declares to touch, then what its actions declare.
    pub fn permissions(&self) -> impl Iterator<Item = &'static PermissionDef> {
        let of_actions = self.actions.iter().flat_map(|action| action.permissions);
        self.def.permissions.iter().chain(of_actions)
    }

    /// The hooks of one moment.
    pub fn hooks_at(&self, moment: Moment) -> impl Iterator<Item = &'static HookDef> {
        self.hooks.iter().copied().filter(move |hook| hook.moment == moment)
    }

    /// The model kinds it serves, sorted, each once.
    #[must_use]
    pub fn capabilities(&self) -> Vec<ModelKind> {
        kinds(self.models.iter().copied())
    }

    /// The model kinds it serves with a config, sorted, each once.
    #[must_use]
    pub fn capabilities_with(&self, config: &Value) -> Vec<ModelKind> {
        kinds(self.models.iter().copied().filter(|model| model.is_configured(config)))
    }

    /// The kinds of service it serves, sorted, each once.
    #[must_use]
    pub fn service_kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<&'static str> =
            self.services.iter().flat_map(|service| service.kinds).map(|kind| kind.name).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Whether it serves what others may require as a capability: a model kind or a kind of service.
    #[must_use]
    pub fn serves(&self, capability: &str) -> bool {
        self.models.iter().any(|model| model.kinds.iter().any(|kind| kind.name() == capability))
            || self.services.iter().any(|service| service.kinds.iter().any(|kind| kind.name == capability))
    }
}

fn kinds(models: impl Iterator<Item = &'static ModelDef>) -> Vec<ModelKind> {
    let mut kinds: Vec<ModelKind> = models.flat_map(|model| model.kinds.iter().cloned()).collect();
    kinds.sort();
    kinds.dedup();
    kinds
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
        plugin.offers.take();
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

/// What only the finished definition shows: names, versions, ranges, schemas.
fn check_plugin(plugin: &RegisteredPlugin, errors: &mut Vec<RegistryError>) {
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

/// The JSON Schema of a plugin's config, standing alone.
#[must_use]
pub fn plugin_config_schema(def: &PluginDef) -> serde_json::Value {
    standing_alone(def.config.schema)
}

/// The JSON Schema of a middleware's settings, standing alone.
#[must_use]
pub fn middleware_schema(def: &MiddlewareDef) -> serde_json::Value {
    standing_alone(def.schema)
}

fn standing_alone(describe: fn(&mut schemars::SchemaGenerator) -> schemars::Schema) -> serde_json::Value {
    let mut generator = schemars::generate::SchemaSettings::draft07().into_generator();
    let root = describe(&mut generator);
    let definitions = generator.take_definitions(true);
    let referenced = root.get("$ref").and_then(|r| r.as_str()).and_then(|r| r.strip_prefix("#/definitions/"));
    let mut schema = match referenced.and_then(|name| definitions.get(name)) {
        Some(schema) => schema.clone(),
        None => root.to_value(),
    };
    if let Some(object) = schema.as_object_mut() {
        object.insert("definitions".to_owned(), serde_json::Value::Object(definitions));
    }
    schema
}

fn is_kebab_case(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.chars().all(allowed)
}
