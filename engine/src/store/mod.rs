//! Where an agent keeps what it remembers.
//!
//! [`Store`] is what a storage plugin implements (`#[storage]`); [`InMemory`] is the one that needs no plugin
//! and forgets at the end. Handlers reach it through the [`Memories`](crate::extract::Memories) extractor. One
//! behaviour suite, `testing::store`, runs on every implementation.

mod components;
mod in_memory;
mod scores;
mod task;

pub use components::{ComponentKey, ComponentQuery, ComponentScope, StoredComponent};
pub use in_memory::InMemory;
pub use scores::{Score, ScoreQuery, ScoreSummary, summarize, summarize_all};
pub use task::{StoredTask, TaskState};

use crate::memory::{Attention, Entity, Memory, MemoryKind, Relationship, Room, World};
use async_trait::async_trait;
use serde_json::Value;
use std::fmt::Debug;
use uuid::Uuid;

/// Why something could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The storage failed: disk full, file locked, connection lost. The text names the cause and the file or address.
    #[error("{0}")]
    Failed(String),
    /// The storage holds something that this version cannot read.
    #[error("the storage holds {what} that cannot be read: {why}")]
    Damaged {
        /// Which record.
        what: String,
        /// Why it cannot be read.
        why: String,
    },
}

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
    /// Only whose text contains this, in any case (compared [`without_case`]). No character is special; the
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

/// The record of a finished or running turn, as JSON; see [`RunRecord`](crate::turn::RunRecord).
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// Identifies the run.
    pub id: Uuid,
    /// Its room.
    pub room: Uuid,
    /// The message it is about.
    pub message: Uuid,
    /// `running`, `waiting`, `completed`, `failed`, `timeout`, `cancelled` or `interrupted`; see
    /// [`is_finished`](Self::is_finished).
    pub status: String,
    /// When it began.
    pub at: jiff::Timestamp,
    /// The whole record.
    pub record: Value,
}

impl StoredRun {
    /// The statuses after which nothing more happens. A run that is `running` is taken up again after a restart.
    pub const FINISHED: [&str; 5] = ["completed", "failed", "timeout", "cancelled", "interrupted"];

    /// The status of a run that goes on when a person has answered; a restart leaves it as it is.
    pub const WAITING: &str = "waiting";

    /// Whether the run came to its end, good or bad.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        Self::FINISHED.contains(&self.status.as_str())
    }

    /// Whether the run waits for a person.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.status == Self::WAITING
    }
}

/// The form in which texts are compared when their case does not matter: upper case, then lower case of every
/// character, so that `ß` is `ss` and all three forms of sigma are one. Stores search with it so that all find
/// the same.
#[must_use]
pub fn without_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
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

/// A storage of one agent's memories. Every method is safe to call from many tasks; a write is durable when it
/// returns, as far as the [`description`](Self::description) promises.
///
/// - Reads of unknown ids give `None` or less rows, never an error. Records may be written in any order: a memory of a room that
///   is written later is no error.
/// - Every record's `agent` is the agent of the store; a store that knows its agent refuses records of another.
/// - Text is kept to the last character, NUL and emoji included; JSON comes back with the same keys in the same order.
/// - A write of several records happens wholly or not at all, and a call whose future is dropped likewise.
#[async_trait]
pub trait Store: Send + Sync + Debug + 'static {
    /// What it is and where, for the load report, e.g. `SQLite at ada.db`.
    fn description(&self) -> String;

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

    /// Writes worlds, new or changed.
    async fn put_worlds(&self, worlds: &[World]) -> Result<(), StoreError>;
    /// All worlds, by id.
    async fn worlds(&self) -> Result<Vec<World>, StoreError>;
    /// Writes rooms, new or changed.
    async fn put_rooms(&self, rooms: &[Room]) -> Result<(), StoreError>;
    /// All rooms, by id.
    async fn rooms(&self) -> Result<Vec<Room>, StoreError>;
    /// Writes entities, new or changed.
    async fn put_entities(&self, entities: &[Entity]) -> Result<(), StoreError>;
    /// Reads entities by id, in no order, each once.
    async fn entities(&self, ids: &[Uuid]) -> Result<Vec<Entity>, StoreError>;
    /// Adds participants to a room; who is there stays.
    async fn add_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError>;
    /// Removes participants from a room; who is not there is no error.
    async fn remove_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError>;
    /// Sets how the agent stands to a room.
    async fn set_attention(&self, room: Uuid, attention: Attention) -> Result<(), StoreError>;

    /// Writes relationships. One of the same id, or from the same source to the same target, is replaced; the
    /// other direction is another relationship.
    async fn put_relationships(&self, relationships: &[Relationship]) -> Result<(), StoreError>;
    /// Relationships in which an entity takes part, on either side, by source and target.
    async fn relationships(&self, entity: Uuid) -> Result<Vec<Relationship>, StoreError>;

    /// Writes components of entities, new or in the place of those of the same key.
    async fn put_components(&self, components: &[StoredComponent]) -> Result<(), StoreError>;
    /// A component by its key.
    async fn component(&self, key: &ComponentKey) -> Result<Option<StoredComponent>, StoreError>;
    /// Components that fit, by entity, name, world and source; a scope without one of them stands first.
    async fn components(&self, query: &ComponentQuery) -> Result<Vec<StoredComponent>, StoreError>;
    /// Deletes components; how many there were.
    async fn delete_components(&self, keys: &[ComponentKey]) -> Result<usize, StoreError>;

    /// Writes a value under a key, for `ttl` or for ever; both, value and time, replace what was there.
    async fn set_cache(
        &self,
        key: &str,
        value: &Value,
        ttl: Option<std::time::Duration>,
    ) -> Result<(), StoreError>;
    /// Reads a value; `None` if there is none or its time is over.
    async fn cache(&self, key: &str) -> Result<Option<Value>, StoreError>;
    /// Deletes a value; that there is none is no error.
    async fn delete_cache(&self, key: &str) -> Result<(), StoreError>;

    /// Writes the record of a run, new or changed, together with memories (as
    /// [`add_memories`](Self::add_memories)), in one transaction.
    async fn put_run(&self, run: &StoredRun, memories: &[Memory]) -> Result<(), StoreError>;
    /// A run by its id.
    async fn run(&self, id: Uuid) -> Result<Option<StoredRun>, StoreError>;
    /// The newest runs by when they began, newest first; of two that began together the one written first comes last.
    async fn runs(&self, room: Option<Uuid>, limit: usize) -> Result<Vec<StoredRun>, StoreError>;
    /// The runs that [wait](StoredRun::is_waiting) for a person, oldest first; of two that began together the
    /// one written first comes first.
    async fn waiting(&self) -> Result<Vec<StoredRun>, StoreError>;
    /// Messages that were accepted and have no run that is [finished](StoredRun::is_finished) or
    /// [waits](StoredRun::is_waiting), in the order they were added: what a restart takes up again. What the
    /// agent said itself (`entity` is the agent) is not among them.
    async fn unfinished(&self) -> Result<Vec<Memory>, StoreError>;

    /// Adds a task; one whose id is there is left as it is. Whether it is new.
    async fn add_task(&self, task: &StoredTask) -> Result<bool, StoreError>;
    /// The tasks, those first about which [something is to be done](StoredTask::next) soonest, those last about which
    /// nothing is; of equal ones by id.
    async fn tasks(&self, limit: usize) -> Result<Vec<StoredTask>, StoreError>;
    /// A task by its id.
    async fn task(&self, id: Uuid) -> Result<Option<StoredTask>, StoreError>;
    /// Writes a task that was read before, if nobody changed or deleted it meanwhile: its revision is the one that is
    /// stored, which grows by one. Whether it was written. Of several that write at once, in whatever processes, one does.
    async fn put_task(&self, task: &StoredTask) -> Result<bool, StoreError>;
    /// Deletes a task; whether there was one.
    async fn delete_task(&self, id: Uuid) -> Result<bool, StoreError>;
    /// Adds scores, all or none. One whose id is already there is left as it is.
    async fn add_scores(&self, scores: &[Score]) -> Result<(), StoreError>;
    /// Reads the newest scores that fit, oldest first; of those given at one moment the one written first comes first.
    async fn scores(&self, query: &ScoreQuery) -> Result<Vec<Score>, StoreError>;

    /// Ends it; what is written is safe. Later calls may fail; closing twice is no error.
    async fn close(&self) -> Result<(), StoreError>;
}
