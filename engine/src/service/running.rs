//! A service that runs: its object, which a restart replaces for everybody, and how it is.

use super::{ServiceDown, ServiceKind, ServiceState, ServiceStatus, supervise};
use crate::{
    agent::Agent,
    definition::{ErasedService, PluginDef, ServiceDef},
    turn::{Failure, guarded},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    any::TypeId,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A service that is down is tried again when somebody wants it, but not more often than this.
const TRY_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// A service that runs, or ran until it failed. Cheap to clone; the clones are the same service.
#[derive(Clone)]
pub struct RunningService {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The service.
    pub def: &'static ServiceDef,
    slot: Arc<Slot>,
}

/// What all clones share, old generations of parts among them: after a restart everybody sees the new object.
pub(super) struct Slot {
    inside: Mutex<Inside>,
    /// Cancelled when the service is to end.
    pub(super) ended: CancellationToken,
    /// Ends the supervision of a service that was dropped without being stopped.
    _with_it: DropGuard,
    supervisor: Mutex<Option<JoinHandle<()>>>,
    /// Held while somebody tries to start it again.
    trying: tokio::sync::Mutex<()>,
}

struct Inside {
    object: Option<ErasedService>,
    state: ServiceState,
    since: Timestamp,
    restarts: u32,
    unwell: Option<String>,
    tried: Timestamp,
}

impl fmt::Debug for RunningService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunningService").field(&self.def.name).finish()
    }
}

impl Slot {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn object(&self) -> Option<ErasedService> {
        self.inside().object.clone()
    }

    /// Takes the object away; from now on nobody gets it.
    pub(super) fn take(&self, state: ServiceState, now: Timestamp) -> Option<ErasedService> {
        let mut inside = self.inside();
        (inside.state, inside.since) = (state, now);
        inside.object.take()
    }

    /// It runs again.
    pub(super) fn put(&self, object: ErasedService, now: Timestamp) {
        let mut inside = self.inside();
        inside.object = Some(object);
        (inside.state, inside.since, inside.unwell) = (ServiceState::Up, now, None);
        inside.restarts += 1;
    }

    /// A try to start it failed; since when it is down stays as it was.
    pub(super) fn failed(&self, state: ServiceState, now: Timestamp) -> Timestamp {
        let mut inside = self.inside();
        (inside.state, inside.tried) = (state, now);
        inside.since
    }

    pub(super) fn said(&self, health: &Result<(), String>) {
        self.inside().unwell = health.as_ref().err().cloned();
    }
}

impl RunningService {
    /// A service that was just started; it is supervised from now on.
    pub(crate) fn begin(
        agent: &Agent,
        plugin: &'static PluginDef,
        def: &'static ServiceDef,
        object: ErasedService,
    ) -> Self {
        let now = agent.clock().now();
        let ended = CancellationToken::new();
        let inside = Inside {
            object: Some(object),
            state: ServiceState::Up,
            since: now,
            restarts: 0,
            unwell: None,
            tried: now,
        };
        let slot = Slot {
            inside: Mutex::new(inside),
            _with_it: ended.clone().drop_guard(),
            ended,
            supervisor: Mutex::new(None),
            trying: tokio::sync::Mutex::new(()),
        };
        let service = Self { plugin, def, slot: Arc::new(slot) };
        service.supervise(agent);
        service
    }

    fn supervise(&self, agent: &Agent) {
        let task = supervise::supervise(agent, self.plugin, self.def, &self.slot);
        *self.slot.supervisor.lock().unwrap_or_else(PoisonError::into_inner) = task;
    }

    /// Whether it is this very one, of one loading of its plugin.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.slot, &other.slot)
    }

    pub(crate) fn is<S: 'static>(&self) -> bool {
        (self.def.type_id)() == TypeId::of::<S>()
    }

    /// The service itself, if it is up and is an `S`.
    pub(crate) fn object<S: Send + Sync + 'static>(&self) -> Option<Arc<S>> {
        self.slot.object()?.downcast().ok()
    }

    /// The service itself; one that is down is tried again first, if the last try is long enough ago.
    pub(crate) async fn available(&self, agent: &Agent) -> Result<ErasedService, ServiceDown> {
        if let Some(object) = self.slot.object() {
            return Ok(object);
        }
        if self.may_try(agent.clock().now()) {
            let (service, agent) = (self.clone(), agent.lasting());
            // On a task of its own: who asks may have less time than the start takes.
            let tried = tokio::spawn(async move { service.try_again(&agent).await });
            if let Err(error) = tried.await {
                tracing::error!(service = self.def.name, "starting it again: {error}");
            }
        }
        self.slot.object().ok_or_else(|| self.down())
    }

    fn may_try(&self, now: Timestamp) -> bool {
        let inside = self.slot.inside();
        matches!(inside.state, ServiceState::Down { .. })
            && now.duration_since(inside.tried) >= TRY_AGAIN
            && !self.slot.ended.is_cancelled()
    }

    async fn try_again(&self, agent: &Agent) {
        let _one_at_a_time = self.slot.trying.lock().await;
        if !self.may_try(agent.clock().now()) {
            return;
        }
        match supervise::start(agent, self.plugin, self.def, &self.slot.ended).await {
            Some(Ok(object)) => {
                self.slot.put(object, agent.clock().now());
                self.supervise(agent);
                agent.emit(supervise::up(self.plugin, self.def)).await;
            }
            Some(Err(why)) => {
                self.slot.failed(ServiceState::Down { why }, agent.clock().now());
            }
            None => {}
        }
    }

    fn down(&self) -> ServiceDown {
        let inside = self.slot.inside();
        let (why, outlook) = match &inside.state {
            ServiceState::Restarting { why } => (why.clone(), "it is being started anew"),
            ServiceState::Down { why } => {
                (why.clone(), "mend the cause; it is tried again when it is used, at most once a minute")
            }
            _ => ("it was stopped".to_owned(), "load its plugin again"),
        };
        let (service, plugin) = (self.def.name, self.plugin.name);
        ServiceDown { service, plugin, why, since: inside.since, outlook }
    }

    /// The service as one of its kinds; `None` if it does not serve the kind.
    pub(crate) fn serve<K: ServiceKind + ?Sized>(&self, object: &ErasedService) -> Option<Arc<K>> {
        self.def.kinds.iter().find_map(|kind| kind.serve::<K>(object))
    }

    /// How it is, without asking it.
    #[must_use]
    pub fn status(&self) -> ServiceStatus {
        let inside = self.slot.inside();
        ServiceStatus {
            service: self.def.name,
            plugin: self.plugin.name,
            kinds: self.def.kinds.iter().map(|kind| kind.name).collect(),
            state: inside.state.clone(),
            since: Some(inside.since),
            restarts: inside.restarts,
            unwell: inside.unwell.clone(),
        }
    }

    /// Asks the service how it is, within its time limit; a service without `health` is well.
    ///
    /// # Errors
    /// What is wrong, in its own words, or that it is not up.
    pub async fn health(&self) -> Result<(), String> {
        let Some(object) = self.slot.object() else {
            return Err(self.down().to_string());
        };
        let health = supervise::health(self.def, object).await;
        self.slot.said(&health);
        health
    }

    /// Ends it: its long work is dropped, then it is stopped, within its time limit each.
    pub(crate) async fn stop(self, now: Timestamp) -> Result<(), Failure> {
        self.slot.ended.cancel();
        let task = self.slot.supervisor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut task) = task
            && tokio::time::timeout(self.def.timeout, &mut task).await.is_err()
        {
            tracing::warn!(service = self.def.name, "its `run` did not end in time and is abandoned");
            task.abort();
        }
        let _nobody_tries = self.slot.trying.lock().await;
        match self.slot.take(ServiceState::Stopped, now) {
            Some(object) => guarded(self.def.timeout, (self.def.stop)(object)).await?.map_err(Into::into),
            None => Ok(()),
        }
    }
}
