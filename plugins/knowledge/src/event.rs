//! What the plugin tells.

use galatea::event::EventType;
use serde::Serialize;

/// The sources of the character were read, at the start or because files changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct KnowledgeRead {
    /// The documents that were not known.
    pub new: Vec<String>,
    /// The documents that changed.
    pub replaced: Vec<String>,
    /// The documents that are gone, or that the character does not name any more.
    pub removed: Vec<String>,
    /// How many documents are as they were.
    pub unchanged: usize,
    /// What could not be read, and why.
    pub failed: Vec<(String, String)>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

impl EventType for KnowledgeRead {
    const NAME: &'static str = "KNOWLEDGE_READ";
}

impl KnowledgeRead {
    /// Whether anything is different from before.
    #[must_use]
    pub const fn is_change(&self) -> bool {
        !self.new.is_empty() || !self.replaced.is_empty() || !self.removed.is_empty()
    }
}
