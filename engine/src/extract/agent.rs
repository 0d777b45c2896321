//! The agent and what it offers, as parameters of every kind of handler.

use super::{ExtractError, IntoDone, Signature, kind::extract_for};
use crate::{
    agent::{Agent, Plugins},
    clock::Clock,
    event::{EventType, Owner, Subscription},
    model::{Format, ModelAnswer, ModelError, ModelKind, ModelRequest, Purpose, TextSink, Wanted},
    offer::Offers,
    search::{Found, SearchQuery},
    service::kind::Media,
    store::{Store, StoreError},
    turn::TurnContext,
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
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

    /// Asks a model of objects for a value of a type, whose schema it is told.
    ///
    /// ```ignore
    /// let mood: Mood = models.object(ModelKind::ObjectSmall, ModelRequest::new(purpose, "How does this sound?")).await?;
    /// ```
    ///
    /// # Errors
    /// See [`Agent::generate`]; [`ModelError::Unfit`] if what was answered is no such value.
    pub async fn object<T>(&self, kind: ModelKind, request: ModelRequest) -> Result<T, ModelError>
    where
        T: DeserializeOwned + JsonSchema,
    {
        let format = Format::Json(schemars::schema_for!(T).to_value());
        self.ask(kind, ModelRequest { format, ..request }).await?.json()
    }

    /// What is to be seen in a picture, or the answer to a question about it.
    ///
    /// # Errors
    /// See [`Agent::generate`].
    pub async fn describe(&self, picture: Media, question: &str) -> Result<String, ModelError> {
        let kind = ModelKind::ImageDescription;
        Ok(self.ask(kind.clone(), ModelRequest::about(purpose(&kind), question, [picture])).await?.text)
    }

    /// What is said in a sound; of `wanted` the language counts.
    ///
    /// # Errors
    /// See [`Agent::generate`].
    pub async fn transcribe(&self, sound: Media, wanted: Wanted) -> Result<String, ModelError> {
        let kind = ModelKind::Transcription;
        let request = ModelRequest::about(purpose(&kind), "", [sound]).wanting(wanted);
        Ok(self.ask(kind, request).await?.text)
    }

    /// Pictures made from a text.
    ///
    /// # Errors
    /// See [`Agent::generate`].
    pub async fn draw(&self, text: &str, wanted: Wanted) -> Result<Vec<Media>, ModelError> {
        let kind = ModelKind::Image;
        let request = ModelRequest::new(purpose(&kind), text).wanting(wanted);
        Ok(self.ask(kind, request).await?.media)
    }

    /// A text, spoken.
    ///
    /// # Errors
    /// See [`Agent::generate`]; [`ModelError::Unfit`] if no sound was answered.
    pub async fn speak(&self, text: &str, wanted: Wanted) -> Result<Media, ModelError> {
        let kind = ModelKind::TextToSpeech;
        let request = ModelRequest::new(purpose(&kind), text).wanting(wanted);
        let sound = self.ask(kind, request).await?.media.into_iter().next();
        sound.ok_or_else(|| ModelError::Unfit("there is no sound in it".to_owned()))
    }

    /// The tokens of a text, as the model counts them.
    ///
    /// # Errors
    /// See [`Agent::generate`].
    pub async fn tokens(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let kind = ModelKind::TokenizerEncode;
        Ok(self.ask(kind.clone(), ModelRequest::new(purpose(&kind), text)).await?.tokens)
    }

    /// The text of tokens.
    ///
    /// # Errors
    /// See [`Agent::generate`].
    pub async fn text_of(&self, tokens: &[u32]) -> Result<String, ModelError> {
        let kind = ModelKind::TokenizerDecode;
        Ok(self.ask(kind.clone(), ModelRequest::of_tokens(purpose(&kind), tokens)).await?.text)
    }
}

/// Why a model is asked for something that only one kind does.
fn purpose(kind: &ModelKind) -> Purpose {
    Purpose::Other(kind.name().to_owned())
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

extract_for!(for Offers describe Signature::offer, |invocation| {
    let (plugin, agent) = (invocation.plugin, &invocation.agent);
    let load = agent.parts().load_number(plugin.name);
    Ok::<_, ExtractError>(Self { agent: agent.lasting().weak(), plugin, load })
});

extract_for!(for Clock, |invocation| Ok::<_, ExtractError>(invocation.agent.clock().clone()));

extract_for!(for Plugins, |invocation| Ok::<_, ExtractError>(invocation.agent.plugins()));
