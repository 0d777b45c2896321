//! Who hears of an event.

use super::{AnyEvent, EventType};
use crate::{
    agent::Agent,
    definition::{ListenerDef, PluginDef},
    extract::{Input, Invocation},
    turn::guarded,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
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
    listeners: std::sync::RwLock<Arc<Listeners>>,
    observers: broadcast::Sender<Notice>,
}

type Listeners = BTreeMap<&'static str, Vec<(&'static PluginDef, &'static ListenerDef)>>;

impl Default for EventBus {
    fn default() -> Self {
        Self { listeners: std::sync::RwLock::default(), observers: broadcast::Sender::new(BACKLOG) }
    }
}

impl EventBus {
    /// Everything that is emitted from now on. A reader that is more than 256 notices behind loses the oldest
    /// and is told so.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.observers.subscribe()
    }

    pub(crate) fn add(&self, plugin: &'static PluginDef, listener: &'static ListenerDef) {
        self.change(|listeners| listeners.entry(listener.event).or_default().push((plugin, listener)));
    }

    pub(crate) fn remove_plugin(&self, plugin: &str) {
        self.change(|listeners| {
            for list in listeners.values_mut() {
                list.retain(|(owner, _)| owner.name != plugin);
            }
        });
    }

    fn change(&self, edit: impl FnOnce(&mut Listeners)) {
        let mut guard = self.listeners.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut listeners = (**guard).clone();
        edit(&mut listeners);
        *guard = Arc::new(listeners);
    }

    fn of(&self, event: &'static str) -> Arc<Listeners> {
        let guard = self.listeners.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if guard.get(event).is_some_and(|list| !list.is_empty()) {
            Arc::clone(&guard)
        } else {
            Arc::default()
        }
    }

    /// Tells observers, then runs the handlers one after another; a failing one is logged and does not stop the rest.
    pub async fn emit<E: EventType>(&self, agent: &Agent, event: E) {
        let listeners = self.of(E::NAME);
        if listeners.is_empty() && self.observers.receiver_count() == 0 {
            return;
        }
        let event: Notice = Arc::new(event);
        // No observer at this moment is no error.
        drop(self.observers.send(Arc::clone(&event)));
        for (plugin, listener) in listeners.get(E::NAME).into_iter().flatten() {
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
