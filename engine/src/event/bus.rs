//! Who hears of an event.

use super::{AnyEvent, EventType, chain::Chain, queue::Letter, subscription::Subscribers};
use crate::{
    agent::{Agent, RegisteredListener},
    definition::{ListenerDef, PluginDef},
    extract::{Input, Invocation},
    turn::{Failure, guarded},
};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::broadcast;

/// How many notices a slow observer may be behind before it loses the oldest.
const BACKLOG: usize = 256;

/// How long one handler may take.
pub(super) const LISTENER_TIMEOUT: Duration = Duration::from_secs(30);

/// An event as observers get it.
pub type Notice = Arc<dyn AnyEvent>;

/// The events of one agent.
#[derive(Debug, Default)]
pub struct EventBus {
    // Made for the first observer: its room for the backlog is the half of an idle agent.
    observers: OnceLock<broadcast::Sender<Notice>>,
    pub(super) subscribers: Arc<Subscribers>,
    dropped: AtomicU64,
}

impl EventBus {
    /// Everything that is emitted from now on. A reader that is more than 256 notices behind loses the oldest
    /// and is told so.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.observers.get_or_init(|| broadcast::Sender::new(BACKLOG)).subscribe()
    }

    /// How many times an event did not reach a handler, since the start: its queue was full or ended, or events led to one
    /// another too deeply. Each is logged too.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Counts events that did not reach a handler.
    pub(crate) fn count_dropped(&self, count: usize) {
        self.dropped.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Tells observers, then runs the handlers one after another: those of plugins in load order, then those that were
    /// subscribed while the agent runs, in the order of subscription. Plugins are those that the agent's handle looks at,
    /// also where they subscribed while it runs. A failing one is logged and does not stop the rest.
    /// Queued ones get it into their queue, and run by themselves.
    pub async fn emit<E: EventType>(&self, agent: &Agent, event: E) {
        let is_heard = agent.parts().listeners.get(E::NAME).is_some_and(|listeners| !listeners.is_empty());
        let mut subscribers = self.subscribers.of(E::NAME);
        let nobody = !is_heard && subscribers.is_empty();
        let observers = self.observers.get().filter(|observers| observers.receiver_count() > 0);
        if nobody && observers.is_none() {
            return;
        }
        // The parameters of a handler fit each other, whatever is changed while it runs.
        let agent = agent.steady();
        let parts = agent.parts();
        subscribers.retain(|subscriber| subscriber.listens_on(&parts));
        let listeners = parts.listeners.get(E::NAME).map(Vec::as_slice).unwrap_or_default();
        let event: Notice = Arc::new(event);
        if let Some(observers) = observers {
            // That the last observer left at this moment is no error.
            drop(observers.send(Arc::clone(&event)));
        }
        if nobody {
            return;
        }
        let chain = match Chain::with(E::NAME) {
            Ok(chain) => chain,
            Err(path) => {
                self.count_dropped(listeners.len() + subscribers.len());
                tracing::error!(
                    event = E::NAME,
                    "events lead to one another without end, so this one reaches no handler: {path}; let a handler of one of them not emit the next"
                );
                return;
            }
        };
        let handlers = async {
            for (plugin, listener) in listeners {
                self.deliver(&agent, plugin, listener, &event, &chain).await;
            }
            for subscriber in &subscribers {
                subscriber.hear(&event).await;
            }
        };
        chain.clone().within(handlers).await;
    }

    async fn deliver(
        &self,
        agent: &Agent,
        plugin: &'static PluginDef,
        listener: &RegisteredListener,
        event: &Notice,
        chain: &Chain,
    ) {
        match &listener.queue {
            None => hear(agent, plugin, listener.def, event).await,
            Some(queue) => {
                let letter = Letter { agent: agent.clone(), event: Arc::clone(event), chain: chain.clone() };
                self.count_dropped(queue.put(letter).await);
            }
        }
    }
}

/// Runs one handler of a plugin; what goes wrong is logged.
pub(super) async fn hear(
    agent: &Agent,
    plugin: &'static PluginDef,
    listener: &'static ListenerDef,
    event: &Notice,
) {
    let invocation =
        Invocation { input: Input::Event(Arc::clone(event)), ..Invocation::of(agent.clone(), plugin) };
    let outcome = guarded(LISTENER_TIMEOUT, (listener.call)(&invocation)).await;
    if let Err(failure) = outcome.and_then(|result| result.map_err(Into::into)) {
        failed(event.name(), listener.name, plugin.name, &failure);
    }
}

pub(super) fn failed(event: &str, listener: &str, plugin: &str, failure: &Failure) {
    tracing::error!(event, listener, plugin, "event handler: {failure}");
}
