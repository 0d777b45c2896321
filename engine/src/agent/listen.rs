//! Handlers of events that come and go while the agent runs.

use super::Agent;
use crate::{
    event::{EventType, Subscription},
    extract::IntoDone,
};
use std::{future::Future, sync::Arc};

impl Agent {
    /// Calls a handler at every event `E` until the subscription is dropped. The handler runs after those of plugins,
    /// in the order of subscription; who emits waits for it, at most 30 seconds. An error, a panic or a timeout is logged
    /// and touches nothing else.
    ///
    /// ```ignore
    /// let subscription = agent.on(|sent: Arc<MessageSent>| async move { count(&sent.message).await });
    /// ```
    pub fn on<E, Fut>(&self, handler: impl Fn(Arc<E>) -> Fut + Send + Sync + 'static) -> Subscription
    where
        E: EventType,
        Fut: Future<Output: IntoDone> + Send + 'static,
    {
        self.events().add(None, false, handler)
    }

    /// Calls a handler at the next event `E`, once, unless the subscription is dropped before; see [`on`](Self::on).
    pub fn once<E, Fut>(&self, handler: impl Fn(Arc<E>) -> Fut + Send + Sync + 'static) -> Subscription
    where
        E: EventType,
        Fut: Future<Output: IntoDone> + Send + 'static,
    {
        self.events().add(None, true, handler)
    }
}
