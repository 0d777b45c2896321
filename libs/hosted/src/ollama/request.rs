//! The body of a request for a chat.

use super::Ollama;
use crate::{
    Asked,
    conversation::{Outcome, Said, conversation, unseen},
};
use galatea::{
    model::{Effort, Tool, ToolCall},
    service::kind::Media,
};
use serde_json::{Map, Value, json};

pub(super) fn body(wire: &Ollama, asked: &Asked<'_>) -> Value {
    let prompt = asked.prompt("format");
    let mut body = Map::new();
    body.insert("model".to_owned(), asked.model.into());
    body.insert("messages".to_owned(), messages(asked, &prompt.system));
    body.insert("stream".to_owned(), asked.streams.into());
    if !prompt.tools.is_empty() {
        body.insert("tools".to_owned(), prompt.tools.iter().map(tool).collect());
    }
    body.extend(prompt.schema.map(|schema| ("format".to_owned(), schema)));
    let thinks = asked.effort().map(|effort| effort != Effort::Minimal);
    body.extend(asked.taken("thinking", thinks).map(|thinks| ("think".to_owned(), thinks.into())));
    body.extend(wire.keep_alive.clone().map(|time| ("keep_alive".to_owned(), keep_alive(time))));
    let options = options(wire, asked);
    if !options.is_empty() {
        body.insert("options".to_owned(), Value::Object(options));
    }
    Value::Object(body)
}

/// A bare number is one of seconds, and must not be written as text.
fn keep_alive(time: String) -> Value {
    time.parse::<i64>().map_or(Value::String(time), Value::from)
}

fn options(wire: &Ollama, asked: &Asked<'_>) -> Map<String, Value> {
    let given = &asked.request.parameters;
    let all = [
        ("num_ctx", wire.context_tokens.map(Value::from)),
        ("num_predict", given.max_tokens.map(Value::from)),
        ("temperature", given.temperature.map(Value::from)),
        ("top_p", given.top_p.map(Value::from)),
        ("top_k", given.top_k.map(Value::from)),
        ("frequency_penalty", given.frequency_penalty.map(Value::from)),
        ("presence_penalty", given.presence_penalty.map(Value::from)),
        ("seed", given.seed.map(Value::from)),
        ("stop", given.stop.clone().map(Value::from)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn tool(tool: &Tool) -> Value {
    json!({
        "type": "function",
        "function": { "name": tool.name, "description": tool.description, "parameters": tool.parameters },
    })
}

fn messages(asked: &Asked<'_>, system: &str) -> Value {
    let context = asked.request.context.as_str();
    let front: Vec<&str> = [system, context].into_iter().filter(|text| !text.is_empty()).collect();
    let mut messages = Vec::new();
    if !front.is_empty() {
        messages.push(json!({ "role": "system", "content": front.join("\n\n") }));
    }
    for one in conversation(asked.request) {
        match one {
            Said::User { text, media } => messages.push(user(&text, &media)),
            Said::Agent { text, calls } => messages.push(agent(&text, &calls)),
            Said::Results(outcomes) => messages.extend(outcomes.iter().map(result)),
        }
    }
    messages.into()
}

fn user(text: &str, media: &[&Media]) -> Value {
    let (pictures, others): (Vec<&Media>, Vec<&Media>) =
        media.iter().copied().partition(|one| one.is("image"));
    let text: Vec<String> = [text.to_owned()].into_iter().chain(others.into_iter().map(unseen)).collect();
    let mut message = json!({ "role": "user", "content": text.join("\n") });
    if let (false, Some(message)) = (pictures.is_empty(), message.as_object_mut()) {
        message.insert("images".to_owned(), pictures.iter().map(|one| one.base64()).collect());
    }
    message
}

fn agent(text: &str, calls: &[&ToolCall]) -> Value {
    let mut message = json!({ "role": "assistant", "content": text });
    if let (false, Some(message)) = (calls.is_empty(), message.as_object_mut()) {
        let call =
            |call: &&ToolCall| json!({ "function": { "name": call.name, "arguments": call.arguments } });
        message.insert("tool_calls".to_owned(), calls.iter().map(call).collect());
    }
    message
}

fn result(outcome: &Outcome<'_>) -> Value {
    let text = if outcome.success { outcome.text.to_owned() } else { format!("failed: {}", outcome.text) };
    json!({ "role": "tool", "tool_name": outcome.name, "content": text })
}
