//! Calls a model: chosen by kind and rank, with the next one where it fails.

use super::Agent;
use crate::{
    event::ModelUsed,
    extract::{Input, Invocation},
    model::{
        Format, ModelAnswer, ModelError, ModelKind, ModelRequest, Purpose, RegisteredModel, TextSink, ToolCall, candidates,
    },
    text::answer::{AnswerFormat, read_answer},
    turn::{Failure, ModelCall, TurnContext, guarded, note_call, without_tools},
};
use serde_json::{Map, Value};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How long one model may take. A turn's own limit usually ends it earlier.
const MODEL_TIMEOUT: Duration = Duration::from_secs(300);

impl Agent {
    /// Asks the models that serve a kind, best first, until one answers. `turn` is the turn it belongs to, `sink` where text goes while it is
    /// made. A model that has begun to stream is not replaced by another.
    ///
    /// # Errors
    /// The error of the last model tried; [`ModelError::NoModel`] if nothing serves the kind.
    pub async fn generate(
        &self,
        kind: ModelKind,
        request: ModelRequest,
        turn: Option<&Arc<TurnContext>>,
        sink: TextSink,
    ) -> Result<ModelAnswer, ModelError> {
        let parts = turn.map_or_else(|| self.parts(), |turn| Arc::clone(&turn.parts));
        let models = candidates(&parts.models, &kind, self.character().models.provider_of(&kind))?;
        let request = Arc::new(request);
        let mut failed = Vec::new();
        let mut last = ModelError::NoModel { kind: kind.clone() };
        for model in models {
            let begun = Instant::now();
            match self.ask(&model, &request, turn, &sink).await {
                Ok(answer) => {
                    self.account(&model, kind, &request, &answer, turn, begun, failed).await;
                    return Ok(answer);
                }
                Err(error @ (ModelError::Cancelled | ModelError::Rejected(_))) => return Err(error),
                Err(error) => {
                    tracing::warn!(provider = model.plugin.name, %kind, "{error}");
                    failed.push((model.plugin.name.to_owned(), error.to_string()));
                    last = error;
                }
            }
        }
        Err(last)
    }

    async fn ask(
        &self,
        model: &RegisteredModel,
        request: &Arc<ModelRequest>,
        turn: Option<&Arc<TurnContext>>,
        sink: &TextSink,
    ) -> Result<ModelAnswer, ModelError> {
        let in_words = !model.def.tools && !request.tools.is_empty();
        let asked = if in_words { without_tools(request) } else { Arc::clone(request) };
        let invocation = Invocation {
            turn: turn.cloned(),
            input: Input::Request(asked, sink.clone()),
            ..Invocation::of(self.clone(), model.plugin)
        };
        let answer = match guarded(MODEL_TIMEOUT, (model.def.call)(&invocation)).await {
            Ok(answer) => answer?,
            Err(Failure::Timeout(limit)) => return Err(ModelError::Timeout(limit)),
            Err(failure) => return Err(ModelError::Unavailable(failure.to_string())),
        };
        Ok(read(answer, request, in_words))
    }

    #[allow(clippy::too_many_arguments, reason = "each is a field of the record")]
    async fn account(
        &self,
        model: &RegisteredModel,
        kind: ModelKind,
        request: &ModelRequest,
        answer: &ModelAnswer,
        turn: Option<&Arc<TurnContext>>,
        begun: Instant,
        failed: Vec<(String, String)>,
    ) {
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let provider = model.plugin.name.to_owned();
        let (usage, purpose) = (answer.usage, request.purpose.clone());
        if let Some(turn) = turn {
            note_call(
                turn,
                ModelCall {
                    provider: provider.clone(),
                    kind: kind.clone(),
                    model: answer.model.clone(),
                    purpose: purpose.clone(),
                    usage,
                    micros,
                    failed,
                },
            );
        }
        let run = turn.map(|turn| turn.run);
        let model = answer.model.clone();
        self.emit(ModelUsed { run, provider, kind, model, purpose, usage, micros }).await;
    }
}

/// Reads what a model wrote: hidden thoughts go, and where it answers in a format its actions and text are taken out of it.
/// JSON is read as an answer only where the model was asked to write one: a user may have asked for JSON. Answers that are data, not
/// speech, stay as they are for who asked.
fn read(answer: ModelAnswer, request: &ModelRequest, in_words: bool) -> ModelAnswer {
    let speech = matches!(request.purpose, Purpose::Decide | Purpose::Reply) && request.format == Format::Text;
    if !speech || !answer.calls.is_empty() || answer.text.is_empty() {
        return answer;
    }
    let read = read_answer(&answer.text);
    if read.format == AnswerFormat::Json && !in_words {
        return answer;
    }
    let calls = read.actions.into_iter().map(|call| ToolCall {
        id: format!("call-{}", Uuid::now_v7().simple()),
        name: call.name,
        arguments: match call.arguments {
            Value::Object(arguments) => arguments,
            _ => Map::new(),
        },
    });
    ModelAnswer { calls: calls.collect(), text: read.text.unwrap_or_default(), ..answer }
}
