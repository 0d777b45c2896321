//! A running agent: a plan whose plugins are loaded, its rooms, and the way in and out.
//!
//! `start` and `load` bring plugins up in plan order, `stop` and `unload` take them down in reverse, `report`
//! says what happened to each; `parts` is what the loaded plugins gave; `address` makes rooms and entities out
//! of names, `inbox` accepts messages, `rooms` keeps them in order, `handle` sees each to its end; `lazy`
//! starts services on first use; `view` lets plugins change while turns run; `generate` calls models; `rate` and `provider_cache` hold what has a bound
//! between turns.

mod address;
mod generate;
mod handle;
mod inbox;
mod lazy;
mod load;
mod parts;
mod provider_cache;
mod rate;
mod report;
mod rooms;
mod start;
mod stop;
mod unload;
mod view;

pub use address::{Address, Incoming};
pub use inbox::{AcceptError, TurnHandle};
pub use parts::{Parts, RegisteredAction, RegisteredEvaluator, RegisteredProvider, RunningService};
pub use report::{LoadReport, LoadStep, Outcome, PluginReport, StepReport};
pub use start::{StartError, StartOptions};

use crate::{
    character::Character,
    clock::Clock,
    definition::ErasedConfig,
    event::{EventBus, EventType},
    extract::ServiceType,
    model::{ModelKind, Parameters},
    plan::Plan,
    registry::Registry,
    store::{Store, StoreError, StoredRun},
    turn::TurnContext,
};
use std::{
    fmt,
    future::Future,
    path::PathBuf,
    sync::{Arc, OnceLock, RwLock},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

/// A running agent. Cheap to clone; the clones are the same agent.
#[derive(Clone)]
pub struct Agent(Arc<Inner>, view::View);

struct Inner {
    id: Uuid,
    clock: Clock,
    registry: Registry,
    base: PathBuf,
    parts: RwLock<Arc<Parts>>,
    store: OnceLock<Arc<dyn Store>>,
    events: EventBus,
    rooms: rooms::Rooms,
    rates: rate::Rates,
    contexts: provider_cache::ProviderCache,
    tasks: TaskTracker,
    stopping: CancellationToken,
    report: OnceLock<LoadReport>,
    stopped: tokio::sync::OnceCell<()>,
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

    /// What happened to each plugin at the start.
    ///
    /// Empty while the agent is starting.
    #[must_use]
    pub fn report(&self) -> LoadReport {
        self.0.report.get().cloned().unwrap_or_default()
    }

    /// Its storage: what the storage plugin opened, or one in memory if the character has none. Before a start
    /// has come so far, what is written is lost.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        self.0.store.get().cloned().unwrap_or_else(|| Arc::new(crate::store::InMemory::new()))
    }

    /// Whether the storage is open.
    pub(crate) fn has_store(&self) -> bool {
        self.0.store.get().is_some()
    }

    /// Its events.
    #[must_use]
    pub fn events(&self) -> &EventBus {
        &self.0.events
    }

    /// Emits an event to the plugins that listen and to observers.
    pub async fn emit<E: EventType>(&self, event: E) {
        self.0.events.emit(self, event).await;
    }

    /// A running service, by type; see [`service_started`](Self::service_started) for those of lazy plugins.
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
    pub(crate) fn base(&self) -> &std::path::Path {
        &self.0.base
    }

    /// How many things run in the background: rooms that are worked on, evaluators that look back.
    pub(crate) fn running_tasks(&self) -> usize {
        self.0.tasks.len()
    }

    /// Whether running turns are being cancelled because the agent ends.
    pub(crate) fn is_stopping(&self) -> bool {
        self.0.stopping.is_cancelled()
    }

    /// Runs something in the background; the end of the agent waits for it.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(future);
    }

    /// Stores a turn's record, with memories, in one transaction.
    pub(crate) async fn store_run(
        &self,
        turn: &TurnContext,
        memories: &[crate::memory::Memory],
    ) -> Result<(), StoreError> {
        let record = turn.record();
        let run = StoredRun {
            id: turn.run,
            room: turn.message.room,
            message: turn.message.id,
            status: record.status.name().to_owned(),
            at: turn.message.at,
            record: serde_json::to_value(&record).unwrap_or_default(),
        };
        self.store().put_run(&run, memories).await
    }
}
