//! The body of a request for a message.

use super::Anthropic;
use crate::{
    Asked,
    conversation::{Outcome, Said, conversation, question, unseen},
    schema,
};
use galatea::{
    model::{Effort, Tool, ToolCall},
    service::kind::Media,
};
use serde_json::{Map, Value, json};

pub(super) fn body(wire: Anthropic, asked: &Asked<'_>) -> Value {
    let mut prompt = asked.prompt("format");
    if !asked.takes("output_config")
        && let Some(schema) = prompt.schema.take()
    {
        prompt.system = format!("{}\n\n{}", prompt.system, schema::in_words(&schema)).trim_start().to_owned();
    }
    let given = &asked.request.parameters;
    let mut body = Map::new();
    body.insert("model".to_owned(), asked.model.into());
    if !prompt.system.is_empty() {
        body.insert(
            "system".to_owned(),
            json!([cached(wire, json!({ "type": "text", "text": prompt.system }))]),
        );
    }
    body.insert("messages".to_owned(), messages(wire, asked));
    if !prompt.tools.is_empty() {
        body.insert("tools".to_owned(), tools(wire, prompt.tools, prompt.system.is_empty()));
    }
    if asked.streams {
        body.insert("stream".to_owned(), true.into());
    }
    let mut put = |name: &str, value: Option<Value>| {
        body.extend(asked.taken(name, value).map(|value| (name.to_owned(), value)));
    };
    let thinking = thinking(asked);
    // A model that thinks is not told how to choose its words.
    let chooses_freely = thinking.is_none();
    put("temperature", given.temperature.filter(|_| chooses_freely).map(|value| value.min(1.0).into()));
    put("top_p", given.top_p.filter(|_| chooses_freely && given.temperature.is_none()).map(Value::from));
    put("top_k", given.top_k.filter(|_| chooses_freely).map(Value::from));
    put("stop_sequences", given.stop.clone().map(Value::from));
    // Thoughts count as part of the answer.
    let thoughts = thinking.as_ref().and_then(|thinking| thinking.get("budget_tokens")?.as_u64());
    put("thinking", thinking);
    let effort =
        asked.taken("effort", asked.effort()).map(|effort| ("effort".to_owned(), level(effort).into()));
    let format = prompt.schema.map(|schema| {
        ("format".to_owned(), json!({ "type": "json_schema", "schema": schema::closed(&schema) }))
    });
    let config: Map<String, Value> = effort.into_iter().chain(format).collect();
    put("output_config", (!config.is_empty()).then_some(Value::Object(config)));
    let most = u64::from(given.max_tokens.unwrap_or(wire.max_tokens)).saturating_add(thoughts.unwrap_or(0));
    body.insert("max_tokens".to_owned(), most.into());
    Value::Object(body)
}

/// Only kinds of long thinking ask for it; some models think by themselves.
fn thinking(asked: &Asked<'_>) -> Option<Value> {
    let thinks =
        asked.thinks && asked.request.parameters.effort != Some(Effort::Minimal) && asked.takes("thinking");
    let adaptive = asked.first_taken("adaptive", ["adaptive"]);
    thinks.then(|| match adaptive {
        Some(kind) => json!({ "type": kind }),
        // Older models want to be told how much.
        None => json!({ "type": "enabled", "budget_tokens": 4096 }),
    })
}

const fn level(effort: Effort) -> &'static str {
    match effort {
        Effort::Minimal | Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    }
}

/// Marks the end of what the server shall keep for the next request.
fn cached(wire: Anthropic, mut block: Value) -> Value {
    if let (true, Some(block)) = (wire.cache, block.as_object_mut()) {
        block.insert("cache_control".to_owned(), json!({ "type": "ephemeral" }));
    }
    block
}

/// The tools stand before the system prompt; where there is none, they are what is kept.
fn tools(wire: Anthropic, tools: &[Tool], is_last: bool) -> Value {
    let tool = |tool: &Tool| json!({ "name": tool.name, "description": tool.description, "input_schema": tool.parameters });
    let mut tools: Vec<Value> = tools.iter().map(tool).collect();
    if let (true, Some(last)) = (is_last, tools.last_mut()) {
        *last = cached(wire, last.take());
    }
    tools.into()
}

fn messages(wire: Anthropic, asked: &Asked<'_>) -> Value {
    let said = conversation(asked.request);
    let context = asked.request.context.as_str();
    let question = question(&said);
    let mut messages: Vec<Value> = Vec::with_capacity(said.len() + 1);
    let first_is_user = matches!(said.first(), Some(Said::User { .. }));
    if !first_is_user {
        messages
            .push(json!({ "role": "user", "content": [{ "type": "text", "text": before(&said, context) }] }));
    }
    for (place, one) in said.iter().enumerate() {
        match one {
            Said::User { text, media } => {
                // What changes from turn to turn stands behind what does not: the history before it can be kept.
                let context = Some(context).filter(|context| Some(place) == question && !context.is_empty());
                let mut blocks: Vec<Value> = context
                    .map(|context| json!({ "type": "text", "text": format!("<context>\n{context}\n</context>") }))
                    .into_iter()
                    .collect();
                if context.is_some() {
                    keep_up_to_here(wire, &mut messages);
                }
                blocks.extend(media.iter().map(|one| shown(one)));
                if !text.is_empty() {
                    blocks.push(json!({ "type": "text", "text": text }));
                }
                messages.push(json!({ "role": "user", "content": blocks }));
            }
            Said::Agent { text, calls } => messages.push(agent(asked, text, calls)),
            Said::Results(outcomes) => {
                let blocks: Vec<Value> = outcomes.iter().map(result).collect();
                messages.push(json!({ "role": "user", "content": blocks }));
            }
        }
    }
    messages.into()
}

/// A conversation begins with somebody else than the agent.
fn before(said: &[Said<'_>], context: &str) -> String {
    if question(said).is_none() && !context.is_empty() {
        return format!("<context>\n{context}\n</context>");
    }
    "(The conversation begins.)".to_owned()
}

/// Lets the server keep the conversation so far.
fn keep_up_to_here(wire: Anthropic, messages: &mut [Value]) {
    let blocks = messages.last_mut().and_then(|last| last.get_mut("content")).and_then(Value::as_array_mut);
    if let Some(last) = blocks.and_then(|blocks| blocks.last_mut()) {
        *last = cached(wire, last.take());
    }
}

fn shown(media: &Media) -> Value {
    let source = || json!({ "type": "base64", "media_type": media.media_type, "data": media.base64() });
    if media.is("image") {
        json!({ "type": "image", "source": source() })
    } else if media.media_type == "application/pdf" {
        json!({ "type": "document", "source": source() })
    } else {
        json!({ "type": "text", "text": unseen(media) })
    }
}

fn agent(asked: &Asked<'_>, text: &str, calls: &[&ToolCall]) -> Value {
    // The thoughts before a call are signed, and wanted back before its result.
    let thoughts = calls.first().and_then(|call| asked.kept.of_call(&call.id));
    let thoughts = thoughts.and_then(|thoughts| thoughts.as_array().cloned()).unwrap_or_default();
    let text = (!text.is_empty()).then(|| json!({ "type": "text", "text": text }));
    let calls = calls
        .iter()
        .map(|call| json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments }));
    let blocks: Vec<Value> = thoughts.into_iter().chain(text).chain(calls).collect();
    json!({ "role": "assistant", "content": blocks })
}

fn result(outcome: &Outcome<'_>) -> Value {
    let mut block = json!({ "type": "tool_result", "tool_use_id": outcome.call, "content": outcome.text });
    if let (false, Some(block)) = (outcome.success, block.as_object_mut()) {
        block.insert("is_error".to_owned(), true.into());
    }
    block
}
