//! Generated content.

use crate::{
    Kept, Reading, Refusal,
    building::{Building, malformed},
};
use galatea::{
    model::{ModelAnswer, ModelError, Usage},
    service::kind::Media,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Reads generated content.
#[derive(Debug, Default)]
pub struct GeminiReading {
    building: Building,
    /// Something of the answer itself came.
    chosen: bool,
    /// The signatures of thoughts, by the ids of the calls that they belong to.
    signatures: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<Tokens>,
    model_version: Option<String>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Parts>,
    finish_reason: Option<String>,
    finish_message: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Parts {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    text: Option<String>,
    #[serde(default)]
    thought: bool,
    thought_signature: Option<String>,
    function_call: Option<Function>,
    inline_data: Option<Data>,
}

#[derive(Debug, Deserialize)]
struct Function {
    id: Option<String>,
    name: String,
    #[serde(default)]
    args: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    mime_type: String,
    data: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Tokens {
    prompt_token_count: u64,
    tool_use_prompt_token_count: u64,
    candidates_token_count: u64,
    thoughts_token_count: u64,
    cached_content_token_count: u64,
}

impl Tokens {
    /// The server counts thoughts apart from the answer.
    const fn usage(self) -> (u64, u64) {
        (
            self.prompt_token_count.saturating_add(self.tool_use_prompt_token_count),
            self.candidates_token_count.saturating_add(self.thoughts_token_count),
        )
    }
}

impl GeminiReading {
    fn take(&mut self, data: &str) -> Result<Option<String>, ModelError> {
        let content: Content =
            serde_json::from_str(data).map_err(|error| malformed("a piece of the answer", &error))?;
        if let Some(error) = content.error {
            return Err(Refusal::in_stream(&json!({ "error": error })).error);
        }
        self.building.by_model(content.model_version);
        if let Some(tokens) = content.usage_metadata {
            let (prompt, completion) = tokens.usage();
            self.building.used(Usage {
                cached: tokens.cached_content_token_count,
                reasoning: tokens.thoughts_token_count,
                ..Usage::new(prompt, completion)
            });
        }
        if let Some(reason) = content.prompt_feedback.and_then(|feedback| feedback.block_reason) {
            self.building.withheld = Some(format!("the prompt is blocked, {reason}"));
            self.building.ended = true;
        }
        let Some(candidate) = content.candidates.into_iter().next() else { return Ok(None) };
        self.chosen = true;
        let mut shown = String::new();
        for part in candidate.content.into_iter().flat_map(|content| content.parts) {
            shown.push_str(&self.part(part)?.unwrap_or_default());
        }
        if let Some(reason) = candidate.finish_reason {
            self.end(&reason, candidate.finish_message)?;
        }
        Ok(Some(shown).filter(|shown| !shown.is_empty()))
    }

    fn part(&mut self, part: Part) -> Result<Option<String>, ModelError> {
        if let Some(call) = part.function_call {
            let id = self.building.whole_call(call.id.as_deref(), &call.name, &call.args);
            self.signatures.extend(part.thought_signature.map(|signature| (id, signature)));
        }
        if let Some(data) = part.inline_data.filter(|_| !part.thought) {
            let media = Media::from_base64(data.mime_type, &data.data);
            self.building.answer.media.push(media.map_err(|error| malformed("what was made", &error))?);
        }
        Ok(self.building.text(part.text.filter(|_| !part.thought)))
    }

    fn end(&mut self, reason: &str, message: Option<String>) -> Result<(), ModelError> {
        match reason {
            "STOP" | "FINISH_REASON_UNSPECIFIED" => {}
            "MAX_TOKENS" => self.building.answer.cut = true,
            "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "OTHER" | "MALFORMED_RESPONSE" => {
                let why = message.unwrap_or_else(|| "the model could not finish its answer".to_owned());
                return Err(ModelError::Unavailable(format!("{reason}: {why}")));
            }
            other => self.building.withheld = Some(other.to_owned()),
        }
        self.building.ended = true;
        Ok(())
    }
}

impl Reading for GeminiReading {
    fn push(&mut self, data: &str) -> Result<Option<String>, ModelError> {
        self.take(data)
    }

    fn whole(&mut self, body: &str) -> Result<(), ModelError> {
        self.take(body)?;
        self.building.ended |= self.chosen;
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.building.ended
    }

    fn finish(self, kept: &Kept) -> Result<ModelAnswer, ModelError> {
        for (call, signature) in self.signatures {
            kept.note(&call, signature.into());
        }
        self.building.finish()
    }
}
