//! Handlers of events that come and go while the agent runs.

use super::{Agent, Parts};
use crate::{
    event::{EventType, Owner, Subscription},
    extract::IntoDone,
};
use std::{future::Future, sync::Arc};

impl Parts {
    /// A plugin as these parts have it, if it is loaded.
    pub(crate) fn owner(&self, plugin: &'static str) -> Option<Owner> {
        let load = self.loads.get(plugin)?.number;
        Some(Owner::new(plugin, load, self.scope(plugin)?))
    }

    /// Whether the plugin that these parts have is this loading of it.
    pub(crate) fn has_loading(&self, owner: &Owner) -> bool {
        owner.is_load(self.loads.get(owner.plugin).map(|load| load.number))
    }
}

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
