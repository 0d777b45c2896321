//! A response as clients know it.

use crate::{answer, error::ApiError, marks::Asked};
use galatea::turn::RunRecord;
use serde_json::{Value, json};
use uuid::Uuid;

/// What is known of a response before it is made.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) run: Uuid,
    /// When it was asked for, in seconds of Unix time.
    pub(super) created: i64,
    pub(super) model: String,
    pub(super) asked: Asked,
}

impl Frame {
    /// The id of the response.
    pub(super) fn id(&self) -> String {
        format!("resp_{}", self.run.simple())
    }

    /// The id of what was said as this one, from 1.
    pub(super) fn item_id(&self, number: usize) -> String {
        format!("msg_{}{number:04x}", self.run.simple())
    }

    /// The response at one of its stages.
    pub(super) fn at(&self, status: &str, output: &[Value]) -> Value {
        let Asked { store, previous, conversation, user, instructions, metadata } = &self.asked;
        json!({
            "id": self.id(),
            "object": "response",
            "created_at": self.created,
            "status": status,
            "background": false,
            "error": null,
            "incomplete_details": null,
            "instructions": instructions,
            "max_output_tokens": null,
            "metadata": metadata,
            "model": self.model,
            "output": output,
            "parallel_tool_calls": false,
            "previous_response_id": previous,
            "conversation": conversation.as_ref().map(|id| json!({ "id": id })),
            "reasoning": { "effort": null, "summary": null },
            "service_tier": "default",
            "store": store,
            "temperature": null,
            "text": { "format": { "type": "text" } },
            "tool_choice": "none",
            "tools": [],
            "top_p": null,
            "truncation": "disabled",
            "usage": null,
            "user": user,
        })
    }
}

/// The run of a response's id.
pub(super) fn run_of(id: &str) -> Option<Uuid> {
    Uuid::try_parse(id.strip_prefix("resp_")?).ok()
}

/// Something that was said.
pub(super) fn item(id: &str, status: &str, text: Option<&str>) -> Value {
    let content: Vec<Value> = text.map(part).into_iter().collect();
    json!({ "id": id, "type": "message", "role": "assistant", "status": status, "content": content })
}

/// Its text.
pub(super) fn part(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] })
}

/// The whole response.
pub(super) fn whole<'t>(
    frame: &Frame,
    texts: impl IntoIterator<Item = &'t str>,
    record: &RunRecord,
) -> Value {
    let texts = texts.into_iter().map(str::trim).filter(|text| !text.is_empty());
    let output =
        texts.enumerate().map(|(index, text)| item(&frame.item_id(index + 1), "completed", Some(text)));
    ended(frame, &output.collect::<Vec<_>>(), record)
}

/// The response when the turn is over.
pub(super) fn ended(frame: &Frame, output: &[Value], record: &RunRecord) -> Value {
    let failure = answer::failure(record);
    let is_cut = answer::is_cut(record);
    let status = match failure {
        Some(_) => "failed",
        None if is_cut => "incomplete",
        None => "completed",
    };
    let mut response = frame.at(status, output);
    if let Some(failure) = failure {
        response["error"] = error(&failure);
    } else if is_cut {
        response["incomplete_details"] = json!({ "reason": "max_output_tokens" });
    }
    let usage = answer::usage(record);
    response["usage"] = json!({
        "input_tokens": usage.prompt,
        "input_tokens_details": { "cached_tokens": usage.cached },
        "output_tokens": usage.completion,
        "output_tokens_details": { "reasoning_tokens": usage.reasoning },
        "total_tokens": usage.tokens(),
    });
    response
}

/// Why there is none, within a response.
pub(super) fn error(failure: &ApiError) -> Value {
    json!({ "code": "server_error", "message": failure.message() })
}
