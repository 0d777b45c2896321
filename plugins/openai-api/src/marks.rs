//! What this API writes into the messages that come through it, and reads again.

use galatea::memory::Content;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The key in a message's content.
const KEY: &str = "openai";

/// What a message carries of the request through which it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Marks {
    /// What the program wants of the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) instructions: Vec<String>,
    /// It asked for a response that may be read later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<Asked>,
}

/// What a response repeats of the request for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Asked {
    /// Whether it may be read later.
    pub(crate) store: bool,
    /// The response that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<String>,
    /// The conversation, as the program calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conversation: Option<String>,
    /// The person, as the program calls them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// `instructions` of the request itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instructions: Option<String>,
    /// `metadata` of the request.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) metadata: Map<String, Value>,
}

impl Marks {
    /// What a message carries; nothing of one that came another way.
    pub(crate) fn of(content: &Content) -> Self {
        let marks = content.extra.get(KEY).cloned();
        marks.and_then(|marks| serde_json::from_value(marks).ok()).unwrap_or_default()
    }

    /// Writes them.
    pub(crate) fn write(&self, content: &mut Content) {
        if *self != Self::default()
            && let Ok(marks) = serde_json::to_value(self)
        {
            content.extra.insert(KEY.to_owned(), marks);
        }
    }
}
