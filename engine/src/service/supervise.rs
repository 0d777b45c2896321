//! Watches over a service: its long work and its health. A service that fails is stopped and started anew, with
//! growing pauses; one that fails too often is reported down.

use super::{ServiceState, running::Slot};
use crate::{
    agent::{Agent, Loading, WeakAgent},
    clock::Clock,
    definition::{ErasedService, PluginDef, ServiceDef},
    event::{ServiceDown, ServiceRestarted, ServiceUp},
    extract::Invocation,
    telemetry::span,
    turn::{caught, guarded},
};
use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::SignedDuration;
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// So many times in a row a service may say that it is not well.
const UNWELL: u32 = 3;

/// A service that ran so long has all its tries again.
const RAN_WELL: SignedDuration = SignedDuration::from_mins(5);

/// The pauses before the tries: 1 s, 2 s, 4 s, 8 s, 16 s, each up to twice as long by chance, so that services
/// that failed together do not come back together.
fn pauses() -> impl Iterator<Item = Duration> + Send + Sync {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(Duration::from_secs(60))
        .with_max_times(5)
        .with_jitter()
        .build()
}

struct Supervisor {
    agent: WeakAgent,
    clock: Clock,
    plugin: &'static PluginDef,
    def: &'static ServiceDef,
    /// Weak: a service that is dropped is not supervised any more.
    slot: Weak<Slot>,
    ended: CancellationToken,
    pauses: Box<dyn Iterator<Item = Duration> + Send + Sync>,
    tries: u32,
}

/// Begins to watch over a service; `None` where there is nothing to watch, which costs nothing.
pub(super) fn supervise(
    agent: &Agent,
    plugin: &'static PluginDef,
    def: &'static ServiceDef,
    slot: &Arc<Slot>,
) -> Option<JoinHandle<()>> {
    if def.run.is_none() && def.health_every.is_none() {
        return None;
    }
    let supervisor = Supervisor {
        agent: agent.lasting().weak(),
        clock: agent.clock().clone(),
        plugin,
        def,
        slot: Arc::downgrade(slot),
        ended: slot.ended.clone(),
        pauses: Box::new(pauses()),
        tries: 0,
    };
    Some(tokio::spawn(supervisor.run().instrument(span::background(agent))))
}

/// Starts a service, unless it is to end; an error is why it did not start.
pub(super) async fn start(
    agent: &Agent,
    plugin: &'static PluginDef,
    def: &'static ServiceDef,
    ended: &CancellationToken,
) -> Option<Result<ErasedService, String>> {
    let invocation = Invocation::of(agent.lasting(), plugin);
    let span = span::service(agent, plugin, def);
    let start = async {
        let start = Loading::run(agent, plugin.name, (def.start)(&invocation));
        let started = guarded(def.timeout, start).instrument(span.clone()).await;
        started.and_then(|result| result.map_err(Into::into)).map_err(|failure| {
            span::failed(&span, span::kind_of(&failure), &failure.to_string());
            failure.to_string()
        })
    };
    tokio::select! {
        biased;
        () = ended.cancelled() => None,
        started = start => Some(started),
    }
}

/// Asks a service how it is, within its time limit.
pub(super) async fn health(def: &ServiceDef, object: ErasedService) -> Result<(), String> {
    let Some(health) = def.health else { return Ok(()) };
    guarded(def.timeout, health(object)).await.unwrap_or_else(|failure| Err(failure.to_string()))
}

pub(crate) fn up(plugin: &PluginDef, def: &ServiceDef) -> ServiceUp {
    ServiceUp { service: def.name.to_owned(), plugin: plugin.name.to_owned() }
}

impl Supervisor {
    async fn run(mut self) {
        loop {
            let Some(object) = self.slot.upgrade().and_then(|slot| slot.object()) else { return };
            let began = self.clock.now();
            let ended = self.ended.clone();
            let why = tokio::select! {
                biased;
                () = ended.cancelled() => return,
                why = self.watch(object) => why,
            };
            let Some(why) = why else { return };
            if self.clock.now().duration_since(began) >= RAN_WELL {
                (self.pauses, self.tries) = (Box::new(pauses()), 0);
            }
            tracing::error!(service = self.def.name, plugin = self.plugin.name, "failed: {why}");
            if !self.bring_back(why).await {
                return;
            }
        }
    }

    /// Why it failed; `None` if it is done and there is nothing more to watch.
    async fn watch(&self, object: ErasedService) -> Option<String> {
        let health = self.watch_health(Arc::clone(&object));
        let run = async {
            match caught(self.def.run?(object)).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(format!("its `run` failed: {error}")),
                Err(failure) => Some(format!("its `run` {failure}")),
            }
        };
        if self.def.health_every.is_none() {
            return run.await;
        }
        tokio::pin!(health);
        tokio::select! {
            why = &mut health => Some(why),
            why = run => match why {
                Some(why) => Some(why),
                None => Some(health.await),
            },
        }
    }

    async fn watch_health(&self, object: ErasedService) -> String {
        let mut unwell = 0;
        loop {
            match self.def.health_every {
                Some(every) => self.clock.sleep(every).await,
                None => std::future::pending().await,
            }
            let said = health(self.def, Arc::clone(&object)).await;
            if let Some(slot) = self.slot.upgrade() {
                slot.said(&said);
            }
            match said {
                Ok(()) => unwell = 0,
                Err(why) => {
                    unwell += 1;
                    if unwell == UNWELL {
                        return format!("it was not well {UNWELL} times in a row: {why}");
                    }
                }
            }
        }
    }

    /// Stops what is left of it and starts it anew until it runs; whether it does.
    async fn bring_back(&mut self, mut why: String) -> bool {
        let slot = self.slot.clone();
        let take =
            |slot: Arc<Slot>| slot.take(ServiceState::Restarting { why: why.clone() }, self.clock.now());
        if let Some(object) = slot.upgrade().and_then(take) {
            let stop = guarded(self.def.timeout, (self.def.stop)(object)).await;
            if let Err(failure) = stop.and_then(|result| result.map_err(Into::into)) {
                tracing::warn!(service = self.def.name, "stopping what is left of it: {failure}");
            }
        }
        loop {
            let Some(pause) = self.pauses.next() else {
                self.give_up(why).await;
                return false;
            };
            tokio::select! {
                biased;
                () = self.ended.cancelled() => return false,
                () = self.clock.sleep(pause) => {}
            }
            self.tries += 1;
            let Some(agent) = self.agent.upgrade() else { return false };
            let started = start(&agent, self.plugin, self.def, &self.ended).await;
            let (Some(started), Some(slot)) = (started, slot.upgrade()) else { return false };
            match started {
                Ok(object) => {
                    slot.put(object, self.clock.now());
                    self.tell_back(agent, why);
                    return true;
                }
                Err(error) => {
                    tracing::warn!(service = self.def.name, tries = self.tries, "not started anew: {error}");
                    why = error;
                    slot.failed(ServiceState::Restarting { why: why.clone() }, self.clock.now());
                }
            }
        }
    }

    /// Tells that it runs again, on a task of its own: its long work does not wait for those who listen.
    fn tell_back(&self, agent: Agent, why: String) {
        let (service, plugin) = (self.def.name.to_owned(), self.plugin.name.to_owned());
        let (tries, up, ended) = (self.tries, up(self.plugin, self.def), self.ended.clone());
        tokio::spawn(async move {
            let tell = async {
                agent.emit(ServiceRestarted { service, plugin, why, tries }).await;
                agent.emit(up).await;
            };
            ended.run_until_cancelled(tell).await;
        });
    }

    async fn give_up(&self, why: String) {
        let (Some(slot), Some(agent)) = (self.slot.upgrade(), self.agent.upgrade()) else { return };
        let since = slot.failed(ServiceState::Down { why: why.clone() }, self.clock.now());
        tracing::error!(service = self.def.name, plugin = self.plugin.name, "down: {why}");
        let (service, plugin) = (self.def.name.to_owned(), self.plugin.name.to_owned());
        // Who hears of it may want to end the service, and would wait for this.
        let tell = agent.emit(ServiceDown { service, plugin, why, since });
        self.ended.run_until_cancelled(tell).await;
    }
}
