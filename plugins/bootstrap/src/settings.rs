//! What can be chosen about basic conduct.

use galatea::prelude::*;

/// Settings of basic conduct.
#[config]
#[derive(Clone, Debug, PartialEq, Eq)]
#[serde(default)]
pub struct Settings {
    /// Whether the agent looks back at conversations and keeps facts and relationships; each time costs one
    /// call of the small text model, after the reply.
    pub reflection: bool,
    /// It looks back after so many messages of a room, and earlier when somebody says something about themselves.
    #[schemars(range(min = 1, max = 1000))]
    pub reflect_every: u32,
    /// How many facts about the sender and the room are told to the model.
    #[schemars(range(min = 0, max = 100))]
    pub facts: u32,
    /// How many relationships of the sender are told, the strongest first.
    #[schemars(range(min = 0, max = 1000))]
    pub relationships: u32,
    /// For how many minutes the text of an attachment is told; after that only its title and description.
    pub attachment_minutes: u32,
    /// How many of the character's example conversations are told.
    #[schemars(range(min = 0, max = 100))]
    pub examples: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reflection: true,
            reflect_every: 8,
            facts: 6,
            relationships: 30,
            attachment_minutes: 60,
            examples: 5,
        }
    }
}
