//! Calls a model: chosen by kind and rank, with the next one where it fails.

use super::Agent;
use crate::{
    event::{
        EmbeddingGenerationCompleted, EmbeddingGenerationFailed, EmbeddingGenerationRequested, ModelUsed,
    },
    extract::{Input, Invocation},
    model::{
        Format, ModelAnswer, ModelError, ModelKind, ModelRequest, Purpose, RegisteredModel, TextSink,
        ToolCall, candidates,
    },
    text::answer::{AnswerFormat, read_answer, without_thinking},
    turn::{Failure, ModelCall, TurnContext, guarded, note_call, without_tools},
};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Instant};
use uuid::Uuid;

/// One question to one model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) kind: &'a ModelKind,
    pub(crate) request: &'a Arc<ModelRequest>,
    pub(crate) turn: Option<&'a Arc<TurnContext>>,
    pub(crate) sink: &'a TextSink,
}

impl Agent {
    /// Asks the models that serve a kind, best first, until one answers. `turn` is the turn it belongs to,
    /// `sink` where text goes while it is made. A model that has begun to stream is not replaced by another.
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
        if kind != ModelKind::TextEmbedding {
            return self.first_answer(kind, request, turn, sink).await.map(|(answer, _)| answer);
        }
        self.make_vectors(request, turn).await.map(|(answer, _)| answer)
    }

    /// The vectors of texts, and the plugin that made them.
    pub(crate) async fn make_vectors(
        &self,
        request: ModelRequest,
        turn: Option<&Arc<TurnContext>>,
    ) -> Result<(ModelAnswer, &'static str), ModelError> {
        let (run, begun) = (turn.map(|turn| turn.run), Instant::now());
        self.emit(EmbeddingGenerationRequested { run }).await;
        let answer = self.first_answer(ModelKind::TextEmbedding, request, turn, TextSink::default()).await;
        match &answer {
            Ok((answer, _)) => {
                let (model, micros) = (answer.model.clone(), micros(begun));
                self.emit(EmbeddingGenerationCompleted { run, model, micros }).await;
            }
            Err(error) => self.emit(EmbeddingGenerationFailed { run, error: error.to_string() }).await,
        }
        answer
    }

    async fn first_answer(
        &self,
        kind: ModelKind,
        request: ModelRequest,
        turn: Option<&Arc<TurnContext>>,
        sink: TextSink,
    ) -> Result<(ModelAnswer, &'static str), ModelError> {
        let agent = self.steady();
        let parts = turn.map_or_else(|| agent.parts(), |turn| Arc::clone(&turn.parts));
        let models = candidates(&parts.models, &kind, agent.character().models.provider_of(&kind))?;
        let parameters = request.parameters.clone().or(&agent.parameters(&kind));
        let request = Arc::new(ModelRequest { parameters, ..request });
        let begun = Instant::now();
        let mut failed = Vec::new();
        let mut last = ModelError::NoModel { kind: kind.clone() };
        for model in models {
            let begun = Instant::now();
            match agent.ask(&model, Asking { kind: &kind, request: &request, turn, sink: &sink }).await {
                Ok(answer) => {
                    let said = Some((answer.model.as_str(), answer.usage));
                    self.shared().tally.model(model.plugin.name, &kind, micros(begun), said);
                    let mut call = call(model.plugin.name, kind, &request, &answer, begun, failed);
                    if let Some(turn) = turn {
                        call.step = turn.running_step();
                        call.keep(turn, &answer);
                    }
                    self.account(turn, call).await;
                    return Ok((answer, model.plugin.name));
                }
                Err(error) => {
                    self.shared().tally.model(model.plugin.name, &kind, micros(begun), None);
                    tracing::warn!(provider = model.plugin.name, %kind, "{error}");
                    failed.push((model.plugin.name.to_owned(), error.to_string()));
                    let is_final = matches!(error, ModelError::Cancelled | ModelError::Rejected(_));
                    last = error;
                    if is_final || sink.was_used() {
                        break;
                    }
                }
            }
        }
        if let Some(turn) = turn {
            let call = call("none", kind, &request, &ModelAnswer::default(), begun, failed);
            note_call(turn, ModelCall { step: turn.running_step(), ..call });
        }
        Err(last)
    }

    pub(crate) async fn ask(
        &self,
        model: &RegisteredModel,
        Asking { kind, request, turn, sink }: Asking<'_>,
    ) -> Result<ModelAnswer, ModelError> {
        let in_words = !model.def.tools && !request.tools.is_empty();
        let asked =
            if in_words { without_tools(request, &more_providers(turn)) } else { Arc::clone(request) };
        let invocation = Invocation {
            turn: turn.cloned(),
            input: Input::Request(asked, sink.clone(), kind.clone()),
            ..Invocation::of(self.clone(), model.plugin)
        };
        let limit = self.character().limits.model_timeout;
        let parts = turn.map_or_else(|| self.parts(), |turn| Arc::clone(&turn.parts));
        let call = crate::middleware::model(&parts, model, &invocation);
        let answer = match guarded(limit, call).await {
            Ok(answer) => answer?,
            Err(Failure::Timeout(limit)) => return Err(ModelError::Timeout(limit)),
            Err(failure) => return Err(ModelError::Unavailable(failure.to_string())),
        };
        Ok(read(answer, request, in_words))
    }

    /// Puts a call into the turn's record and tells of it.
    async fn account(&self, turn: Option<&Arc<TurnContext>>, call: ModelCall) {
        tracing::info!(provider = call.provider, kind = %call.kind, micros = call.micros, "model answered");
        self.emit(ModelUsed {
            run: turn.map(|turn| turn.run),
            provider: call.provider.clone(),
            kind: call.kind.clone(),
            model: call.model.clone(),
            purpose: call.purpose.clone(),
            usage: call.usage,
            micros: call.micros,
        })
        .await;
        if let Some(turn) = turn {
            note_call(turn, call);
        }
    }
}

/// The providers that a model may ask for, each with its description: those that run only when they are named.
fn more_providers(turn: Option<&Arc<TurnContext>>) -> Vec<(&'static str, &'static str)> {
    let all = turn.into_iter().flat_map(|turn| &turn.parts.providers).map(|provider| provider.def);
    all.filter(|def| def.dynamic && !def.private).map(|def| (def.name, def.description)).collect()
}

fn micros(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn call(
    provider: &str,
    kind: ModelKind,
    request: &ModelRequest,
    answer: &ModelAnswer,
    begun: Instant,
    failed: Vec<(String, String)>,
) -> ModelCall {
    ModelCall {
        provider: provider.to_owned(),
        kind,
        model: answer.model.clone(),
        purpose: request.purpose.clone(),
        usage: answer.usage,
        micros: micros(begun),
        failed,
        step: None,
        text: String::new(),
        calls: Vec::new(),
        providers: Vec::new(),
        cut: false,
    }
}

/// Reads what a model wrote: hidden thoughts go, and where it answers in a format its actions and text are
/// taken out of it. JSON is read as an answer only where the model was asked to write one: a user may have
/// asked for JSON. Answers that are data, not speech, stay as they are for who asked.
fn read(answer: ModelAnswer, request: &ModelRequest, in_words: bool) -> ModelAnswer {
    let speech =
        matches!(request.purpose, Purpose::Decide | Purpose::Reply) && request.format == Format::Text;
    if !speech {
        return answer;
    }
    let answer = ModelAnswer { text: without_thinking(&answer.text), ..answer };
    if !answer.calls.is_empty() || answer.text.is_empty() {
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
            other => Map::from_iter([(ToolCall::NOT_AN_OBJECT.to_owned(), other)]),
        },
    });
    let text = read.text.unwrap_or_default();
    let cut = answer.cut || read.cut && is_text_cut(&answer.text);
    let providers = read.providers;
    ModelAnswer { calls: calls.collect(), text, providers, cut, ..answer }
}

/// Whether an answer that ended in the middle did so in its text, not behind it: many models leave out the end
/// of the frame.
fn is_text_cut(answer: &str) -> bool {
    answer.rfind("<text>").is_none_or(|at| !answer[at..].contains("</t"))
}
