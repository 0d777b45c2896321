//! What answers in the place of a model.

use crate::{
    agent::{Agent, Asking},
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, TextSink, candidates},
    turn::TurnContext,
};
use async_trait::async_trait;
use std::{any::Any, collections::BTreeMap, fmt::Debug, sync::Arc};

/// What a test's agent has instead of models: a [`Script`](super::Script), a [`Recording`](super::Recording), or one of
/// your own.
///
/// ```
/// # use galatea::{model::ModelAnswer, testing::{Asked, DoubleError, ModelDouble, RealModels, TestAgent, TestResult}};
/// #[derive(Debug)]
/// struct Echo;
///
/// #[async_trait::async_trait]
/// impl ModelDouble for Echo {
///     async fn answer(&self, asked: &Asked, _real: &RealModels) -> Result<ModelAnswer, DoubleError> {
///         Ok(ModelAnswer::text(asked.request.last_user_text()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// let agent = TestAgent::from_toml("name = \"Ada\"").model(Echo).start().await?;
/// agent.says("Is there an echo?").await?.assert_replied("Is there an echo?");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait ModelDouble: Any + Send + Sync + Debug {
    /// Answers a request, whichever model kind it is for. `real` are the models that the agent would ask otherwise.
    async fn answer(&self, asked: &Asked, real: &RealModels) -> Result<ModelAnswer, DoubleError>;
}

/// Why a double does not answer.
#[derive(Debug, thiserror::Error)]
pub enum DoubleError {
    /// As a model would not: the agent is told so, and goes on as it does with a model that fails.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The test did not foresee the request: the test fails with this text.
    #[error("{0}")]
    Unforeseen(String),
}

/// A request, as a double gets it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The kind of model that is asked.
    pub kind: ModelKind,
    /// What it is asked: purpose, prompt, conversation, tools.
    pub request: Arc<ModelRequest>,
    /// Where the text of the answer goes while it is made.
    pub sink: TextSink,
}

impl Asked {
    /// The request for people: kind, purpose, the end of the conversation, the names of the tools.
    #[must_use]
    pub fn told(&self) -> String {
        let request = &self.request;
        let mut text = format!("{} was asked to {:?}", self.kind, request.purpose);
        let from = request.lines.len().saturating_sub(4);
        for line in request.lines.get(from..).unwrap_or_default() {
            text.push_str(&format!("\n  {:?} {}: {}", line.speaker, line.name, line.text));
        }
        let tools: Vec<&str> = request.tools.iter().map(|tool| tool.name.as_str()).collect();
        if !tools.is_empty() {
            text.push_str(&format!("\n  tools: {}", tools.join(", ")));
        }
        text
    }
}

/// The models of the agent's own plugins.
#[derive(Debug)]
pub struct RealModels {
    pub(super) agent: Agent,
    pub(super) turn: Option<Arc<TurnContext>>,
    /// The plugin that the character picks for a kind.
    pub(super) picked: Arc<BTreeMap<String, String>>,
}

impl RealModels {
    /// Asks them, best first, until one answers.
    ///
    /// # Errors
    /// The error of the last one that was asked; [`ModelError::NoModel`] if the agent has none of this kind.
    pub async fn ask(&self, asked: &Asked) -> Result<ModelAnswer, ModelError> {
        let parts = self.turn.as_ref().map_or_else(|| self.agent.parts(), |turn| Arc::clone(&turn.parts));
        let own: Vec<_> =
            parts.models.iter().filter(|model| model.plugin.name != super::stand_in::NAME).copied().collect();
        let picked = self.picked.get(asked.kind.name()).map(String::as_str);
        let mut last = ModelError::NoModel { kind: asked.kind.clone() };
        let (kind, request, sink) = (&asked.kind, &asked.request, &asked.sink);
        let asking = Asking { kind, request, turn: self.turn.as_ref(), sink, exact: None };
        for model in candidates(&own, &asked.kind, picked)? {
            match self.agent.ask(&model, asking).await {
                Ok(answer) => return Ok(answer),
                Err(error) => last = error,
            }
            if asked.sink.was_used() {
                break;
            }
        }
        Err(last)
    }

    /// The agent.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        &self.agent
    }
}
