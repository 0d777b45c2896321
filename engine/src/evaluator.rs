//! What an evaluator gives, and what it looks at when it looks at several turns at once.

use crate::{
    memory::{Entity, Memory},
    store::RoomSnapshot,
    turn::Composed,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// What an evaluator thinks of a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Evaluation {
    /// How much of what it looks for is there, 0 to 1.
    pub score: f64,
    /// Whether the turn passes. A gate that does not pass holds the reply.
    pub passed: bool,
    /// Anything else.
    #[serde(default)]
    pub metadata: Value,
    /// From a gate: say this instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<String>,
}

impl Evaluation {
    /// A score, clamped to 0 to 1, that passes or does not.
    #[must_use]
    pub fn new(score: f64, passed: bool) -> Self {
        Self { score: score.clamp(0.0, 1.0), passed, metadata: Value::Null, rewrite: None }
    }
}

/// What the batch form of an evaluator gives: for each turn, in their order, what it thinks of it, or why it does not know.
pub type Evaluations = Vec<Result<Option<Evaluation>, String>>;

/// A turn that ended, as the batch form of an evaluator sees it.
#[derive(Clone, Debug)]
pub struct FinishedTurn {
    /// The run.
    pub run: Uuid,
    /// The message that it was about.
    pub message: Arc<Memory>,
    /// Who sent the message.
    pub sender: Arc<Entity>,
    /// What the agent said, oldest first.
    pub replies: Vec<Arc<Memory>>,
    /// Room, world, participants and history as they were at the start of the turn.
    pub snapshot: Arc<RoomSnapshot>,
    /// What providers and actions told: text, values, data, working memory.
    pub composed: Arc<Composed>,
}
