//! What of a turn has to be the same when it is played again.

use crate::{
    action::ActionResult,
    memory::Memory,
    turn::{RunRecord, StepRecord},
};
use serde_json::{Value, json};

/// The turn without ids, times, and who answered.
pub(super) fn transcript(record: &RunRecord, replies: &[Memory]) -> Value {
    let said =
        |reply: &Memory| json!({ "text": reply.content.text, "attachments": reply.content.attachments });
    let answered = record.model_calls.iter().filter(|call| call.is_of_turn() && call.provider != "none");
    json!({
        "status": record.status.name(),
        "error": record.error,
        "responded": record.responded,
        "model-answers": answered.count(),
        "steps": record.steps.iter().map(step).collect::<Vec<_>>(),
        "replies": replies.iter().map(said).collect::<Vec<_>>(),
    })
}

fn step(step: &StepRecord) -> Value {
    let result = step.result.as_ref().map(|result| {
        let mut result: ActionResult = result.clone();
        // The engine's own note; actions that there are not have none.
        result.metadata.remove("action");
        result
    });
    json!({ "action": step.action, "arguments": step.arguments, "status": step.status, "result": result })
}
