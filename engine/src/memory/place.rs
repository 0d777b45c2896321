//! Where and between whom things happen: worlds, rooms, entities, participants, relationships.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A place with rooms in it: a Discord server, a Slack workspace, the terminal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct World {
    /// Identifies it.
    pub id: Uuid,
    /// The agent that knows it.
    pub agent: Uuid,
    /// Its name.
    pub name: String,
    /// The role of each entity in it; who is not named here is a guest.
    #[serde(default)]
    pub roles: BTreeMap<Uuid, Role>,
    /// Settings of this world, by name.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// Anything else.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// What an entity may do in a world.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Talks.
    #[default]
    Guest,
    /// Belongs to the world.
    Member,
    /// Manages it.
    Admin,
    /// Owns it.
    Owner,
}

impl Role {
    /// The name, e.g. `admin`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role of this name, in any case; `None` if there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Guest, Self::Member, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.name().eq_ignore_ascii_case(name.trim()))
    }
}

/// What kind of place a room is; the rules of responding depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RoomKind {
    /// The agent's own thoughts.
    #[serde(rename = "self")]
    Own,
    /// Two people.
    #[default]
    Dm,
    /// Several people.
    Group,
    /// Two people, by voice.
    VoiceDm,
    /// Several people, by voice.
    VoiceGroup,
    /// Posts that anyone may read.
    Feed,
    /// A side conversation.
    Thread,
    /// A whole world.
    World,
    /// A forum.
    Forum,
    /// A program.
    Api,
}

impl RoomKind {
    /// The name, e.g. `voice-dm`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Dm => "dm",
            Self::Group => "group",
            Self::VoiceDm => "voice-dm",
            Self::VoiceGroup => "voice-group",
            Self::Feed => "feed",
            Self::Thread => "thread",
            Self::World => "world",
            Self::Forum => "forum",
            Self::Api => "api",
        }
    }

    /// The kind of this name, `None` if there is none. Case does not matter, nor `_` for `-`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('_', "-");
        [
            Self::Own,
            Self::Dm,
            Self::Group,
            Self::VoiceDm,
            Self::VoiceGroup,
            Self::Feed,
            Self::Thread,
            Self::World,
            Self::Forum,
            Self::Api,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// A place where messages are exchanged in order: a channel, a direct chat, a thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Room {
    /// Identifies it.
    pub id: Uuid,
    /// The agent that knows it.
    pub agent: Uuid,
    /// Its name.
    pub name: String,
    /// What kind of place it is.
    pub kind: RoomKind,
    /// Where it lives: `chat`, `discord` …
    pub source: String,
    /// The world it is in.
    pub world: Option<Uuid>,
    /// Anything else.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// Somebody: a person, another agent, the agent itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Entity {
    /// Identifies them.
    pub id: Uuid,
    /// The agent that knows them.
    pub agent: Uuid,
    /// Their names, the current one first.
    pub names: Vec<String>,
    /// Anything else, among it contacts by platform.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

impl Entity {
    /// The current name; `somebody` for who has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.first().map_or("somebody", String::as_str)
    }
}

/// How the agent stands to a room, as it was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attention {
    /// Responds by the rules.
    #[default]
    Normal,
    /// Takes part without being named.
    Followed,
    /// Stays silent unless named.
    Muted,
}

impl Attention {
    /// The name in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Followed => "followed",
            Self::Muted => "muted",
        }
    }

    /// The attention of this name; an unknown one is [`Normal`](Self::Normal).
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "followed" => Self::Followed,
            "muted" => Self::Muted,
            _ => Self::Normal,
        }
    }
}

/// What one entity is to another, as the agent sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Relationship {
    /// Identifies it.
    pub id: Uuid,
    /// The agent that sees it.
    pub agent: Uuid,
    /// From whom.
    pub source: Uuid,
    /// To whom.
    pub target: Uuid,
    /// What it is: `friend`, `sister`, `works-with` …
    pub tags: Vec<String>,
    /// Anything else, e.g. `interactions`.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// When it was first seen.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
}
