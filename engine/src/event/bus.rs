//! Who hears of an event.

use super::{AnyEvent, EventType};
use crate::{
    agent::Agent,
    extract::{Input, Invocation},
    turn::guarded,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::broadcast;

/// How many notices a slow observer may be behind before it loses the oldest.
const BACKLOG: usize = 256;

/// How long one handler may take.
const LISTENER_TIMEOUT: Duration = Duration::from_secs(30);

/// An event as observers get it.
pub type Notice = Arc<dyn AnyEvent>;

/// The events of one agent.
#[derive(Debug)]
pub struct EventBus {
    observers: broadcast::Sender<Notice>,
}

impl Default for EventBus {
    fn default() -> Self {
        Self { observers: broadcast::Sender::new(BACKLOG) }
    }
}

impl EventBus {
    /// Everything that is emitted from now on. A reader that is more than 256 notices behind loses the oldest
    /// and is told so.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.observers.subscribe()
    }

    /// Tells observers, then runs the handlers one after another; a failing one is logged and does not stop the rest.
    pub async fn emit<E: EventType>(&self, agent: &Agent, event: E) {
        let is_heard = agent.parts().listeners.get(E::NAME).is_some_and(|listeners| !listeners.is_empty());
        if !is_heard && self.observers.receiver_count() == 0 {
            return;
        }
        // The parameters of a handler fit each other, whatever is changed while it runs.
        let agent = agent.steady();
        let parts = agent.parts();
        let listeners = parts.listeners.get(E::NAME).map(Vec::as_slice).unwrap_or_default();
        let event: Notice = Arc::new(event);
        // No observer at this moment is no error.
        drop(self.observers.send(Arc::clone(&event)));
        for (plugin, listener) in listeners {
            let invocation = Invocation {
                input: Input::Event(Arc::clone(&event)),
                ..Invocation::of(agent.clone(), plugin)
            };
            let outcome = guarded(LISTENER_TIMEOUT, (listener.call)(&invocation)).await;
            if let Err(failure) = outcome.and_then(|result| result.map_err(Into::into)) {
                tracing::error!(
                    event = E::NAME,
                    listener = listener.name,
                    plugin = plugin.name,
                    "event handler: {failure}"
                );
            }
        }
    }
}
