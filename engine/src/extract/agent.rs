//! The agent and what it offers, as parameters of every kind of handler.

use super::{ExtractError, IntoDone, Signature, kind::extract_for};
use crate::{
    agent::{Agent, Plugins},
    clock::Clock,
    event::{EventType, Owner, Subscription},
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, TextSink},
    search::{Found, SearchQuery},
    store::{Store, StoreError},
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

/// Finds the agent's memories, by their words and by what they mean.
///
/// ```ignore
/// let found = search.find(&SearchQuery::new(&*message.content.text).kind(MemoryKind::Fact).limit(6)).await?;
/// ```
#[derive(Clone, Debug)]
pub struct Search(Agent);

impl Search {
    /// The search of an agent; for code that is not a handler.
    #[must_use]
    pub fn of(agent: &Agent) -> Self {
        Self(agent.clone())
    }

    /// The memories that fit best; see [`Agent::search`].
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn find(&self, query: &SearchQuery) -> Result<Found, StoreError> {
        self.0.search(query).await
    }

    /// Sees to it that what was written gets its vectors; see [`Agent::embed_memories`].
    pub fn embed_memories(&self) {
        self.0.embed_memories();
    }
}

extract_for!(for Search describe Signature::read_turn, |invocation| {
    Ok::<_, ExtractError>(Self(invocation.agent.clone()))
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
