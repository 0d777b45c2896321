//! Handlers that come and go while the agent runs.

use super::{
    EventBus, EventType, Notice, Owner,
    bus::{LISTENER_TIMEOUT, failed},
};
use crate::{agent::Parts, definition::HandlerError, extract::IntoDone, turn::guarded};
use futures_util::future::BoxFuture;
use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    sync::{
        Arc, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

type Call = Box<dyn Fn(Notice) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// One handler.
pub(super) struct Subscriber {
    id: u64,
    /// The plugin that subscribed, if it was one; the handler ends with it.
    owner: Option<Owner>,
    once: bool,
    over: AtomicBool,
    call: Call,
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subscriber").field(&self.id).finish()
    }
}

impl Subscriber {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire) || self.owner.as_ref().is_some_and(Owner::is_over)
    }

    /// Whether an event that is emitted on these parts is for it: one of a plugin hears what its own loading would, not
    /// what happens to the one before or after it.
    pub(super) fn listens_on(&self, parts: &Parts) -> bool {
        self.owner.as_ref().is_none_or(|owner| parts.has_loading(owner))
    }

    /// Runs the handler; what goes wrong is logged.
    pub(super) async fn hear(&self, event: &Notice) {
        // An emit that is under way may hold handlers that have ended since, and two may hold one that runs once.
        if self.is_over() || (self.once && self.over.swap(true, Ordering::AcqRel)) {
            return;
        }
        let call = async { (self.call)(Arc::clone(event)).await };
        let outcome = guarded(LISTENER_TIMEOUT, call).await;
        let outcome = outcome.and_then(|done| done.map_err(|why| HandlerError::Failed(why).into()));
        if let Err(failure) = outcome {
            failed(event.name(), "subscribed", "", &failure);
        }
    }
}

/// The handlers of one agent, by event, in the order of subscription.
#[derive(Debug, Default)]
pub(super) struct Subscribers {
    /// So that an event without handlers costs no lock.
    count: AtomicUsize,
    last: AtomicU64,
    by_event: RwLock<BTreeMap<&'static str, Vec<Arc<Subscriber>>>>,
}

impl Subscribers {
    /// The handlers of an event.
    pub(super) fn of(&self, event: &'static str) -> Vec<Arc<Subscriber>> {
        if self.count.load(Ordering::Acquire) == 0 {
            return Vec::new();
        }
        let by_event = self.by_event.read().unwrap_or_else(PoisonError::into_inner);
        let Some(subscribers) = by_event.get(event) else { return Vec::new() };
        subscribers.iter().filter(|subscriber| !subscriber.is_over()).cloned().collect()
    }

    /// Changes the handlers of an event; those that are over go at the same time.
    fn change(&self, event: &'static str, change: impl FnOnce(&mut Vec<Arc<Subscriber>>)) {
        let mut by_event = self.by_event.write().unwrap_or_else(PoisonError::into_inner);
        let subscribers = by_event.entry(event).or_default();
        change(subscribers);
        subscribers.retain(|subscriber| !subscriber.is_over());
        if subscribers.is_empty() {
            by_event.remove(event);
        }
        self.count.store(by_event.values().map(Vec::len).sum(), Ordering::Release);
    }
}

/// A handler that was subscribed with [`Agent::on`](crate::agent::Agent::on) or
/// [`Events::on`](crate::extract::Events::on). Dropping it unsubscribes the handler: no call begins afterwards, one that is
/// under way ends by itself.
#[derive(Debug)]
#[must_use = "dropping it unsubscribes the handler; keep it, or call `.forever()`"]
pub struct Subscription {
    subscribers: Weak<Subscribers>,
    event: &'static str,
    id: u64,
}

impl Subscription {
    /// Keeps the handler as long as the agent, or the plugin that subscribed it, is loaded.
    pub fn forever(mut self) {
        self.subscribers = Weak::new();
    }

    /// The event that it listens to.
    #[must_use]
    pub fn event(&self) -> &'static str {
        self.event
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(subscribers) = self.subscribers.upgrade() else { return };
        subscribers.change(self.event, |list| {
            if let Some(own) = list.iter().find(|subscriber| subscriber.id == self.id) {
                own.over.store(true, Ordering::Release);
            }
        });
    }
}

impl EventBus {
    /// Subscribes a handler; it ends with its owner, at once if that is over already.
    pub(crate) fn add<E, Fut>(
        &self,
        owner: Option<Owner>,
        once: bool,
        handler: impl Fn(Arc<E>) -> Fut + Send + Sync + 'static,
    ) -> Subscription
    where
        E: EventType,
        Fut: Future<Output: IntoDone> + Send + 'static,
    {
        let call: Call = Box::new(move |event| {
            // Only another type with the same name could be no `E`; that would be a mistake of a plugin.
            let handling = event.into_any().downcast::<E>().map(&handler);
            Box::pin(async move {
                let handling = handling.map_err(|_| format!("the event is not a `{}`", E::NAME))?;
                handling.await.into_done()
            })
        });
        if let Some(ended) = owner.as_ref().filter(|owner| owner.is_over()) {
            let (event, plugin) = (E::NAME, ended.plugin);
            tracing::warn!(event, plugin, "the plugin is unloaded; its handler hears nothing");
        }
        let id = self.subscribers.last.fetch_add(1, Ordering::Relaxed);
        let subscriber = Arc::new(Subscriber { id, owner, once, over: AtomicBool::new(false), call });
        self.subscribers.change(E::NAME, |list| list.push(subscriber));
        Subscription { subscribers: Arc::downgrade(&self.subscribers), event: E::NAME, id }
    }
}
