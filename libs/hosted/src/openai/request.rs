//! The body of a request for chat completions.

use super::Dialect;
use crate::{
    Asked,
    asked::Prompt,
    conversation::{Outcome, Said, conversation, question, unseen},
    schema,
};
use galatea::{
    model::{Effort, Tool, ToolCall},
    service::kind::Media,
};
use serde_json::{Map, Value, json};

pub(super) fn body(dialect: Dialect, asked: &Asked<'_>) -> Value {
    let prompt = asked.prompt("response_format");
    let mut body = Map::new();
    body.insert("model".to_owned(), asked.model.into());
    body.insert("messages".to_owned(), messages(dialect, asked, &prompt));
    if !prompt.tools.is_empty() {
        body.insert("tools".to_owned(), prompt.tools.iter().map(tool).collect());
    }
    if let Some(schema) = &prompt.schema {
        body.insert("response_format".to_owned(), format(schema));
    }
    if asked.streams {
        body.insert("stream".to_owned(), true.into());
        let usage = asked.taken("stream_options", Some(json!({ "include_usage": true })));
        body.extend(usage.map(|usage| ("stream_options".to_owned(), usage)));
    }
    parameters(dialect, asked, !prompt.tools.is_empty(), &mut body);
    Value::Object(body)
}

fn parameters(dialect: Dialect, asked: &Asked<'_>, with_tools: bool, body: &mut Map<String, Value>) {
    let given = &asked.request.parameters;
    let mut put = |name: &str, value: Option<Value>| {
        body.extend(asked.taken(name, value).map(|value| (name.to_owned(), value)));
    };
    put("temperature", given.temperature.map(Value::from));
    put("top_p", given.top_p.map(Value::from));
    put("frequency_penalty", given.frequency_penalty.map(Value::from));
    put("presence_penalty", given.presence_penalty.map(Value::from));
    put("seed", given.seed.map(Value::from));
    put("stop", given.stop.clone().map(Value::from));
    if dialect != Dialect::OpenAi {
        put("top_k", given.top_k.map(Value::from));
    }
    // OpenAI's newer name; others keep the older one. Whichever is refused, the other one is tried.
    let newer = (dialect == Dialect::OpenAi) == asked.takes(older_or_newer(dialect));
    let name = if newer { "max_completion_tokens" } else { "max_tokens" };
    put(name, given.max_tokens.map(Value::from));
    let efforts = efforts(dialect, asked, with_tools);
    match dialect {
        Dialect::OpenRouter => {
            let effort = efforts.first().map(|effort| json!({ "effort": effort }));
            put("reasoning", effort);
        }
        Dialect::OpenAi | Dialect::Compatible => {
            put("reasoning_effort", asked.first_taken("reasoning_effort", efforts).map(Value::from));
        }
    }
}

const fn older_or_newer(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "max_completion_tokens",
        Dialect::OpenRouter | Dialect::Compatible => "max_tokens",
    }
}

/// How long it shall think, best first; OpenAI's newer models take tools only where they do not think at all.
fn efforts(dialect: Dialect, asked: &Asked<'_>, with_tools: bool) -> Vec<&'static str> {
    let mut efforts = match asked.effort() {
        None if dialect == Dialect::OpenAi => vec!["none", "minimal", "low"],
        None => Vec::new(),
        Some(Effort::Minimal) if dialect == Dialect::OpenAi => vec!["none", "minimal", "low"],
        Some(Effort::Minimal) => vec!["minimal", "low"],
        Some(Effort::Low) => vec!["low"],
        Some(Effort::Medium) => vec!["medium"],
        Some(Effort::High) => vec!["high"],
    };
    if with_tools && dialect == Dialect::OpenAi && !efforts.contains(&"none") {
        efforts.push("none");
    }
    efforts
}

fn format(schema: &Value) -> Value {
    let (strict, closed) = (schema::is_strict(schema), schema::closed(schema));
    let schema = if strict { &closed } else { schema };
    json!({ "type": "json_schema", "json_schema": { "name": "answer", "strict": strict, "schema": schema } })
}

fn tool(tool: &Tool) -> Value {
    json!({
        "type": "function",
        "function": { "name": tool.name, "description": tool.description, "parameters": tool.parameters },
    })
}

fn messages(dialect: Dialect, asked: &Asked<'_>, prompt: &Prompt<'_>) -> Value {
    let said = conversation(asked.request);
    let context = asked.request.context.as_str();
    let mut messages = Vec::with_capacity(said.len() + 2);
    let is_late = dialect != Dialect::Compatible;
    let front = match (is_late || context.is_empty(), prompt.system.is_empty()) {
        (true, _) => prompt.system.clone(),
        (false, true) => context.to_owned(),
        (false, false) => format!("{}\n\n{context}", prompt.system),
    };
    if !front.is_empty() {
        messages.push(json!({ "role": "system", "content": stable(dialect, asked.model, &front) }));
    }
    let question = question(&said);
    for (place, one) in said.iter().enumerate() {
        // What changes from turn to turn stands behind what does not, so that the server's cache of prompts serves.
        if is_late && Some(place) == question && !context.is_empty() {
            messages.push(json!({ "role": "system", "content": context }));
        }
        match one {
            Said::User { text, media } => messages.push(user(text, media)),
            Said::Agent { text, calls } => messages.push(agent(asked, text, calls)),
            Said::Results(outcomes) => messages.extend(outcomes.iter().map(result)),
        }
    }
    if question.is_none() && is_late && !context.is_empty() {
        messages.push(json!({ "role": "system", "content": context }));
    }
    messages.into()
}

/// The part of the prompt that stays; the models that cache only what they are told to get a hint.
fn stable(dialect: Dialect, model: &str, text: &str) -> Value {
    if dialect == Dialect::OpenRouter && model.starts_with("anthropic/") {
        return json!([{ "type": "text", "text": text, "cache_control": { "type": "ephemeral" } }]);
    }
    text.into()
}

pub(super) fn user(text: &str, media: &[&Media]) -> Value {
    if media.is_empty() {
        return json!({ "role": "user", "content": text });
    }
    let text = (!text.is_empty()).then(|| json!({ "type": "text", "text": text }));
    let parts: Vec<Value> = text.into_iter().chain(media.iter().map(|one| part(one))).collect();
    json!({ "role": "user", "content": parts })
}

fn part(media: &Media) -> Value {
    let data = || format!("data:{};base64,{}", media.media_type, media.base64());
    let sound = match media.media_type.as_str() {
        "audio/wav" | "audio/x-wav" | "audio/wave" => Some("wav"),
        "audio/mpeg" | "audio/mp3" => Some("mp3"),
        _ => None,
    };
    match sound {
        _ if media.is("image") => json!({ "type": "image_url", "image_url": { "url": data() } }),
        Some(format) => {
            json!({ "type": "input_audio", "input_audio": { "data": media.base64(), "format": format } })
        }
        None if media.media_type == "application/pdf" => {
            let name = media.name.as_deref().unwrap_or("document.pdf");
            json!({ "type": "file", "file": { "filename": name, "file_data": data() } })
        }
        None => json!({ "type": "text", "text": unseen(media) }),
    }
}

fn agent(asked: &Asked<'_>, text: &str, calls: &[&ToolCall]) -> Value {
    let mut message = Map::new();
    message.insert("role".to_owned(), "assistant".into());
    let content = if text.is_empty() && !calls.is_empty() { Value::Null } else { text.into() };
    message.insert("content".to_owned(), content);
    if !calls.is_empty() {
        let call = |call: &&ToolCall| {
            let arguments = Value::Object(call.arguments.clone()).to_string();
            json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": arguments } })
        };
        message.insert("tool_calls".to_owned(), calls.iter().map(call).collect());
        let thoughts = calls.first().and_then(|call| asked.kept.of_call(&call.id));
        message.extend(thoughts.map(|thoughts| ("reasoning_details".to_owned(), thoughts)));
    }
    Value::Object(message)
}

fn result(outcome: &Outcome<'_>) -> Value {
    let text = if outcome.success { outcome.text.to_owned() } else { format!("failed: {}", outcome.text) };
    json!({ "role": "tool", "tool_call_id": outcome.call, "content": text })
}
