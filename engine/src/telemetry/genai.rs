//! Spans of model calls, and what people and models wrote, in OpenTelemetry's form.

use super::{
    redact::{redact, redact_json},
    span::{captures_content, failed},
};
use crate::{
    action::ActionResult,
    model::{Format, Line, ModelAnswer, ModelError, ModelKind, ModelRequest, Purpose, Speaker},
    turn::TurnContext,
};
use serde_json::{Map, Value, json};
use tracing::{Span, field::Empty, info_span};

/// A call of a model, once. `model` is the name of the one that answered last, if that is known.
pub(crate) fn model(
    plugin: &'static str,
    handler: &'static str,
    kind: &ModelKind,
    request: &ModelRequest,
    model: Option<&str>,
    turn: Option<&TurnContext>,
) -> Span {
    if matches!(kind, ModelKind::TokenizerEncode | ModelKind::TokenizerDecode) {
        // Counting is done many times a turn, and is no call of a model in the sense of this.
        return Span::none();
    }
    let operation = operation(kind);
    let asked = &request.parameters;
    let span = info_span!(
        "model",
        name = handler,
        plugin,
        kind = kind.name(),
        purpose = purpose(&request.purpose),
        cost = Empty,
        otel.name = operation,
        otel.kind = "client",
        otel.status_code = Empty,
        otel.status_description = Empty,
        "error.type" = Empty,
        "gen_ai.operation.name" = operation,
        "gen_ai.provider.name" = provider(plugin),
        "gen_ai.conversation.id" = turn.map(|turn| tracing::field::display(turn.message.room)),
        "gen_ai.output.type" = output(kind, request),
        "gen_ai.request.model" = model,
        "gen_ai.request.max_tokens" = asked.max_tokens,
        "gen_ai.request.temperature" = asked.temperature,
        "gen_ai.request.top_p" = asked.top_p,
        "gen_ai.request.top_k" = asked.top_k,
        "gen_ai.request.frequency_penalty" = asked.frequency_penalty,
        "gen_ai.request.presence_penalty" = asked.presence_penalty,
        "gen_ai.request.seed" = asked.seed,
        "gen_ai.response.model" = Empty,
        "gen_ai.usage.input_tokens" = Empty,
        "gen_ai.usage.output_tokens" = Empty,
        "gen_ai.usage.cache_read.input_tokens" = Empty,
        "gen_ai.usage.cache_creation.input_tokens" = Empty,
        "gen_ai.system_instructions" = Empty,
        "gen_ai.input.messages" = Empty,
        "gen_ai.output.messages" = Empty,
    );
    if let Some(model) = model {
        span.record("otel.name", format!("{operation} {model}"));
    }
    if captures_content() && !span.is_disabled() {
        span.record("gen_ai.system_instructions", instructions(request));
        span.record("gen_ai.input.messages", input(request));
    }
    span
}

/// Notes what a model answered.
pub(crate) fn answered(span: &Span, kind: &ModelKind, answer: &ModelAnswer) {
    if span.is_disabled() {
        return;
    }
    if !answer.model.is_empty() {
        span.record("otel.name", format!("{} {}", operation(kind), answer.model));
        span.record("gen_ai.response.model", &answer.model);
    }
    let used = answer.usage;
    span.record("gen_ai.usage.input_tokens", used.prompt);
    span.record("gen_ai.usage.output_tokens", used.completion);
    if used.cached > 0 {
        span.record("gen_ai.usage.cache_read.input_tokens", used.cached);
    }
    if used.stored > 0 {
        span.record("gen_ai.usage.cache_creation.input_tokens", used.stored);
    }
    if let Some(cost) = used.cost {
        span.record("cost", cost.dollars());
    }
    if captures_content() {
        span.record("gen_ai.output.messages", output_messages(answer));
    }
}

/// Notes why a model did not answer.
pub(crate) fn refused(span: &Span, error: &ModelError) {
    if !span.is_disabled() {
        failed(span, error_type(error), &error.to_string());
    }
}

/// Notes what an action was called with and what it gave, where that is wanted, and whether it failed.
pub(crate) fn acted(span: &Span, arguments: &Map<String, Value>, result: &ActionResult, kind: &'static str) {
    if span.is_disabled() {
        return;
    }
    if captures_content() {
        span.record("gen_ai.tool.call.arguments", covered(Value::Object(arguments.clone())));
        span.record("gen_ai.tool.call.result", &*redact(result.summary()));
    }
    if !result.success {
        // Why it failed may quote what somebody wrote.
        failed(span, kind, if captures_content() { result.summary() } else { "" });
    }
}

const fn operation(kind: &ModelKind) -> &'static str {
    match kind {
        ModelKind::TextCompletion => "text_completion",
        ModelKind::TextEmbedding => "embeddings",
        ModelKind::Image
        | ModelKind::TextToSpeech
        | ModelKind::Audio
        | ModelKind::Video
        | ModelKind::Transcription
        | ModelKind::Custom(_) => "generate_content",
        _ => "chat",
    }
}

/// The name of a plugin's provider among those that the conventions know; else the plugin's.
fn provider(plugin: &'static str) -> &'static str {
    match plugin {
        "google-genai" => "gcp.gemini",
        "openai-compatible" => "openai",
        other => other,
    }
}

fn output(kind: &ModelKind, request: &ModelRequest) -> Option<&'static str> {
    match (kind, &request.format) {
        (ModelKind::Image, _) => Some("image"),
        (ModelKind::TextToSpeech, _) => Some("speech"),
        (ModelKind::TextEmbedding | ModelKind::Audio | ModelKind::Video, _) => None,
        (ModelKind::ObjectSmall | ModelKind::ObjectLarge, _) | (_, Format::Json(_)) => Some("json"),
        _ => Some("text"),
    }
}

fn purpose(purpose: &Purpose) -> &str {
    match purpose {
        Purpose::ShouldRespond => "should-respond",
        Purpose::Decide => "decide",
        Purpose::Reply => "reply",
        Purpose::Reflect => "reflect",
        Purpose::Embed => "embed",
        Purpose::Other(own) => own,
    }
}

const fn error_type(error: &ModelError) -> &'static str {
    match error {
        ModelError::NoModel { .. } => "no-model",
        ModelError::UnknownProvider { .. } => "unknown-provider",
        ModelError::RateLimited { .. } => "rate-limited",
        ModelError::Unauthorized(_) => "unauthorized",
        ModelError::TooLong { .. } => "too-long",
        ModelError::Rejected(_) => "rejected",
        ModelError::Unavailable(_) => "unavailable",
        ModelError::Timeout(_) => "timeout",
        ModelError::Stalled(_) => "stalled",
        ModelError::Resting { .. } => "resting",
        ModelError::Unfit(_) => "unfit",
        ModelError::OverBudget(_) => "over-budget",
        ModelError::Cancelled => "cancelled",
        ModelError::Extract(_) => "missing-parameter",
    }
}

fn covered(mut value: Value) -> String {
    redact_json(&mut value);
    value.to_string()
}

fn text(content: &str) -> Value {
    json!({ "type": "text", "content": content })
}

fn instructions(request: &ModelRequest) -> String {
    let parts = [&request.system, &request.context];
    covered(parts.into_iter().filter(|part| !part.is_empty()).map(|part| text(part)).collect())
}

fn input(request: &ModelRequest) -> String {
    covered(request.lines.iter().map(message).collect())
}

fn message(line: &Line) -> Value {
    if line.speaker == Speaker::Tool {
        let part = json!({ "type": "tool_call_response", "id": line.call_id, "response": line.text });
        return json!({ "role": "tool", "parts": [part] });
    }
    let role = if line.speaker == Speaker::Assistant { "assistant" } else { "user" };
    let mut parts = vec![text(&line.text)];
    let media = |media: &crate::service::kind::Media| json!({ "type": "blob", "mime_type": media.media_type, "bytes": media.bytes.len() });
    parts.extend(line.media.iter().map(media));
    parts.extend(line.calls.iter().map(call));
    json!({ "role": role, "parts": parts })
}

fn call(call: &crate::model::ToolCall) -> Value {
    json!({ "type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments })
}

fn output_messages(answer: &ModelAnswer) -> String {
    let mut parts = Vec::new();
    if !answer.text.is_empty() {
        parts.push(text(&answer.text));
    }
    parts.extend(answer.calls.iter().map(call));
    let reason = match (answer.cut, answer.calls.is_empty()) {
        (true, _) => "length",
        (false, false) => "tool_call",
        (false, true) => "stop",
    };
    covered(json!([{ "role": "assistant", "parts": parts, "finish_reason": reason }]))
}
