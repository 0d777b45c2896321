//! Loads one plugin, step by step in the order of the load report.

use super::{
    Agent, LoadStep, RegisteredAction, RegisteredEvaluator, RegisteredListener, RegisteredProvider,
    RegisteredRoute, RegisteredTask, RunningService, StepReport, change::Mark, lazy::LazyService,
    parts::Load,
};
use crate::{
    character::resolve_config,
    component::RegisteredComponentType,
    definition::{Moment, PluginDef, ServiceDef},
    event::{PluginStep, ServiceUp},
    extract::{Invocation, Signature},
    model::RegisteredModel,
    plan::PlannedPlugin,
    registry::{RegisteredPlugin, plugin_config_schema},
    telemetry::span,
    turn::{Failure, guarded},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// How long a load or unload hook, or opening a storage, may take.
pub(super) const HOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a plugin was not loaded.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) step: LoadStep,
    pub(super) why: String,
    pub(super) help: String,
}

/// Loads one plugin. On failure everything that it registered is taken back before this returns.
pub(super) async fn load(
    agent: &Agent,
    plugin: &RegisteredPlugin,
    planned: &PlannedPlugin,
    config: ReadConfig,
    steps: &mut Vec<StepReport>,
) -> Result<(), Refusal> {
    let span = span::plugin(agent, plugin.def);
    let outcome = Loading { agent, plugin, steps }.run(planned, config).instrument(span.clone()).await;
    if let Err(Refusal { step, why, .. }) = &outcome {
        span::failed(&span, "refused", &format!("{step}: {why}"));
        super::unload::unload(agent, plugin.def).await;
    }
    outcome
}

/// Gives a plugin its config and nothing else.
pub(super) fn configure(agent: &Agent, plugin: &RegisteredPlugin, config: ReadConfig) -> Result<(), Refusal> {
    Loading { agent, plugin, steps: &mut Vec::new() }.config(config).map(drop)
}

struct Loading<'a> {
    agent: &'a Agent,
    plugin: &'a RegisteredPlugin,
    steps: &'a mut Vec<StepReport>,
}

impl Loading<'_> {
    async fn run(mut self, planned: &PlannedPlugin, config: ReadConfig) -> Result<(), Refusal> {
        let def = self.plugin.def;
        let begun = Instant::now();
        let layers = self.config(config)?;
        super::layers::wrap(self.agent, self.plugin, &planned.middleware, layers)?;
        self.done(LoadStep::Config, begun, Vec::new()).await;

        let begun = Instant::now();
        for hook in self.plugin.hooks_at(Moment::Load) {
            let invocation = Invocation::of(self.agent.clone(), def);
            let call = super::Loading::run(self.agent, def.name, (hook.call)(&invocation));
            let outcome = guarded(HOOK_TIMEOUT, call).await;
            outcome.and_then(|result| result.map_err(Into::into)).map_err(|failure| {
                refusal(LoadStep::OnLoad, failure, "see what the plugin's `on_load` asks for")
            })?;
        }
        self.done(LoadStep::OnLoad, begun, Vec::new()).await;

        let begun = Instant::now();
        let storage = self.storage().await?;
        self.done(LoadStep::Storage, begun, storage).await;

        let begun = Instant::now();
        let names = self.plugin.component_types.iter().map(|part| part.name.to_owned()).collect();
        self.unique(LoadStep::ComponentTypes, self.plugin.component_types.iter().map(|part| part.name))?;
        let parts = self.plugin.component_types.iter().map(|&part| RegisteredComponentType::new(def, part));
        let parts: Vec<_> = parts
            .collect::<Result<_, _>>()
            .map_err(|why| refusal(LoadStep::ComponentTypes, why, "mend the type"))?;
        self.agent.change_parts(|all| all.component_types.extend(parts));
        self.done(LoadStep::ComponentTypes, begun, names).await;

        let begun = Instant::now();
        let names = self.plugin.actions.iter().map(|part| part.name.to_owned()).collect();
        self.unique(LoadStep::Actions, self.plugin.actions.iter().map(|part| part.name))?;
        self.agent.change_parts(|parts| {
            parts.plugins.push(def);
            parts.actions.extend(RegisteredAction::all(self.plugin, planned));
        });
        self.done(LoadStep::Actions, begun, names).await;

        let begun = Instant::now();
        let names = self.plugin.evaluators.iter().map(|part| part.name.to_owned()).collect();
        self.unique(LoadStep::Evaluators, self.plugin.evaluators.iter().map(|part| part.name))?;
        let parts = self.plugin.evaluators.iter().map(|&part| RegisteredEvaluator { plugin: def, def: part });
        self.agent.change_parts(|all| all.evaluators.extend(parts));
        self.done(LoadStep::Evaluators, begun, names).await;

        let begun = Instant::now();
        let names = self.plugin.providers.iter().map(|part| part.name.to_owned()).collect();
        self.unique(LoadStep::Providers, self.plugin.providers.iter().map(|part| part.name))?;
        let parts = self.plugin.providers.iter().map(|&part| RegisteredProvider::new(def, part));
        self.agent.change_parts(|all| all.providers.extend(parts));
        self.done(LoadStep::Providers, begun, names).await;

        let begun = Instant::now();
        let names = self.plugin.capabilities_with(&planned.config).iter().map(ToString::to_string).collect();
        let serving = self.plugin.models.iter().filter(|part| part.is_configured(&planned.config));
        let parts = serving.map(|&part| RegisteredModel {
            plugin: def,
            def: part,
            priority: part.priority.unwrap_or(def.priority),
        });
        self.agent.change_parts(|all| all.models.extend(parts));
        self.done(LoadStep::Models, begun, names).await;

        let begun = Instant::now();
        let names = self.plugin.routes.iter().map(|part| format!("{} {}", part.method, part.path)).collect();
        let parts = self.plugin.routes.iter().map(|&part| RegisteredRoute { plugin: def, def: part });
        self.agent.change_parts(|all| Arc::make_mut(&mut all.routes).extend(parts));
        self.done(LoadStep::Routes, begun, names).await;

        let begun = Instant::now();
        let names = self.plugin.listeners.iter().map(|part| part.event.to_owned()).collect();
        self.agent.change_parts(|parts| {
            for &listener in &self.plugin.listeners {
                let registered = RegisteredListener::new(def, listener);
                parts.listeners.entry(listener.event).or_default().push((def, registered));
            }
        });
        self.done(LoadStep::Events, begun, names).await;

        let begun = Instant::now();
        let names = self.plugin.tasks.iter().map(|part| part.name.to_owned()).collect();
        self.unique(LoadStep::Tasks, self.plugin.tasks.iter().map(|part| part.name))?;
        let parts = self.plugin.tasks.iter().map(|&part| RegisteredTask { plugin: def, def: part });
        self.agent.change_parts(|all| all.tasks.extend(parts));
        self.done(LoadStep::Tasks, begun, names).await;

        let begun = Instant::now();
        let names = self.services().await?;
        super::subscribe::start(self.agent, def);
        self.done(LoadStep::Services, begun, names).await;
        Ok(())
    }

    async fn done(&mut self, step: LoadStep, begun: Instant, registered: Vec<String>) {
        tracing::debug!(plugin = self.plugin.def.name, %step, ?registered, "loading");
        self.steps.push(StepReport { step, time: begun.elapsed(), registered });
        self.agent.emit(PluginStep { plugin: self.plugin.def.name.to_owned(), step }).await;
    }

    /// Reads the config into the plugin's own type; the settings of its layers are left.
    fn config(&self, config: ReadConfig) -> Result<Vec<Value>, Refusal> {
        let def = self.plugin.def;
        let load = Load { number: self.agent.next_load(), at: self.agent.clock().now(), mark: config.mark };
        let layers = config.layers;
        let config = (def.config.read)(config.value)
            .map_err(|error| refusal(LoadStep::Config, error, "mend the plugin's table in the character"))?;
        let hooks: Vec<_> = self.plugin.hooks_at(Moment::Unload).collect();
        self.agent.change_parts(|parts| {
            parts.loads.insert(def.name, load);
            parts.off.remove(def.name);
            parts.scopes.push((def.name, CancellationToken::new()));
            parts.configs.push((def.name, config));
            parts.hooks.extend(hooks);
        });
        Ok(layers)
    }

    async fn storage(&self) -> Result<Vec<String>, Refusal> {
        let Some(storage) = self.plugin.storage else {
            return Ok(Vec::new());
        };
        let invocation = Invocation::of(self.agent.clone(), self.plugin.def);
        let store = guarded(HOOK_TIMEOUT, (storage.open)(&invocation))
            .await
            .and_then(|result| result.map_err(Into::into))
            .map_err(|failure| {
                refusal(LoadStep::Storage, failure, "mend the storage or choose another one")
            })?;
        // Before any plugin that has tables is loaded: they find them as they are to be.
        let plugins = self.agent.migrations();
        if let Err(error) = store.migrate(&plugins, false).await {
            if let Err(error) = store.close().await {
                tracing::error!("closing the storage: {error}");
            }
            let help = "nothing of it was kept: mend the plugin or its settings; `galatea db status` lists the migrations";
            return Err(refusal(LoadStep::Storage, error, help));
        }
        let description = store.description();
        let help = "a character has one storage: take one of the two plugins out of it";
        self.agent
            .0
            .store
            .set(store)
            .map_err(|_| refusal(LoadStep::Storage, "there is a storage already", help))?;
        Ok(vec![description])
    }

    /// Refuses a name that another plugin of this agent has registered already.
    fn unique<'n>(&self, step: LoadStep, names: impl Iterator<Item = &'n str>) -> Result<(), Refusal> {
        let parts = self.agent.parts();
        for name in names {
            let taken = match step {
                LoadStep::Actions => parts.actions.iter().find(|p| p.def.name == name).map(|p| p.def.origin),
                LoadStep::ComponentTypes => {
                    parts.component_types.iter().find(|p| p.def.name == name).map(|p| p.def.origin)
                }
                LoadStep::Evaluators => {
                    parts.evaluators.iter().find(|p| p.def.name == name).map(|p| p.def.origin)
                }
                LoadStep::Tasks => parts.tasks.iter().find(|p| p.def.name == name).map(|p| p.def.origin),
                LoadStep::Services => {
                    let lazy = parts.lazy.iter().map(|lazy| lazy.def);
                    let mut all = parts.services.iter().map(|service| service.def).chain(lazy);
                    all.find(|def| def.name == name).map(|def| def.origin)
                }
                _ => parts.providers.iter().find(|p| p.def.name == name).map(|p| p.def.origin),
            };
            if let Some(origin) = taken {
                let why = format!("`{name}` is registered already, by the one at {origin}");
                return Err(refusal(step, why, "rename one of them, or take one of the two plugins out"));
            }
        }
        Ok(())
    }

    /// Starts the plugin's services, those that others need first.
    async fn services(&self) -> Result<Vec<String>, Refusal> {
        let def = self.plugin.def;
        self.unique(LoadStep::Services, self.plugin.services.iter().map(|part| part.name))?;
        let order = start_order(&self.plugin.services)?;
        if def.lazy {
            let lazy: Vec<LazyService> = order.iter().map(|service| LazyService::new(def, service)).collect();
            self.agent.change_parts(|parts| parts.lazy.extend(lazy));
            return Ok(order.iter().map(|service| format!("{} (on first use)", service.name)).collect());
        }
        let mut names = Vec::new();
        for service in order {
            let invocation = Invocation::of(self.agent.clone(), def);
            let span = span::service(self.agent, def, service);
            let start = super::Loading::run(self.agent, def.name, (service.start)(&invocation));
            let object = guarded(service.timeout, start)
                .instrument(span.clone())
                .await
                .and_then(|result| result.map_err(Into::into))
                .map_err(|failure: Failure| {
                    span::failed(&span, span::kind_of(&failure), &failure.to_string());
                    let why = format!("service `{}`: {failure}", service.name);
                    refusal(LoadStep::Services, why, "mend what the service needs, or take the plugin out")
                })?;
            let running = RunningService::begin(self.agent, def, service, object);
            self.agent.change_parts(|parts| parts.services.push(running));
            self.agent
                .emit(ServiceUp { service: service.name.to_owned(), plugin: def.name.to_owned() })
                .await;
            names.push(service.name.to_owned());
        }
        Ok(names)
    }
}

/// A plugin's config with its secrets, and the mark of all that the plugin is made of.
pub(super) struct ReadConfig {
    value: Value,
    /// The settings of its layers, in their order.
    layers: Vec<Value>,
    pub(super) mark: Mark,
}

/// Reads a plugin's config with its secrets.
pub(super) async fn read_config(
    agent: &Agent,
    def: &'static PluginDef,
    planned: &PlannedPlugin,
) -> Result<ReadConfig, Refusal> {
    let base = &agent.0.base;
    let schema = move || plugin_config_schema(def);
    let value = resolved(schema, planned.config.clone(), base.clone()).await?;
    let layers = super::layers::read_settings(agent, &planned.middleware, base).await?;
    let mark = Mark::of(planned, &value, &layers);
    Ok(ReadConfig { value, layers, mark })
}

/// A config whose secrets are read. Reading may wait for files and programs, so it stays off the threads that
/// serve turns.
pub(super) async fn resolved(
    schema: impl FnOnce() -> Value + Send + 'static,
    mut config: Value,
    base: PathBuf,
) -> Result<Value, Refusal> {
    let read =
        tokio::task::spawn_blocking(move || resolve_config(&schema(), &mut config, &base).map(|()| config));
    let read = read.await.map_err(|error| refusal(LoadStep::Config, error, "report this"))?;
    read.map_err(|errors| {
        let why: Vec<String> = errors.iter().map(|(path, error)| format!("`{path}`: {error}")).collect();
        refusal(LoadStep::Config, why.join("; "), "set it, or take the plugin out of the character")
    })
}

/// The services of a plugin in an order in which each comes after those that its `start` takes.
fn start_order(services: &[&'static ServiceDef]) -> Result<Vec<&'static ServiceDef>, Refusal> {
    let own: BTreeSet<_> = services.iter().map(|service| (service.type_id)()).collect();
    let mut waiting: Vec<(&'static ServiceDef, Vec<_>)> = services
        .iter()
        .map(|&service| {
            let needs = Signature::of(service.describe).services;
            (service, needs.into_iter().filter(|need| own.contains(need)).collect())
        })
        .collect();
    let mut order = Vec::new();
    let mut started = BTreeSet::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|(_, needs)| needs.iter().all(|need| started.contains(need)));
        let Some(ready) = ready else {
            let names: Vec<&str> = waiting.iter().map(|(service, _)| service.name).collect();
            let why = format!("the services {} need one another", names.join(", "));
            return Err(refusal(LoadStep::Services, why, "break the circle in the plugin"));
        };
        let (service, _) = waiting.remove(ready);
        started.insert((service.type_id)());
        order.push(service);
    }
    Ok(order)
}

pub(super) fn refusal(step: LoadStep, why: impl ToString, help: &str) -> Refusal {
    Refusal { step, why: why.to_string(), help: help.to_owned() }
}
