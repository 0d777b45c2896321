//! Memories and what a turn reads of a room.

use super::StoreError;
use crate::memory::{Attention, Entity, Memory, MemoryKind, Room, World};
use async_trait::async_trait;
use uuid::Uuid;

/// Which memories to read; every field that is set must fit. The default is the newest 50 of every kind and room.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryQuery {
    /// Only of this kind.
    pub kind: Option<MemoryKind>,
    /// Only of this room.
    pub room: Option<Uuid>,
    /// Only of this entity.
    pub entity: Option<Uuid>,
    /// Only with a sequence number below this, in whichever room.
    pub before: Option<i64>,
    /// Only whose text contains this, in any case (compared [`without_case`](super::without_case)). No character is special; the
    /// empty text fits all.
    pub containing: Option<String>,
    /// At most so many, the newest ones.
    pub limit: usize,
}

impl Default for MemoryQuery {
    fn default() -> Self {
        Self { kind: None, room: None, entity: None, before: None, containing: None, limit: 50 }
    }
}

/// How much of a room's talk a snapshot holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// What others said after this message is left out; what the agent said is not. `None` leaves nothing out.
    pub until: Option<Uuid>,
    /// At most so many messages, the newest ones.
    pub messages: usize,
    /// At most so many action results, the newest ones.
    pub results: usize,
}

impl Window {
    /// The newest messages and as many action results.
    #[must_use]
    pub const fn newest(count: usize) -> Self {
        Self { until: None, messages: count, results: count }
    }
}

/// Everything that a turn reads at its start, in one call.
#[derive(Clone, Debug, Default)]
pub struct RoomSnapshot {
    /// The room, if it is known.
    pub room: Option<Room>,
    /// Its world.
    pub world: Option<World>,
    /// Who takes part, by id, the agent among them if it was added; participants that no entity is known of are
    /// left out.
    pub participants: Vec<Entity>,
    /// How the agent stands to the room.
    pub attention: Attention,
    /// The newest messages and action results, oldest first.
    pub history: Vec<Memory>,
}

/// Memories: what was said, done and learned. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait MemoryStore: Send + Sync {
    /// Adds memories in order, each with the next sequence number of its room, all or none. A memory whose id
    /// is already there (also: earlier in the same call) is left as it is and uses no number. The numbers of a
    /// room are 1, 2, 3 … without gaps, and one that was given is never given again, even if its memory is
    /// deleted. Returns, for each, its sequence number and whether it is new.
    async fn add_memories(&self, memories: &[Memory]) -> Result<Vec<(i64, bool)>, StoreError>;
    /// Reads the newest memories that fit, oldest first: by sequence in a room, across rooms in the order they
    /// were added.
    async fn memories(&self, query: &MemoryQuery) -> Result<Vec<Memory>, StoreError>;
    /// Reads memories by id, in no order, each once.
    async fn memories_by_id(&self, ids: &[Uuid]) -> Result<Vec<Memory>, StoreError>;
    /// Deletes memories; how many there were.
    async fn delete_memories(&self, ids: &[Uuid]) -> Result<usize, StoreError>;
    /// How many memories fit, without regard to the query's limit.
    async fn count_memories(&self, query: &MemoryQuery) -> Result<u64, StoreError>;
    /// Room, world, participants and what was said and done within the window, in one read.
    async fn snapshot(&self, room: Uuid, window: Window) -> Result<RoomSnapshot, StoreError>;
}
