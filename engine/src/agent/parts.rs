//! What the loaded plugins gave: looked at by turns, changed only by loading and unloading.

use super::{
    Latest, change::Mark, lazy::LazyService, provider_cache::ProviderCache, subscribe::Subscriptions,
};
use crate::{
    component::RegisteredComponentType,
    definition::{
        ActionDef, ErasedConfig, EvaluatorDef, HookDef, ListenerDef, PluginDef, ProviderCall, ProviderDef,
        RouteDef, TaskDef,
    },
    event::Queue,
    extract::{ExtractError, ServiceType, Signature},
    fit::{Fit, listed},
    middleware::{Handlers, Layered},
    model::{RegisteredModel, Tool},
    offer::Offered,
    plan::{Plan, PlannedPlugin, refusal},
    registry::RegisteredPlugin,
    service::RunningService,
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt, sync::Arc};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// An action and the plugin it belongs to.
#[derive(Clone, Debug)]
pub struct RegisteredAction {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The action.
    pub def: &'static ActionDef,
    /// The action as models see it, made once for all agents of a registry.
    pub tool: Arc<Tool>,
    /// What its arguments are held against, if it takes any; made once as well.
    pub(crate) arguments: Option<Arc<Fit>>,
    /// Why it may not be used: a permission of its own that is not granted.
    pub(crate) refusal: Option<Arc<str>>,
    /// What runs it, if its plugin offers it at run time.
    pub(crate) offered: Option<Offered>,
}

impl RegisteredAction {
    /// Every action of a plugin, with what this character grants the plugin.
    pub(super) fn all(plugin: &RegisteredPlugin, planned: &PlannedPlugin) -> impl Iterator<Item = Self> {
        plugin.actions.iter().zip(plugin.offers()).map(|(&def, offer)| Self {
            plugin: plugin.def,
            def,
            tool: Arc::clone(&offer.tool),
            // A registry refuses an action whose schema cannot be used.
            arguments: offer.arguments.clone().unwrap_or_default(),
            refusal: refusal(def, &planned.config, &planned.grants).map(Arc::from),
            offered: None,
        })
    }

    /// What the model reads of it.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.tool.description
    }

    /// Whether the character grants what it touches.
    #[must_use]
    pub fn is_granted(&self) -> bool {
        self.refusal.is_none()
    }

    /// Whether its plugin offers it at run time, and did not declare it.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        self.offered.is_some()
    }

    /// The arguments of a call, with words put right that differ in capitals only.
    pub(crate) fn respelled(&self, arguments: Map<String, Value>) -> Map<String, Value> {
        match &self.arguments {
            Some(fit) => fit.respelled(arguments),
            None => arguments,
        }
    }

    /// Refuses arguments that break the schema that the model was shown.
    pub(crate) fn fit(&self, arguments: &Map<String, Value>) -> Result<(), String> {
        let Some(fit) = &self.arguments else { return Ok(()) };
        match fit.misfits(&Value::Object(arguments.clone())).as_slice() {
            [] => Ok(()),
            misfits => Err(ExtractError::Arguments(listed(misfits)).to_string()),
        }
    }
}

/// A provider and the plugin it belongs to.
#[derive(Clone, Debug)]
pub struct RegisteredProvider {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The provider.
    pub def: &'static ProviderDef,
    /// It reads what changes while a turn runs, so it runs again after actions.
    pub reads_turn: bool,
    /// Its results that may be used again, if it has a cache.
    pub(crate) cache: Option<Arc<ProviderCache>>,
    /// What it told last, if it subscribes.
    pub(crate) latest: Option<Arc<watch::Sender<Latest>>>,
}

impl RegisteredProvider {
    pub(crate) fn new(plugin: &'static PluginDef, def: &'static ProviderDef) -> Self {
        let subscribes = matches!(def.call, ProviderCall::Subscribe(_));
        Self {
            plugin,
            def,
            reads_turn: Signature::of(def.describe).reads_turn,
            cache: def.cache.map(|_| Arc::default()),
            latest: subscribes.then(|| Arc::new(watch::Sender::default())),
        }
    }
}

/// An evaluator and the plugin it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct RegisteredEvaluator {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The evaluator.
    pub def: &'static EvaluatorDef,
}

/// A route and the plugin it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct RegisteredRoute {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The route.
    pub def: &'static RouteDef,
}

/// An event handler.
#[derive(Clone, Debug)]
pub struct RegisteredListener {
    /// The handler.
    pub def: &'static ListenerDef,
    /// The events that wait for it, if it has a queue.
    pub queue: Option<Arc<Queue>>,
}

impl RegisteredListener {
    pub(super) fn new(plugin: &'static PluginDef, def: &'static ListenerDef) -> Self {
        Self { def, queue: def.queue.map(|bounds| Queue::new(plugin, def, bounds)) }
    }
}

/// A task and the plugin it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct RegisteredTask {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The task.
    pub def: &'static TaskDef,
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
    /// Their routes; another list as soon as they change.
    pub routes: Arc<Vec<RegisteredRoute>>,
    /// Their types of entity components.
    pub component_types: Vec<RegisteredComponentType>,
    /// Their services that were started.
    pub services: Vec<RunningService>,
    /// Their event handlers, by event, in load order.
    pub listeners: BTreeMap<&'static str, Vec<(&'static PluginDef, RegisteredListener)>>,
    /// Their tasks.
    pub tasks: Vec<RegisteredTask>,
    /// The turns that use this generation of parts.
    pub(super) turns: TaskTracker,
    /// What ends when a plugin is unloaded, by plugin.
    pub(super) scopes: Vec<(&'static str, CancellationToken)>,
    pub(super) configs: Vec<(&'static str, ErasedConfig)>,
    pub(super) hooks: Vec<&'static HookDef>,
    pub(crate) lazy: Vec<LazyService>,
    /// The parts that have middleware around them.
    pub(crate) handlers: Handlers,
    /// The character's own middleware, made once for all plugins.
    pub(super) layers: Vec<(Mark, Layered)>,
    pub(super) subscriptions: Vec<Subscriptions>,
    /// When and out of what each loaded plugin was made.
    pub(super) loads: BTreeMap<&'static str, Load>,
    /// The plugins of the plan that do not run: why, and since when.
    pub(super) off: BTreeMap<&'static str, (String, Timestamp)>,
}

/// One loading of a plugin. A plugin that is loaded again has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    /// Unique in an agent.
    pub(super) number: u64,
    /// When it was.
    pub(super) at: Timestamp,
    /// What it was made of.
    pub(super) mark: Mark,
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
            routes: Arc::default(),
            component_types: Vec::new(),
            services: Vec::new(),
            listeners: BTreeMap::new(),
            tasks: Vec::new(),
            turns: TaskTracker::new(),
            scopes: Vec::new(),
            configs: Vec::new(),
            hooks: Vec::new(),
            lazy: Vec::new(),
            handlers: Handlers::default(),
            layers: Vec::new(),
            subscriptions: Vec::new(),
            loads: BTreeMap::new(),
            off: BTreeMap::new(),
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

    /// What ends when a plugin is unloaded.
    pub(crate) fn scope(&self, plugin: &str) -> Option<CancellationToken> {
        self.scopes.iter().find(|(name, _)| *name == plugin).map(|(_, scope)| scope.clone())
    }

    /// A task, by the names of its plugin and its own.
    pub(crate) fn task(&self, plugin: &str, name: &str) -> Option<RegisteredTask> {
        self.tasks.iter().copied().find(|task| task.def.name == name && task.plugin.name == plugin)
    }

    /// Which loading of a plugin these are of; 0 of one that is not loaded.
    pub(crate) fn load_number(&self, plugin: &str) -> u64 {
        self.loads.get(plugin).map_or(0, |load| load.number)
    }

    /// What runs when a plugin is unloaded.
    pub(super) fn unload_hooks(&self, plugin: &str) -> Vec<&'static HookDef> {
        self.hooks.iter().copied().filter(|hook| hook.plugin == plugin).collect()
    }

    /// The same with nothing that runs: only what a model needs that is a function of its config.
    pub(crate) fn at_rest(&self) -> Self {
        Self {
            services: Vec::new(),
            lazy: Vec::new(),
            subscriptions: Vec::new(),
            listeners: BTreeMap::new(),
            turns: TaskTracker::new(),
            ..self.clone()
        }
    }

    /// Takes away everything of a plugin but its services, which must have been stopped as its subscriptions.
    pub(super) fn remove(&mut self, plugin: &str) {
        self.plugins.retain(|def| def.name != plugin);
        self.actions.retain(|part| part.plugin.name != plugin);
        self.providers.retain(|part| part.plugin.name != plugin);
        self.evaluators.retain(|part| part.plugin.name != plugin);
        self.models.retain(|part| part.plugin.name != plugin);
        Arc::make_mut(&mut self.routes).retain(|part| part.plugin.name != plugin);
        self.component_types.retain(|part| part.plugin.name != plugin);
        for listeners in self.listeners.values_mut() {
            listeners.retain(|(owner, _)| owner.name != plugin);
        }
        self.tasks.retain(|part| part.plugin.name != plugin);
        self.scopes.retain(|(name, _)| *name != plugin);
        self.configs.retain(|(name, _)| *name != plugin);
        self.hooks.retain(|hook| hook.plugin != plugin);
        self.lazy.retain(|lazy| lazy.plugin.name != plugin);
        self.handlers.remove(plugin);
        self.subscriptions.retain(|subscriptions| subscriptions.plugin.name != plugin);
        self.loads.remove(plugin);
    }
}
