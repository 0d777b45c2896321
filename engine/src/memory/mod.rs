//! What an agent keeps: memories, and the rooms, worlds and entities they belong to.
//!
//! Plain data, the same for every [`Store`](crate::store::Store). Names and fields follow elizaOS 1.7.2 where
//! it has them; JSON and storage use kebab-case keys.

mod content;
mod place;

pub use content::*;
pub use place::*;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What a memory is. Serialised in kebab-case; other names are kinds of a plugin's own.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum MemoryKind {
    /// Something said in a room.
    Message,
    /// Something the agent holds to be true.
    Fact,
    /// A whole document.
    Document,
    /// A piece of a document.
    Fragment,
    /// The outcome of an action.
    ActionResult,
    /// A kind of a plugin's own.
    Custom(String),
}

impl MemoryKind {
    /// The name in storage, e.g. `action-result`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Message => "message",
            Self::Fact => "fact",
            Self::Document => "document",
            Self::Fragment => "fragment",
            Self::ActionResult => "action-result",
            Self::Custom(name) => name,
        }
    }

    /// The kind of this name; an unknown one is [`Custom`](Self::Custom).
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "message" => Self::Message,
            "fact" => Self::Fact,
            "document" => Self::Document,
            "fragment" => Self::Fragment,
            "action-result" => Self::ActionResult,
            other => Self::Custom(other.to_owned()),
        }
    }
}

/// One thing remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Memory {
    /// Identifies it for ever; the same id twice is the same memory.
    pub id: Uuid,
    /// What it is.
    pub kind: MemoryKind,
    /// The agent whose memory it is.
    pub agent: Uuid,
    /// Whose doing it is: who said the message, whom the fact is about.
    pub entity: Uuid,
    /// Where it happened.
    pub room: Uuid,
    /// The world of the room, if it has one.
    pub world: Option<Uuid>,
    /// When it happened.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// Its place in its room: 1, 2, 3 …; given by the store.
    #[serde(default)]
    pub sequence: i64,
    /// What it says.
    pub content: Content,
    /// Anything else, as a JSON object; `null` where there is nothing.
    #[serde(default)]
    pub metadata: Value,
}
