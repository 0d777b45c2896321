//! `POST /v1/chat/completions`.

mod stream;

use crate::{
    OpenAiFront, Streaming, answer,
    conversation::{self, Conversation},
    door::{self, Door},
    error::ApiError,
    fields::Fields,
    marks::Marks,
    prompt::Prompt,
    refused, sse, turn,
};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use galatea::{agent::Agent, memory::Memory, model::Usage, turn::RunRecord};
use galatea_server::{Access, Directory};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// How an answer is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    /// As a stream.
    pub(crate) stream: bool,
    /// With what was used, at the end of the stream.
    pub(crate) usage: bool,
    /// With what the agent does.
    pub(crate) events: bool,
    /// How replies are streamed.
    pub(crate) streaming: Streaming,
}

impl Wishes {
    pub(crate) fn of(
        body: &Fields<'_>,
        metadata: &Map<String, Value>,
        agent: &Agent,
    ) -> Result<Self, ApiError> {
        let options = body.object("stream_options")?;
        let option = |name| options.as_ref().map(|options| options.flag(name)).transpose();
        let is_on = |name: &str| {
            metadata
                .get(name)
                .is_some_and(|value| value == &Value::Bool(true) || value == &Value::from("true"))
        };
        let own = agent.service::<OpenAiFront>().map(|front| front.streaming()).unwrap_or_default();
        Ok(Self {
            stream: body.flag("stream")?,
            usage: option("include_usage")?.unwrap_or_default(),
            events: is_on("galatea.events") || option("galatea.events")?.unwrap_or_default(),
            streaming: if is_on("galatea.settled") { Streaming::Settled } else { own },
        })
    }
}

/// What all parts of one answer have in common.
#[derive(Clone, Debug)]
struct Frame {
    id: String,
    created: i64,
    model: String,
}

/// The body of a request.
pub(crate) fn parsed(body: &Bytes) -> Result<Value, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        ApiError::invalid(format!("We could not parse the JSON body of your request: {error}."))
            .code("invalid_json")
    })
}

pub(crate) async fn create(
    State(directory): State<Directory>,
    access: Access,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    door::listed(&directory, &access)?;
    let body = parsed(&body)?;
    let body = Fields::of_body(&body)?;
    let door = Door::to(body.required_text("model")?, &directory, &access)?;
    refused::of_chat(&body)?;
    let prompt = Prompt::of_chat(&body)?;
    let wishes = Wishes::of(&body, &conversation::metadata(&body)?, &door.agent)?;
    let user = body.text("user")?;
    let message = turn::message_id(&door, &headers);
    let key = conversation::key(&body, &["user"])?.unwrap_or_else(|| message.to_string());
    let conversation = Conversation::of(&door, &key, user);
    let marks = Marks { instructions: prompt.instructions.clone(), response: None };
    let following = turn::ask(&door, &conversation, prompt, &marks, message).await?;
    let frame =
        Frame { id: id(following.run), created: door.agent.clock().now().as_second(), model: door.model };
    if wishes.stream {
        return Ok(sse::told(following, stream::Chunks::new(frame, wishes)));
    }
    let (replies, record) = following.finish().await?;
    if let Some(failure) = answer::failure(&record) {
        return Err(failure);
    }
    Ok(Json(whole(&frame, wishes, &replies, &record)).into_response())
}

fn id(run: Uuid) -> String {
    format!("chatcmpl-{}", run.simple())
}

fn whole(frame: &Frame, wishes: Wishes, replies: &[Arc<Memory>], record: &RunRecord) -> Value {
    let texts: Vec<&str> = replies.iter().map(|reply| reply.content.text.trim()).collect();
    let mut whole = json!({
        "id": frame.id,
        "object": "chat.completion",
        "created": frame.created,
        "model": frame.model,
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant",
                "content": texts.join(answer::BETWEEN),
                "refusal": null,
                "annotations": [],
            },
            "logprobs": null,
            "finish_reason": finish_reason(record),
        }],
        "usage": usage(answer::usage(record)),
        "system_fingerprint": null,
    });
    if wishes.events {
        whole["galatea"] = answer::summary(record);
    }
    whole
}

fn finish_reason(record: &RunRecord) -> &'static str {
    if answer::is_cut(record) { "length" } else { "stop" }
}

fn usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.tokens(),
        "prompt_tokens_details": { "cached_tokens": usage.cached, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}
