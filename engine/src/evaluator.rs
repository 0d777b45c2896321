//! What an evaluator gives.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an evaluator thinks of a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
