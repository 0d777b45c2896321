//! Answers of chat completions.

use super::Dialect;
use crate::{
    Kept, Reading, Refusal,
    building::{Building, malformed},
};
use galatea::{
    budget::Money,
    model::{ModelAnswer, ModelError, Usage},
    service::kind::Media,
};
use serde::Deserialize;
use serde_json::Value;

/// Reads an answer of chat completions.
#[derive(Debug, Default)]
pub struct OpenAiReading {
    building: Building,
    /// The last event came: nothing more belongs to it.
    over: bool,
    /// Something of the answer itself came.
    chosen: bool,
    /// The server counts the cost, in dollars.
    costs: bool,
    /// Thoughts that OpenRouter wants back with the results of the calls.
    thoughts: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct Completion {
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Tokens>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(alias = "message")]
    delta: Option<Message>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Message {
    content: Option<Content>,
    refusal: Option<String>,
    tool_calls: Option<Vec<Call>>,
    images: Option<Vec<Image>>,
    reasoning_details: Option<Vec<Value>>,
}

/// A text, or parts of which some are text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Call {
    index: Option<u64>,
    id: Option<String>,
    function: Option<Function>,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: Option<String>,
    arguments: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Image {
    image_url: Address,
}

#[derive(Debug, Deserialize)]
struct Address {
    url: String,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<Details>,
    completion_tokens_details: Option<Details>,
    // The newer names, as the servers of pictures and sound use them.
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cost: Option<f64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
}

impl Tokens {
    pub(super) fn usage(&self) -> Usage {
        let (prompt, completion) = (
            self.prompt_tokens_details.unwrap_or_default(),
            self.completion_tokens_details.unwrap_or_default(),
        );
        Usage {
            prompt: self.prompt_tokens.or(self.input_tokens).unwrap_or_default(),
            completion: self.completion_tokens.or(self.output_tokens).unwrap_or_default(),
            cached: prompt.cached_tokens.unwrap_or_default(),
            stored: prompt.cache_write_tokens.unwrap_or_default(),
            reasoning: completion.reasoning_tokens.unwrap_or_default(),
            ..Usage::default()
        }
    }
}

impl OpenAiReading {
    pub(super) fn of(dialect: Dialect) -> Self {
        Self { costs: dialect == Dialect::OpenRouter, ..Self::default() }
    }

    fn take(&mut self, data: &str) -> Result<Option<String>, ModelError> {
        let completion: Completion =
            serde_json::from_str(data).map_err(|error| malformed("a piece of the answer", &error))?;
        if let Some(error) = completion.error.filter(|error| !error.is_null()) {
            return Err(Refusal::in_stream(&serde_json::json!({ "error": error })).error);
        }
        self.building.by_model(completion.model);
        if let Some(tokens) = completion.usage {
            let cost = tokens.cost.filter(|_| self.costs).and_then(Money::from_dollars);
            self.building.used(Usage { cost, ..tokens.usage() });
        }
        let mut shown = None;
        // One answer was asked for.
        if let Some(choice) = completion.choices.into_iter().next() {
            self.chosen = true;
            shown = choice.delta.map(|message| self.message(message)).transpose()?.flatten();
            if let Some(reason) = choice.finish_reason {
                self.end(&reason)?;
            }
        }
        Ok(shown)
    }

    fn message(&mut self, message: Message) -> Result<Option<String>, ModelError> {
        for (place, call) in message.tool_calls.into_iter().flatten().enumerate() {
            let function = call.function.unwrap_or(Function { name: None, arguments: None });
            let arguments = function.arguments.map(|arguments| match arguments {
                Value::String(text) => text,
                other => other.to_string(),
            });
            let at = call.index.unwrap_or(place as u64);
            self.building.call(at, call.id.as_deref(), function.name.as_deref(), arguments.as_deref());
        }
        for image in message.images.into_iter().flatten() {
            self.building.answer.media.push(picture(&image.image_url.url)?);
        }
        self.thoughts.extend(message.reasoning_details.into_iter().flatten());
        let content = message.content.map(|content| match content {
            Content::Text(text) => text,
            Content::Parts(parts) => parts.into_iter().filter_map(|part| part.text).collect(),
        });
        Ok(self.building.text(content.filter(|text| !text.is_empty()).or(message.refusal)))
    }

    fn end(&mut self, reason: &str) -> Result<(), ModelError> {
        match reason {
            "length" => self.building.answer.cut = true,
            "content_filter" => self.building.withheld = Some("content filter".to_owned()),
            "error" => {
                return Err(ModelError::Unavailable(
                    "the model failed in the middle of its answer".to_owned(),
                ));
            }
            _ => {}
        }
        self.building.ended = true;
        Ok(())
    }
}

/// A picture from an address that holds it.
fn picture(url: &str) -> Result<Media, ModelError> {
    let held = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let (kind, data) = held.ok_or_else(|| {
        ModelError::Unavailable("the picture was answered as an address, which is not fetched".to_owned())
    })?;
    Media::from_base64(kind, data).map_err(|error| malformed("the picture", &error))
}

impl Reading for OpenAiReading {
    fn push(&mut self, data: &str) -> Result<Option<String>, ModelError> {
        if data.trim() == "[DONE]" {
            self.over = true;
            return Ok(None);
        }
        self.take(data)
    }

    fn whole(&mut self, body: &str) -> Result<(), ModelError> {
        self.take(body)?;
        // Some servers leave the reason out; none leaves the answer out.
        self.building.ended |= self.chosen;
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.over || self.building.ended
    }

    fn is_done(&self) -> bool {
        self.over
    }

    fn finish(self, kept: &Kept) -> Result<ModelAnswer, ModelError> {
        if let (Some(call), false) = (self.building.first_call(), self.thoughts.is_empty()) {
            kept.note(call, self.thoughts.into());
        }
        self.building.finish()
    }
}
