//! What an action gives back.

use crate::{
    citation::{CITATIONS, Citation},
    memory::Attachment,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where the metadata of a result has the files that it gave.
const ATTACHMENTS: &str = "attachments";

/// The result of an action. `Err`, a panic and a timeout become a failed one; nothing is lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct ActionResult {
    /// Whether it did what it should. Default true.
    pub success: bool,
    /// What happened, in words; the model reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Values for the state: later actions, providers and templates see them.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
    /// What later actions may read with [`Previous`](crate::extract::Previous).
    #[serde(skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Anything about the run itself: durations, confidence.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

impl Default for ActionResult {
    fn default() -> Self {
        Self {
            success: true,
            text: None,
            values: Map::new(),
            data: Value::Null,
            error: None,
            metadata: Map::new(),
        }
    }
}

impl ActionResult {
    /// A success with a text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// A failure with its cause.
    #[must_use]
    pub fn failure(error: impl Into<String>) -> Self {
        Self { success: false, error: Some(error.into()), ..Self::default() }
    }

    /// The same with data for later actions.
    ///
    /// # Errors
    /// If the data cannot be JSON, e.g. a map whose keys are not texts.
    pub fn with_data(mut self, data: &impl Serialize) -> Result<Self, serde_json::Error> {
        self.data = serde_json::to_value(data)?;
        Ok(self)
    }

    /// The same with one more value for the state.
    #[must_use]
    pub fn with_value(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// The same with where its text comes from; a reply that refers to one by its label, or quotes it, carries it. Kept in
    /// the metadata.
    #[must_use]
    pub fn with_citations(mut self, citations: &[Citation]) -> Self {
        self.metadata.insert(CITATIONS.to_owned(), serde_json::json!(citations));
        self
    }

    /// Where its text comes from.
    #[must_use]
    pub fn citations(&self) -> Vec<Citation> {
        let kept = self.metadata.get(CITATIONS).cloned();
        kept.and_then(|kept| serde_json::from_value(kept).ok()).unwrap_or_default()
    }

    /// The same with files, e.g. pictures: the next thing that the agent says in the turn carries them. Kept in the metadata.
    #[must_use]
    pub fn with_attachments(mut self, attachments: &[Attachment]) -> Self {
        if !attachments.is_empty() {
            self.metadata.insert(ATTACHMENTS.to_owned(), serde_json::json!(attachments));
        }
        self
    }

    /// The files that it gave.
    #[must_use]
    pub fn attachments(&self) -> Vec<Attachment> {
        let kept = self.metadata.get(ATTACHMENTS).cloned();
        kept.and_then(|kept| serde_json::from_value(kept).ok()).unwrap_or_default()
    }

    /// The text or the error, whichever there is; else `done` or `failed`.
    #[must_use]
    pub fn summary(&self) -> &str {
        let first = if self.success { &self.text } else { &self.error };
        let second = if self.success { &self.error } else { &self.text };
        first.as_deref().or(second.as_deref()).unwrap_or(if self.success { "done" } else { "failed" })
    }
}
