//! A running agent: a plan whose plugins are loaded, its rooms, and the way in and out.
//!
//! `start` and `load` bring plugins up in plan order (`loading` is one such loading), `stop` and `unload` take them down in reverse, `report`
//! says what happened to each; `parts` is what the loaded plugins gave; `address` makes rooms and entities out
//! of names, `inbox` accepts messages, `rooms` keeps them in order, `handle` sees each to its end; `lazy`
//! starts services on first use, `subscribe` keeps the streams of providers that tell by themselves; `places` is what
//! connectors tell of what happens in rooms and worlds, `listen` subscribes handlers of events; `view` lets plugins
//! change while turns run; `generate` calls models; `look_back` runs evaluators after turns and on request, `compose`
//! providers outside of turns; `recover` takes up what an earlier process left, `parked` sets aside what was tried too
//! often, `history` remembers what was said before, `outbox` gives replies to who delivers them; `approval` takes the answers to what turns wait for; `layers` puts the plan's
//! middleware around parts; `rate` and `provider_cache` hold what has a bound between turns; `storage` opens a
//! storage and nothing else; `offers` takes in what plugins offer at run time; `perform` runs one action for somebody; `change` changes plugins, `watch` does so when the character file is saved. Where several
//! processes run one agent, `claimed` works on rooms under leases, `holds` has their queues, `keeper` keeps those, `share` carries events.

mod address;
mod approval;
mod change;
mod claimed;
mod compose;
mod follow;
mod generate;
mod handle;
mod history;
mod holds;
mod inbox;
mod keeper;
mod layers;
mod lazy;
mod listen;
mod load;
mod loading;
mod look_back;
mod offers;
mod outbox;
mod parked;
mod parts;
mod perform;
mod places;
mod provider_cache;
mod rate;
mod reach;
mod recover;
mod report;
mod rooms;
mod send_in;
mod share;
mod start;
mod stop;
mod storage;
mod subscribe;
mod unload;
mod view;
mod watch;

pub use crate::service::RunningService;
pub use address::{Address, Incoming};
pub use approval::AnswerError;
pub use change::{
    Change, ChangeError, ChangeReport, ConfigProblem, PluginChange, PluginState, Plugins, Standing, TakenOut,
};
pub use follow::CancelError;
pub use history::Past;
pub use inbox::{AcceptError, TurnHandle};
pub use loading::Loading;
pub use look_back::EvaluateError;
pub use outbox::Outbox;
pub use parked::{Parked, ParkedError};
pub use parts::{
    Parts, RegisteredAction, RegisteredEvaluator, RegisteredListener, RegisteredProvider, RegisteredRoute,
    RegisteredTask,
};
pub use report::{LoadReport, LoadStep, Outcome, PluginReport, StepReport};
pub use send_in::Said;
pub use start::{StartError, StartOptions};
pub use watch::{WatchError, Watcher};

pub(crate) use subscribe::Latest;

pub(crate) use generate::Asking;
pub(crate) use lazy::LazyService;
pub(crate) use view::WeakAgent;

use crate::{
    character::Character,
    clock::Clock,
    definition::ErasedConfig,
    event::{EventBus, EventType},
    extract::ServiceType,
    fabric::{Fabric, InProcess},
    model::{ModelKind, Parameters},
    plan::Plan,
    registry::Registry,
    service::Shared,
    store::{Store, StoreError},
    task::Scheduler,
    telemetry::span,
    turn::TurnContext,
};
use std::{
    fmt,
    future::Future,
    path::PathBuf,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};
use tracing::Instrument;
use uuid::Uuid;

/// A running agent. Cheap to clone; the clones are the same agent.
#[derive(Clone)]
pub struct Agent(Arc<Inner>, view::View);

struct Inner {
    id: Uuid,
    clock: Clock,
    registry: Registry,
    base: PathBuf,
    listens: bool,
    address: Option<String>,
    parts: RwLock<Arc<Parts>>,
    store: OnceLock<Arc<dyn Store>>,
    fabric: OnceLock<Arc<dyn Fabric>>,
    shares: share::Shares,
    events: EventBus,
    rooms: rooms::Rooms,
    turns: follow::Turns,
    rates: rate::Rates,
    timings: crate::middleware::Timings,
    evaluations: look_back::Evaluations,
    approvals: approval::Approvals,
    shared: Shared,
    tasks: TaskTracker,
    /// What does nothing until its time comes.
    timers: TaskTracker,
    scheduler: Scheduler,
    stopping: CancellationToken,
    report: RwLock<LoadReport>,
    changes: change::Changes,
    stopped: tokio::sync::OnceCell<()>,
    /// Ends when nothing is said any more.
    gone: CancellationToken,
    /// See [`Agent::is_opened_only`].
    looked_into: std::sync::atomic::AtomicBool,
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("id", &self.0.id)
            .field("name", &self.character().name)
            .finish_non_exhaustive()
    }
}

impl Agent {
    /// Identifies the agent: the character's `id`, else made from its name.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.0.id
    }

    /// Its character: in a turn, as it was when the turn began; else as it is now.
    #[must_use]
    pub fn character(&self) -> Arc<Character> {
        Arc::clone(&self.parts().plan.character)
    }

    /// The plan it runs: in a turn, as it was when the turn began; else as it is now.
    #[must_use]
    pub fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.parts().plan)
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// What happened to each plugin when it was loaded: at the start, or at the change that loaded it last.
    ///
    /// Empty while the agent is starting.
    #[must_use]
    pub fn report(&self) -> LoadReport {
        self.0.report.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_report(&self, report: LoadReport) {
        *self.0.report.write().unwrap_or_else(PoisonError::into_inner) = report;
    }

    /// The actions that carry a tag, in the order they were loaded: in a turn, as it was when the turn began.
    #[must_use]
    pub fn actions_tagged(&self, tag: &str) -> Vec<RegisteredAction> {
        let parts = self.parts();
        let tagged = parts.actions.iter().filter(|action| action.def.tags.contains(&tag));
        tagged.cloned().collect()
    }

    /// Its storage: what the storage plugin opened, or one in memory if the character has none. Before a start
    /// has come so far, what is written is lost. In a turn of an agent that runs in several processes, memories, runs
    /// and effects are refused when another process has taken over the room; other records are not.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        if let Some(fenced) = self.fence().and_then(|fence| fence.store.clone()) {
            return fenced;
        }
        self.0.store.get().cloned().unwrap_or_else(|| Arc::new(crate::store::InMemory::new()))
    }

    /// How it shares its rooms with other processes: as it was given at the start, else as the storage offers it,
    /// else in this process alone.
    #[must_use]
    pub fn fabric(&self) -> Arc<dyn Fabric> {
        self.0.fabric.get().cloned().unwrap_or_else(|| Arc::new(InProcess::new(self.clock().now())))
    }

    /// The migrations of its plugins' tables, in load order.
    #[must_use]
    pub fn migrations(&self) -> Vec<crate::store::PluginMigrations> {
        crate::store::PluginMigrations::of(&self.plan(), self.registry())
    }

    /// Whether the storage is open.
    pub(crate) fn has_store(&self) -> bool {
        self.0.store.get().is_some()
    }

    /// The plugins that this build has, whether they run or not.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// What the built-in services keep.
    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    /// Its events.
    #[must_use]
    pub fn events(&self) -> &EventBus {
        &self.0.events
    }

    /// Emits an event to the plugins that listen and to observers.
    pub async fn emit<E: EventType>(&self, event: E) {
        self.tell_others(&event).await;
        self.0.events.emit(self, event).await;
    }

    /// A service that is up, by type; see [`service_started`](Self::service_started) for those of lazy plugins.
    #[must_use]
    pub fn service<S: ServiceType>(&self) -> Option<Arc<S>> {
        self.parts().service::<S>()
    }

    pub(crate) fn config(&self, plugin: &str) -> Option<ErasedConfig> {
        self.parts().config(plugin)
    }

    /// How answers of a kind are made, as the character says.
    pub(crate) fn parameters(&self, kind: &ModelKind) -> Parameters {
        let character = self.character();
        let models = &character.models;
        models.by_kind.get(kind.name()).cloned().unwrap_or_default().or(&models.parameters)
    }

    /// The folder to which the character's paths are relative.
    #[must_use]
    pub fn base(&self) -> &std::path::Path {
        &self.0.base
    }

    /// Whether it may be reached from outside, as [`StartOptions::listens`] said.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.0.listens
    }

    /// Where servers listen instead of what its character says, as [`StartOptions::address`] said.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// Whether its start is over: every plugin is loaded, or is off for a reason.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.0.report.read().unwrap_or_else(PoisonError::into_inner).plugins.is_empty()
    }

    /// Keeps the end of the agent waiting for something that runs; `None` if the agent is ending already.
    pub(crate) fn busy(&self) -> Option<TaskTrackerToken> {
        let token = self.0.tasks.token();
        (!self.0.tasks.is_closed()).then_some(token)
    }

    /// Runs something that does nothing until its time comes, and then leaves the work to something else; the end of
    /// the agent waits for it.
    pub(crate) fn spawn_timer(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.0.timers.spawn(future.instrument(span::background(self)));
    }

    /// How many things run in the background: rooms that are worked on, evaluators that look back.
    pub(crate) fn running_tasks(&self) -> usize {
        self.0.tasks.len()
    }

    /// Whether running turns are being cancelled because the agent ends.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.is_cancelled()
    }

    /// What runs its tasks.
    pub(crate) fn scheduler(&self) -> &Scheduler {
        &self.0.scheduler
    }

    /// Ends when running turns and tasks are cancelled because the agent ends.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// Runs something in the background; the end of the agent waits for it.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(future.instrument(span::background(self)));
    }

    /// Stores a turn's record, with memories, in one transaction.
    pub(crate) async fn store_run(
        &self,
        turn: &TurnContext,
        memories: &[crate::memory::Memory],
    ) -> Result<(), StoreError> {
        let stored = self.store().put_run(&handle::stored(&turn.record(), &turn.message), memories).await;
        self.unless_lost(stored)
    }

    /// The same with effects that are about to begin.
    pub(crate) async fn store_plan(
        &self,
        turn: &TurnContext,
        effects: &[crate::store::Effect],
        memories: &[crate::memory::Memory],
    ) -> Result<(), StoreError> {
        let run = handle::stored(&turn.record(), &turn.message);
        self.unless_lost(self.store().put_effects(effects, Some((&run, memories))).await)
    }
}
