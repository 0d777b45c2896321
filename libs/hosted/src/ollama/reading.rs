//! Answers of a chat.

use crate::{
    Kept, Reading, Refusal,
    building::{Building, malformed},
};
use galatea::model::{ModelAnswer, ModelError, Usage};
use serde::Deserialize;
use serde_json::{Value, json};

/// Reads a chat's answer.
#[derive(Debug, Default)]
pub struct OllamaReading {
    building: Building,
}

#[derive(Debug, Deserialize)]
struct Answer {
    model: Option<String>,
    message: Option<Message>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    prompt_eval_cached_count: Option<u64>,
    eval_count: Option<u64>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Message {
    content: Option<String>,
    tool_calls: Option<Vec<Call>>,
}

#[derive(Debug, Deserialize)]
struct Call {
    id: Option<String>,
    function: Function,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    arguments: Value,
}

impl Reading for OllamaReading {
    fn push(&mut self, data: &str) -> Result<Option<String>, ModelError> {
        let answer: Answer =
            serde_json::from_str(data).map_err(|error| malformed("a piece of the answer", &error))?;
        if let Some(error) = answer.error {
            return Err(Refusal::in_stream(&json!({ "error": error })).error);
        }
        self.building.by_model(answer.model);
        let mut shown = None;
        if let Some(message) = answer.message {
            for call in message.tool_calls.into_iter().flatten() {
                self.building.whole_call(call.id.as_deref(), &call.function.name, &call.function.arguments);
            }
            shown = self.building.text(message.content);
        }
        if answer.done {
            self.building.ended = true;
            self.building.answer.cut = answer.done_reason.as_deref() == Some("length");
            let counted = |count: Option<u64>| count.unwrap_or_default();
            let cached = counted(answer.prompt_eval_cached_count);
            let all = Usage::new(counted(answer.prompt_eval_count), counted(answer.eval_count));
            self.building.used(Usage { cached, ..all });
        }
        Ok(shown)
    }

    fn whole(&mut self, body: &str) -> Result<(), ModelError> {
        self.push(body).map(drop)
    }

    fn is_over(&self) -> bool {
        self.building.ended
    }

    fn is_done(&self) -> bool {
        self.building.ended
    }

    fn finish(self, _: &Kept) -> Result<ModelAnswer, ModelError> {
        self.building.finish()
    }
}
