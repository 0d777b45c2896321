//! A queue in front of the embedding model: bounded, in three priorities, in batches, with retries.

mod made;
mod queue;

pub(crate) use queue::Queue;

use crate::{
    agent::Agent,
    extract::{ExtractError, kind::extract_for},
    search::Embedded,
};
use futures_util::future::try_join_all;

/// How urgent a text is; what is more urgent goes first, texts of one priority in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// A turn waits for it.
    High,
    /// Somebody will want it soon.
    #[default]
    Normal,
    /// Whenever there is nothing else to do.
    Low,
}

/// Why a text has no vector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmbedError {
    /// The queue is full, and the caller did not want to wait.
    #[error("{waiting} texts wait for their vectors already; wait with `embed`, or try again later")]
    Full {
        /// How many texts wait.
        waiting: usize,
    },
    /// The model refuses this text; trying again will not help.
    #[error("no vector was made: {0}")]
    Refused(String),
    /// The model did not make it, after the retries.
    #[error("no vector was made: {0}")]
    Failed(String),
}

/// Vectors of texts, through the agent's `text-embedding` model; take it as a parameter.
///
/// The texts of all plugins go through one queue of the agent: at most 1 000 wait, 32 go to the model at once, and
/// the queue costs nothing while it is empty. Where the model is overloaded or cannot be reached it is asked again,
/// three times, with growing pauses; where it refuses a batch the texts are tried in smaller ones, so that one bad text
/// does not spoil the others. A text whose caller has gone is not sent; texts that are alike go to the model once, also
/// those that come a little later: the last 256 vectors are kept. Memories are given their vectors by the engine, see [`Agent::embed_memories`].
#[derive(Clone, Debug)]
pub struct Embeddings(Agent);

extract_for!(for Embeddings, |invocation| Ok::<_, ExtractError>(Self(invocation.agent.lasting())));

impl Embeddings {
    /// The embeddings of an agent; for code that is not a handler.
    #[must_use]
    pub fn of(agent: &Agent) -> Self {
        Self(agent.lasting())
    }

    /// The vector of a text; waits for a place in the queue where it is full.
    ///
    /// # Errors
    /// [`EmbedError::Refused`] and [`EmbedError::Failed`].
    pub async fn embed(&self, text: impl Into<String>, priority: Priority) -> Result<Vec<f32>, EmbedError> {
        Ok(self.embed_in_space(text, priority).await?.vector)
    }

    /// The vector of a text and the space in which it can be compared; waits for a place in the queue where it is full.
    ///
    /// # Errors
    /// [`EmbedError::Refused`] and [`EmbedError::Failed`].
    pub async fn embed_in_space(
        &self,
        text: impl Into<String>,
        priority: Priority,
    ) -> Result<Embedded, EmbedError> {
        let place = self.0.shared().embeddings.wait_for_place().await?;
        queue::embed(&self.0, text.into(), (priority, false), place).await
    }

    /// What the model makes of a text now, whatever it made of it before.
    pub(crate) async fn embed_anew(&self, text: &str, priority: Priority) -> Result<Embedded, EmbedError> {
        let place = self.0.shared().embeddings.wait_for_place().await?;
        queue::embed(&self.0, text.to_owned(), (priority, true), place).await
    }

    /// The vector of a text; a full queue is an error.
    ///
    /// # Errors
    /// [`EmbedError`].
    pub async fn try_embed(
        &self,
        text: impl Into<String>,
        priority: Priority,
    ) -> Result<Vec<f32>, EmbedError> {
        let place = self.0.shared().embeddings.place()?;
        Ok(queue::embed(&self.0, text.into(), (priority, false), place).await?.vector)
    }

    /// The vectors of texts, in their order; waits for places in the queue where it is full.
    ///
    /// # Errors
    /// [`EmbedError::Refused`] and [`EmbedError::Failed`], if one of them has no vector.
    pub async fn embed_all(
        &self,
        texts: impl IntoIterator<Item = impl Into<String>>,
        priority: Priority,
    ) -> Result<Vec<Vec<f32>>, EmbedError> {
        try_join_all(texts.into_iter().map(|text| self.embed(text, priority))).await
    }
}
