//! The agent and what it offers, as parameters of every kind of handler.

use super::{ExtractError, IntoDone, Signature, kind::extract_for};
use crate::{
    agent::{Agent, Plugins},
    clock::Clock,
    event::{EventType, Owner, Subscription},
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, TextSink},
    store::Store,
    turn::TurnContext,
};
use std::{future::Future, ops::Deref, sync::Arc};

extract_for!(for Agent, |invocation| Ok(invocation.agent.clone()));

/// The agent's storage.
#[derive(Clone, Debug)]
pub struct Memories(pub Arc<dyn Store>);

impl Deref for Memories {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

extract_for!(for Memories describe Signature::read_turn, |invocation| {
    if invocation.agent.has_store() || invocation.turn.is_some() {
        return Ok(Self(invocation.agent.store()));
    }
    Err(ExtractError::Other("the storage is not open yet; require the plugin that opens it".to_owned()))
});

/// The agent's models.
#[derive(Clone, Debug)]
pub struct Models {
    agent: Agent,
    turn: Option<Arc<TurnContext>>,
}

impl Models {
    /// The agent's models, outside any turn; for tests and for code that is not a handler.
    #[must_use]
    pub fn of(agent: Agent) -> Self {
        Self { agent, turn: None }
    }

    /// Asks a model of this kind, as [`Agent::generate`]; the call stands in the turn's record.
    ///
    /// # Errors
    /// See [`Agent::generate`].
    pub async fn ask(&self, kind: ModelKind, request: ModelRequest) -> Result<ModelAnswer, ModelError> {
        self.agent.generate(kind, request, self.turn.as_ref(), TextSink::default()).await
    }
}

extract_for!(for Models, |invocation| {
    Ok::<_, ExtractError>(Self { agent: invocation.agent.clone(), turn: invocation.turn.clone() })
});

/// The agent's events, to emit them and to listen to them.
///
/// ```ignore
/// let subscription = events.on(|sent: Arc<MessageSent>| async move { println!("{}", sent.message.content.text) });
/// ```
#[derive(Clone, Debug)]
pub struct Events {
    agent: Agent,
    /// The plugin as it was loaded when this was made: what it subscribes later is not another loading's.
    owner: Owner,
}

impl Events {
    /// Emits an event; returns when its handlers ran, apart from those with a queue.
    pub async fn emit<E: EventType>(&self, event: E) {
        self.agent.emit(event).await;
    }

    /// Subscribes a handler until the subscription is dropped or this plugin is unloaded; if it is unloaded already, the
    /// handler hears nothing. While a change replaces this plugin, the old handlers hear what happens in turns that
    /// began before the change, and the new ones what happens after it. See [`Agent::on`](crate::agent::Agent::on).
    pub fn on<E, Fut>(&self, handler: impl Fn(Arc<E>) -> Fut + Send + Sync + 'static) -> Subscription
    where
        E: EventType,
        Fut: Future<Output: IntoDone> + Send + 'static,
    {
        self.agent.events().add(Some(self.owner.clone()), false, handler)
    }

    /// Subscribes a handler to the next event only; see [`on`](Self::on).
    pub fn once<E, Fut>(&self, handler: impl Fn(Arc<E>) -> Fut + Send + Sync + 'static) -> Subscription
    where
        E: EventType,
        Fut: Future<Output: IntoDone> + Send + 'static,
    {
        self.agent.events().add(Some(self.owner.clone()), true, handler)
    }
}

extract_for!(for Events, |invocation| {
    let plugin = invocation.plugin.name;
    let owner = invocation.agent.parts().owner(plugin).unwrap_or_else(|| Owner::ended(plugin));
    Ok::<_, ExtractError>(Self { agent: invocation.agent.clone(), owner })
});

extract_for!(for Clock, |invocation| Ok::<_, ExtractError>(invocation.agent.clock().clone()));

extract_for!(for Plugins, |invocation| Ok::<_, ExtractError>(invocation.agent.plugins()));
