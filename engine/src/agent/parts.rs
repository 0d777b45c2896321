//! What the loaded plugins gave: looked at by turns, changed only by loading and unloading.

use super::lazy::LazyService;
use crate::{
    definition::{ActionDef, ErasedConfig, EvaluatorDef, HookDef, ListenerDef, PluginDef, ProviderDef},
    extract::{ServiceType, Signature},
    model::{RegisteredModel, Tool},
    plan::Plan,
    service::RunningService,
};
use serde_json::json;
use std::{collections::BTreeMap, fmt, sync::Arc};
use tokio_util::task::TaskTracker;

/// An action and the plugin it belongs to.
#[derive(Clone, Debug)]
pub struct RegisteredAction {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The action.
    pub def: &'static ActionDef,
    /// The action as models see it, made once.
    pub tool: Arc<Tool>,
}

impl RegisteredAction {
    pub(super) fn new(plugin: &'static PluginDef, def: &'static ActionDef) -> Self {
        let parameters = Signature::of(def.describe).arguments;
        let tool = Tool {
            name: def.name.to_owned(),
            description: def.description.to_owned(),
            parameters: parameters.unwrap_or_else(|| json!({ "type": "object", "properties": {} })),
            similes: def.similes.iter().map(|&simile| simile.to_owned()).collect(),
            examples: def.examples.iter().map(|e| (e.user.to_owned(), e.agent.to_owned())).collect(),
        };
        Self { plugin, def, tool: Arc::new(tool) }
    }
}

/// A provider and the plugin it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct RegisteredProvider {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The provider.
    pub def: &'static ProviderDef,
    /// It reads what changes while a turn runs, so it runs again after actions.
    pub reads_turn: bool,
}

/// An evaluator and the plugin it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct RegisteredEvaluator {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The evaluator.
    pub def: &'static EvaluatorDef,
}

/// What the loaded plugins gave, in load order.
#[derive(Clone)]
pub struct Parts {
    /// The plan they come from, with the character.
    pub plan: Arc<Plan>,
    /// The plugins that are loaded.
    pub plugins: Vec<&'static PluginDef>,
    /// Their actions.
    pub actions: Vec<RegisteredAction>,
    /// Their providers.
    pub providers: Vec<RegisteredProvider>,
    /// Their evaluators.
    pub evaluators: Vec<RegisteredEvaluator>,
    /// Their model handlers.
    pub models: Vec<RegisteredModel>,
    /// Their services that were started.
    pub services: Vec<RunningService>,
    /// Their event handlers, by event, in load order.
    pub listeners: BTreeMap<&'static str, Vec<(&'static PluginDef, &'static ListenerDef)>>,
    /// The turns that use this generation of parts.
    pub(super) turns: TaskTracker,
    pub(super) configs: Vec<(&'static str, ErasedConfig)>,
    pub(super) hooks: Vec<&'static HookDef>,
    pub(crate) lazy: Vec<LazyService>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.plugins.iter().map(|plugin| plugin.name)).finish()
    }
}

impl Parts {
    /// The parts of an agent before anything is loaded.
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan,
            plugins: Vec::new(),
            actions: Vec::new(),
            providers: Vec::new(),
            evaluators: Vec::new(),
            models: Vec::new(),
            services: Vec::new(),
            listeners: BTreeMap::new(),
            turns: TaskTracker::new(),
            configs: Vec::new(),
            hooks: Vec::new(),
            lazy: Vec::new(),
        }
    }

    /// A service that is up, by type.
    #[must_use]
    pub fn service<S: ServiceType>(&self) -> Option<Arc<S>> {
        self.services.iter().find(|service| service.is::<S>())?.object()
    }

    pub(super) fn config(&self, plugin: &str) -> Option<ErasedConfig> {
        self.configs.iter().find(|(name, _)| *name == plugin).map(|(_, config)| Arc::clone(config))
    }

    /// What runs when a plugin is unloaded.
    pub(super) fn unload_hooks(&self, plugin: &str) -> Vec<&'static HookDef> {
        self.hooks.iter().copied().filter(|hook| hook.plugin == plugin).collect()
    }

    /// Takes away everything of a plugin but its services, which must have been stopped.
    pub(super) fn remove(&mut self, plugin: &str) {
        self.plugins.retain(|def| def.name != plugin);
        self.actions.retain(|part| part.plugin.name != plugin);
        self.providers.retain(|part| part.plugin.name != plugin);
        self.evaluators.retain(|part| part.plugin.name != plugin);
        self.models.retain(|part| part.plugin.name != plugin);
        for listeners in self.listeners.values_mut() {
            listeners.retain(|(owner, _)| owner.name != plugin);
        }
        self.configs.retain(|(name, _)| *name != plugin);
        self.hooks.retain(|hook| hook.plugin != plugin);
        self.lazy.retain(|lazy| lazy.plugin.name != plugin);
    }
}
