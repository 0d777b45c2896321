//! What a memory says.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The content of a memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Content {
    /// The text.
    pub text: String,
    /// Why it was said; never shown to users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thought: Option<String>,
    /// The actions that were chosen with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// The providers that were asked for with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
    /// Where it came from: `chat`, `api`, `discord` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The message it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<Uuid>,
    /// Files and links that come with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// How it addresses the agent.
    #[serde(skip_serializing_if = "Mention::is_none")]
    pub mention: Mention,
    /// Anything else.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Content {
    /// Content of text only.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

impl<T: Into<String>> From<T> for Content {
    fn from(text: T) -> Self {
        Self::text(text)
    }
}

/// How a message addresses the agent, as the platform says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Mention {
    /// It names the agent (`@agent`).
    pub mention: bool,
    /// It answers something the agent said.
    pub reply: bool,
    /// It stands in a thread with the agent.
    pub thread: bool,
}

impl Mention {
    /// Whether it does not address the agent at all.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A file or link that comes with a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Attachment {
    /// Identifies it within the message.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is in it, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its text, if it has been read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its media type, e.g. `image/png`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}
