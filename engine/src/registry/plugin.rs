//! A plugin with its parts.

use super::Offer;
use crate::{
    definition::{
        ActionDef, ComponentTypeDef, EvaluatorDef, HookDef, ListenerDef, MiddlewareDef, MigrationsDef,
        ModelDef, Moment, PermissionDef, PluginDef, ProviderDef, RouteDef, ServiceDef, StorageDef, TaskDef,
        TestDef,
    },
    model::ModelKind,
};
use serde_json::Value;
use std::sync::OnceLock;

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
    pub(super) fn new(def: &'static PluginDef) -> Self {
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

    /// They are made anew when they are asked for next.
    pub(super) fn forget_offers(&mut self) {
        self.offers.take();
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
