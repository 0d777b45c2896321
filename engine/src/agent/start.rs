//! Starts an agent: every plugin of the plan in its order, or none.

use super::{Agent, Inner, LoadReport, Outcome, Parts, PluginReport, load, unload, view::View};
use crate::{
    clock::Clock,
    definition::{Plugin, PluginDef},
    diagnostic::{Code, Diagnostic},
    event::{EventBus, LoadReported},
    fabric::{Fabric, InProcess},
    memory::{Entity, Room, RoomKind},
    plan::{Activation, Conflict, Plan, PlannedPlugin, Surroundings},
    registry::Registry,
    store::{InMemory, Store, StoreError},
    telemetry::span,
    text::id::stable_id,
};
use serde_json::Map;
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, RwLock},
    time::Instant,
};
use tracing::Instrument;

/// What may be chosen at a start.
#[derive(Clone, Debug, Default)]
pub struct StartOptions {
    /// The folder to which the character's paths are relative. Default: the working directory.
    pub base: PathBuf,
    /// Its clock. Default: the system's.
    pub clock: Clock,
    /// How it shares its rooms with other processes. Default: as its storage offers, else in this process alone.
    pub fabric: Option<Arc<dyn Fabric>>,
    /// Whether it may be reached from outside: servers that its character selects listen. Default: no; they start and
    /// open nothing.
    pub listens: bool,
    /// Where servers listen, instead of what its character says: `0.0.0.0:3000`. Default: as the character says.
    pub address: Option<String>,
    /// Its id, where several agents run from one character. Default: the character's `id`, else made from its name.
    pub id: Option<uuid::Uuid>,
    /// A storage that is open already, for characters without a storage plugin; a plugin that opens one is then
    /// refused. Default: one in memory.
    pub store: Option<Arc<dyn Store>>,
}

/// Why an agent did not start. Whatever had been loaded is unloaded.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A plugin was refused.
    #[error("plugin `{plugin}` was refused at {step}: {why}; {help}")]
    Refused {
        /// The plugin.
        plugin: String,
        /// The step that failed.
        step: super::LoadStep,
        /// Why.
        why: String,
        /// What to do.
        help: String,
        /// What happened to each plugin.
        report: Box<LoadReport>,
    },
    /// The plan names a plugin that this build does not have.
    #[error("plugin `{0}` is not in this build")]
    NotLinked(String),
    /// Plugins would run without what they require, as the environment is.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Conflicts(Vec<Conflict>),
    /// The storage does not work.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StartError {
    /// The same as a diagnostic.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Refused { plugin, step, why, help, .. } => Diagnostic::error(
                Code::PluginRefused,
                format!("plugin `{plugin}` was refused at {step}: {why}"),
            )
            .help(help.clone()),
            other => Diagnostic::error(Code::PluginRefused, other.to_string()),
        }
    }
}

impl Agent {
    /// Starts the agent of a plan: loads every plugin in the plan's order, takes up messages that an earlier
    /// process accepted and did not answer, and is ready. If a plugin is refused, all are unloaded in reverse
    /// and nothing stays behind.
    ///
    /// # Errors
    /// [`StartError`], with the load report where a plugin was refused.
    pub async fn start(
        plan: impl Into<Arc<Plan>>,
        registry: &Registry,
        options: StartOptions,
    ) -> Result<Self, StartError> {
        let agent = Self::made(plan.into(), registry, options);
        let span = span::start(&agent);
        let started = agent.started_up(registry).instrument(span.clone()).await;
        if let Err(error) = &started {
            span::failed(&span, "refused", &error.to_string());
        }
        started.map(|()| agent)
    }

    async fn started_up(&self, registry: &Registry) -> Result<(), StartError> {
        let report = self.loaded(registry).await?;
        if let Err(error) = self.be_ready(&report).await {
            self.stop().await;
            return Err(error.into());
        }
        Ok(())
    }

    /// The agent of a plan before anything is loaded.
    pub(super) fn made(plan: Arc<Plan>, registry: &Registry, options: StartOptions) -> Self {
        let id = options.id.or(plan.character.id).unwrap_or_else(|| stable_id(&plan.character.name));
        Self(
            Arc::new(Inner {
                id,
                shared: crate::service::Shared::new(&options.clock),
                clock: options.clock,
                registry: registry.clone(),
                base: options.base,
                listens: options.listens,
                address: options.address,
                parts: RwLock::new(Arc::new(Parts::new(plan))),
                store: options.store.map_or_else(OnceLock::new, OnceLock::from),
                fabric: options.fabric.map_or_else(OnceLock::new, OnceLock::from),
                shares: super::share::Shares::default(),
                events: EventBus::default(),
                rooms: super::rooms::Rooms::default(),
                turns: super::follow::Turns::default(),
                rates: super::rate::Rates::default(),
                evaluations: super::look_back::Evaluations::default(),
                timings: crate::middleware::Timings::default(),
                approvals: super::approval::Approvals::default(),
                tasks: tokio_util::task::TaskTracker::new(),
                timers: tokio_util::task::TaskTracker::new(),
                scheduler: crate::task::Scheduler::default(),
                stopping: tokio_util::sync::CancellationToken::new(),
                report: RwLock::default(),
                changes: super::change::Changes::default(),
                stopped: tokio::sync::OnceCell::new(),
                gone: tokio_util::sync::CancellationToken::new(),
                looked_into: std::sync::atomic::AtomicBool::new(false),
            }),
            View::Live,
        )
    }

    /// Loads every plugin of the plan. If one is refused, the agent is stopped.
    pub(super) async fn loaded(&self, registry: &Registry) -> Result<LoadReport, StartError> {
        let begun = Instant::now();
        let mut report = LoadReport::default();
        let loaded = self.load_all(registry, &mut report).await;
        report.fabric = self.choose_fabric().description();
        report.time = begun.elapsed();
        match loaded {
            Ok(()) => Ok(report),
            Err(error) => {
                self.stop().await;
                Err(with_report(error, report))
            }
        }
    }

    /// What remains to be done when every plugin is loaded.
    async fn be_ready(&self, report: &LoadReport) -> Result<(), StoreError> {
        self.set_report(report.clone());
        self.introduce_itself().await?;
        self.emit(LoadReported { report: report.clone() }).await;
        // Where rooms are shared, another process may be working on what is not finished.
        let taken_up = if self.fabric().is_shared() { Vec::new() } else { self.take_up().await? };
        self.open_rooms(taken_up);
        self.keep_fabric();
        // Where others run the agent too, a newer version may be waiting for what this one cannot read.
        if !self.fabric().is_shared() {
            self.park_unreadable().await?;
        }
        self.expect_answers().await?;
        self.open_tasks().await?;
        // Another process that lives may be looking back at its own turns.
        if self.members().await?.iter().all(|member| member.is_this) {
            self.look_back_again().await?;
        }
        self.embed_memories();
        Ok(())
    }

    fn choose_fabric(&self) -> &Arc<dyn Fabric> {
        let offered = || self.0.store.get().and_then(|store| store.fabric());
        let alone = || Arc::new(InProcess::new(self.clock().now()));
        self.0.fabric.get_or_init(|| offered().unwrap_or_else(|| alone()))
    }

    async fn load_all(&self, registry: &Registry, report: &mut LoadReport) -> Result<(), StartError> {
        let plan = self.plan();
        let reached = super::reach::reached(&plan).await;
        let there = Surroundings {
            lookup: &|name| std::env::var(name).ok(),
            reachable: &|address| reached.contains(address),
        };
        let mut activations = plan.activate_in(there).map_err(StartError::Conflicts)?;
        if let Some(missing) = plan.plugins.iter().find(|planned| registry.get(planned.name).is_none()) {
            return Err(StartError::NotLinked(missing.name.to_owned()));
        }
        let opens_storage = |planned: &PlannedPlugin| {
            let runs = activations.get(planned.name) == Some(&Activation::Enabled);
            runs && registry.get(planned.name).is_some_and(|plugin| plugin.storage.is_some())
        };
        if !plan.plugins.iter().any(opens_storage) {
            self.0.store.get_or_init(|| Arc::new(InMemory::new()));
        }
        let mut loaded: Vec<(&'static PluginDef, usize)> = Vec::new();
        for planned in &plan.plugins {
            let Some(plugin) = registry.get(planned.name) else {
                continue;
            };
            let mut entry = entry(planned);
            if let Some(Activation::Disabled { why }) = activations.remove(planned.name) {
                let since = self.clock().now();
                self.change_parts(|parts| drop(parts.off.insert(planned.name, (why.clone(), since))));
                entry.outcome = Outcome::Disabled(why);
                report.plugins.push(entry);
                continue;
            }
            let loaded_now = match load::read_config(self, plugin.def, planned).await {
                Ok(config) => load::load(self, plugin, planned, config, &mut entry.steps).await,
                Err(refusal) => Err(refusal),
            };
            match loaded_now {
                Ok(()) => {
                    entry.outcome = Outcome::Loaded;
                    loaded.push((plugin.def, report.plugins.len()));
                    report.plugins.push(entry);
                }
                Err(load::Refusal { step, why, help }) => {
                    entry.outcome = Outcome::Refused { step, why: why.clone(), help: help.clone() };
                    report.plugins.push(entry);
                    for (plugin, index) in loaded.into_iter().rev() {
                        unload::unload(self, plugin).await;
                        report.plugins[index].outcome = Outcome::RolledBack;
                    }
                    let reached = report.plugins.len();
                    report.plugins.extend(plan.plugins.iter().skip(reached).map(self::entry));
                    let plugin = planned.name.to_owned();
                    return Err(StartError::Refused { plugin, step, why, help, report: Box::default() });
                }
            }
        }
        Ok(())
    }

    /// Makes the agent known to its own storage: its entity and the room of its own thoughts.
    async fn introduce_itself(&self) -> Result<(), StoreError> {
        let (id, name) = (self.id(), self.character().name.clone());
        let store = self.store();
        store
            .put_entities(&[Entity { id, agent: id, names: vec![name.clone()], metadata: Map::new() }])
            .await?;
        let room = Room {
            id,
            agent: id,
            name,
            kind: RoomKind::Own,
            source: "self".to_owned(),
            world: None,
            metadata: Map::new(),
        };
        store.put_rooms(&[room]).await?;
        store.add_participants(id, &[id]).await
    }

    pub(super) async fn close_store(&self) {
        if let Some(store) = self.0.store.get()
            && let Err(error) = store.close().await
        {
            tracing::error!("closing the storage: {error}");
        }
    }

    /// Whether a plugin is loaded, by its type.
    #[must_use]
    pub fn has<P: Plugin>(&self) -> bool {
        self.parts().plugins.iter().any(|plugin| plugin.name == P::NAME)
    }
}

pub(super) fn entry(planned: &PlannedPlugin) -> PluginReport {
    PluginReport {
        plugin: planned.name.to_owned(),
        version: planned.version.to_owned(),
        part_of: planned.part_of.last().map(|&composed| composed.to_owned()),
        steps: Vec::new(),
        outcome: Outcome::NotReached,
    }
}

fn with_report(error: StartError, all: LoadReport) -> StartError {
    match error {
        StartError::Refused { plugin, step, why, help, .. } => {
            StartError::Refused { plugin, step, why, help, report: Box::new(all) }
        }
        other => other,
    }
}
