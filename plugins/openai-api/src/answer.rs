//! What a turn came to, in the words of this API.

use crate::error::ApiError;
use axum::http::StatusCode;
use galatea::{
    model::Usage,
    turn::{RunRecord, RunStatus, TurnEvent},
};
use serde_json::{Value, json};

/// Between the replies of one turn, where they stand in one text.
pub(crate) const BETWEEN: &str = "\n\n";

/// Why a turn has no answer, if it has none.
pub(crate) fn failure(record: &RunRecord) -> Option<ApiError> {
    let why = record.error.clone();
    let (status, code, otherwise) = match record.status {
        RunStatus::Completed | RunStatus::Waiting => return None,
        RunStatus::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "turn_failed", "The turn failed."),
        RunStatus::Parked => (StatusCode::INTERNAL_SERVER_ERROR, "turn_parked", "The turn was set aside."),
        RunStatus::Timeout => (StatusCode::GATEWAY_TIMEOUT, "turn_timeout", "The turn took too long."),
        RunStatus::Cancelled => (StatusCode::CONFLICT, "turn_cancelled", "The turn was cancelled."),
        RunStatus::Interrupted | RunStatus::Running => {
            (StatusCode::SERVICE_UNAVAILABLE, "interrupted", "The agent ended in the middle.")
        }
    };
    let message = why.unwrap_or_else(|| otherwise.to_owned());
    // The message has been heard: the same request once more would be another message.
    Some(ApiError::new(status, message).code(code).never_again())
}

/// What all model calls of a turn used.
pub(crate) fn usage(record: &RunRecord) -> Usage {
    record.model_calls.iter().fold(Usage::default(), |all, call| all.and(call.usage))
}

/// Whether the answer ends in the middle because it grew too long.
pub(crate) fn is_cut(record: &RunRecord) -> bool {
    record.model_calls.iter().rev().find(|call| call.is_of_turn()).is_some_and(|call| call.cut)
}

/// What a turn did, for programs that ask for it.
pub(crate) fn event(event: &TurnEvent) -> Option<Value> {
    match event {
        TurnEvent::Started { run } => Some(json!({ "event": "started", "run": run })),
        TurnEvent::Retracted => Some(json!({ "event": "retracted" })),
        TurnEvent::ActionStarted { action, arguments } => {
            Some(json!({ "event": "action-started", "action": action, "arguments": arguments }))
        }
        TurnEvent::ActionCompleted { action, result, micros } => {
            Some(json!({ "event": "action-completed", "action": action, "result": result, "micros": micros }))
        }
        TurnEvent::Text(_) | TurnEvent::Reply(_) | TurnEvent::Ended(_) => None,
    }
}

/// What is told of a whole turn to programs that ask for it.
pub(crate) fn summary(record: &RunRecord) -> Value {
    let actions = record.steps.iter().map(|step| {
        json!({ "action": step.action, "arguments": step.arguments, "status": step.status, "result": step.result })
    });
    json!({
        "run": record.run,
        "room": record.room,
        "status": record.status,
        "actions": actions.collect::<Vec<_>>(),
        "approval": record.waiting_approval(),
    })
}
