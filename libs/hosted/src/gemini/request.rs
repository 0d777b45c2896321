//! The body of a request for content.

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

/// What stands for a signature that is not kept any more; the server takes it and does not check.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

pub(super) fn body(asked: &Asked<'_>) -> Value {
    let prompt = asked.prompt("responseJsonSchema");
    let mut body = Map::new();
    if !prompt.system.is_empty() {
        body.insert("systemInstruction".to_owned(), json!({ "parts": [{ "text": prompt.system }] }));
    }
    body.insert("contents".to_owned(), contents(asked));
    if !prompt.tools.is_empty() {
        let functions: Vec<Value> = prompt.tools.iter().map(function).collect();
        body.insert("tools".to_owned(), json!([{ "functionDeclarations": functions }]));
    }
    let config = config(asked, prompt.schema);
    if !config.is_empty() {
        body.insert("generationConfig".to_owned(), Value::Object(config));
    }
    Value::Object(body)
}

fn config(asked: &Asked<'_>, schema: Option<Value>) -> Map<String, Value> {
    let given = &asked.request.parameters;
    let mut config = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        config.extend(asked.taken(name, value).map(|value| (name.to_owned(), value)));
    };
    put("temperature", given.temperature.map(Value::from));
    put("topP", given.top_p.map(Value::from));
    put("topK", given.top_k.map(Value::from));
    put("seed", given.seed.map(Value::from));
    put("frequencyPenalty", given.frequency_penalty.map(Value::from));
    put("presencePenalty", given.presence_penalty.map(Value::from));
    put("stopSequences", given.stop.clone().map(Value::from));
    put("maxOutputTokens", given.max_tokens.map(Value::from));
    put("thinkingConfig", thinking(asked));
    if let Some(schema) = schema {
        put("responseMimeType", Some("application/json".into()));
        put("responseJsonSchema", Some(schema::closed(&schema)));
    } else if asked.request.schema().is_some() {
        put("responseMimeType", Some("application/json".into()));
    }
    config
}

/// The newer models have levels, the older ones a number of tokens.
fn thinking(asked: &Asked<'_>) -> Option<Value> {
    let effort = asked.effort()?;
    let (level, budget) = match effort {
        Effort::Minimal => ("minimal", 0),
        Effort::Low => ("low", 1024),
        Effort::Medium => ("medium", 8192),
        Effort::High => ("high", 24576),
    };
    // A level that a model does not know is replaced by the nearest one that it does.
    let nearest = [level, "low", "high"];
    match asked.first_taken("thinkingLevel", nearest) {
        Some(level) => Some(json!({ "thinkingLevel": level })),
        None => asked.taken("thinkingBudget", Some(json!({ "thinkingBudget": budget }))),
    }
}

fn function(tool: &Tool) -> Value {
    json!({ "name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters })
}

fn contents(asked: &Asked<'_>) -> Value {
    let said = conversation(asked.request);
    let context = asked.request.context.as_str();
    let question = question(&said);
    let told = |context: &str| json!({ "text": format!("<context>\n{context}\n</context>") });
    let mut contents = Vec::with_capacity(said.len() + 1);
    if question.is_none() {
        let begin =
            if context.is_empty() { json!({ "text": "(The conversation begins.)" }) } else { told(context) };
        contents.push(json!({ "role": "user", "parts": [begin] }));
    }
    for (place, one) in said.iter().enumerate() {
        contents.push(match one {
            Said::User { text, media } => {
                // What changes from turn to turn stands behind what does not, so that the server's cache of prompts serves.
                let is_question = Some(place) == question && !context.is_empty();
                let mut parts: Vec<Value> = is_question.then(|| told(context)).into_iter().collect();
                parts.extend(media.iter().map(|one| shown(one)));
                parts.extend((!text.is_empty()).then(|| json!({ "text": text })));
                json!({ "role": "user", "parts": parts })
            }
            Said::Agent { text, calls } => agent(asked, text, calls),
            Said::Results(outcomes) => {
                let parts: Vec<Value> = outcomes.iter().map(result).collect();
                json!({ "role": "user", "parts": parts })
            }
        });
    }
    contents.into()
}

pub(super) fn shown(media: &Media) -> Value {
    let is_taken = ["image", "audio", "video"].iter().any(|kind| media.is(kind))
        || media.media_type == "application/pdf";
    if is_taken {
        json!({ "inlineData": { "mimeType": media.media_type, "data": media.base64() } })
    } else {
        json!({ "text": unseen(media) })
    }
}

fn agent(asked: &Asked<'_>, text: &str, calls: &[&ToolCall]) -> Value {
    let text = (!text.is_empty()).then(|| json!({ "text": text }));
    let calls = calls.iter().enumerate().map(|(place, call)| {
        let mut part =
            json!({ "functionCall": { "id": call.id, "name": call.name, "args": call.arguments } });
        // Of calls that were made together, only the first one is signed.
        let signature = asked.kept.of_call(&call.id).or_else(|| (place == 0).then(|| NO_SIGNATURE.into()));
        if let (Some(signature), Some(part)) = (signature, part.as_object_mut()) {
            part.insert("thoughtSignature".to_owned(), signature);
        }
        part
    });
    let parts: Vec<Value> = text.into_iter().chain(calls).collect();
    json!({ "role": "model", "parts": parts })
}

fn result(outcome: &Outcome<'_>) -> Value {
    let key = if outcome.success { "output" } else { "error" };
    let response = Map::from_iter([(key.to_owned(), Value::from(outcome.text))]);
    json!({ "functionResponse": { "id": outcome.call, "name": outcome.name, "response": response } })
}
