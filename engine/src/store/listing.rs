//! Lists for who looks at what is stored: a page at a time.

use super::{MemoryQuery, StoreError, StoredRun};
use crate::memory::{Entity, Memory, Room};
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

/// Which runs to list; every field that is set must fit. The default is the newest 50.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunQuery {
    /// Only of this room.
    pub room: Option<Uuid>,
    /// Only with this status, e.g. `completed`.
    pub status: Option<String>,
    /// Only those that come after this run in the list. One that is not there any more leaves nothing.
    pub before: Option<Uuid>,
    /// At most so many.
    pub limit: usize,
}

impl Default for RunQuery {
    fn default() -> Self {
        Self { room: None, status: None, before: None, limit: 50 }
    }
}

/// Which rooms to list. The default is the 50 in which something was said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomQuery {
    /// Only those in which this entity takes part.
    pub entity: Option<Uuid>,
    /// Only those that come after this place in the list.
    pub before: Option<RoomPlace>,
    /// At most so many.
    pub limit: usize,
}

impl Default for RoomQuery {
    fn default() -> Self {
        Self { entity: None, before: None, limit: 50 }
    }
}

/// The place of a room in the list: by its last message, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomPlace {
    /// When its last message was said; `None` where none was, which comes last.
    pub last: Option<Timestamp>,
    /// The room.
    pub room: Uuid,
}

/// A room in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRoom {
    /// The room.
    pub room: Room,
    /// When its last message was said, if any was.
    pub last: Option<Timestamp>,
}

impl ListedRoom {
    /// Its place in the list.
    #[must_use]
    pub const fn place(&self) -> RoomPlace {
        RoomPlace { last: self.last, room: self.room.id }
    }
}

/// Lists of what is stored. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait ListingStore: Send + Sync {
    /// The runs that fit, newest first, in the order of [`runs`](super::RunStore::runs).
    async fn list_runs(&self, query: &RunQuery) -> Result<Vec<StoredRun>, StoreError>;
    /// The rooms that fit: those first in which something was said last, by the message with the highest number; of equal ones
    /// by id, the highest first.
    async fn list_rooms(&self, query: &RoomQuery) -> Result<Vec<ListedRoom>, StoreError>;
    /// Entities by id, from behind this one on.
    async fn list_entities(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<Entity>, StoreError>;
    /// The memories that fit, newest first in the order of adding, from before this one on. One that is not there any more
    /// leaves nothing. The query's `before` is of no account.
    async fn list_memories(
        &self,
        query: &MemoryQuery,
        before: Option<Uuid>,
    ) -> Result<Vec<Memory>, StoreError>;
}
