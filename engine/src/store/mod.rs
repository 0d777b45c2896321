//! Where an agent keeps what it remembers.
//!
//! [`Store`] is what a storage plugin implements (`#[storage]`); [`InMemory`] is the one that needs no plugin
//! and forgets at the end. Handlers reach it through the [`Memories`](crate::extract::Memories) extractor. One
//! behaviour suite, `testing::store`, runs on every implementation.

mod cache;
mod components;
mod entities;
mod in_memory;
mod inbox;
mod journal;
mod listing;
mod memories;
mod migrations;
mod person;
mod places;
mod runs;
mod scores;
mod search;
mod spending;
mod task;
mod tokens;
mod upkeep;

pub use cache::CacheStore;
pub use components::{ComponentKey, ComponentQuery, ComponentScope, ComponentStore, StoredComponent};
pub use entities::EntityStore;
pub use in_memory::InMemory;
pub use inbox::InboxStore;
pub use journal::{Effect, JournalStore};
pub use listing::{ListedRoom, ListingStore, RoomPlace, RoomQuery, RunQuery};
pub use memories::{MemoryQuery, MemoryStore, RoomSnapshot, Window};
pub use migrations::{MigrationStatus, MigrationStore, PluginMigrations};
pub use person::{Belongings, Erased, PersonStore};
pub use places::PlaceStore;
pub use runs::{RunStore, StoredRun};
pub use scores::{Score, ScoreQuery, ScoreStore, ScoreSummary, summarize, summarize_all};
pub use search::{
    Lacking, NewVector, Scored, SearchFilter, SearchStore, Space, SpaceStatus, query_words, text_hash,
    wants_vector,
};
pub use spending::{Account, Exceeded, Spending, SpendingStore};
pub use task::{StoredTask, TaskState, TaskStore};
pub use tokens::TokenStore;
pub use upkeep::{Limit, Limits, Restored, StorageStatus, Swept, UpkeepStore};

use crate::fabric::{Fabric, Lease};
use async_trait::async_trait;
use std::{fmt::Debug, sync::Arc};

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
    /// Another process has taken over the room that this write belongs to; nothing of it is kept. This process was
    /// silent for longer than its lease, and its work on the room ends here.
    #[error(
        "another process has taken over the room {room} (the lease {fence} is over), so nothing was written"
    )]
    Fenced {
        /// The room.
        room: uuid::Uuid,
        /// The fence of the lease that is over.
        fence: i64,
    },
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

/// A storage of one agent's memories. Every method is safe to call from many tasks; a write is durable when it
/// returns, as far as the [`description`](Self::description) promises.
///
/// - Reads of unknown ids give `None` or less rows, never an error. Records may be written in any order: a memory of a room that
///   is written later is no error.
/// - Every record's `agent` is the agent of the store; a store that knows its agent refuses records of another.
/// - Text is kept to the last character, NUL and emoji included; JSON comes back with the same keys in the same order.
/// - A write of several records happens wholly or not at all, and a call whose future is dropped likewise.
///
/// Its methods stand in groups, one trait each; a `dyn Store` has them all.
#[async_trait]
pub trait Store:
    MemoryStore
    + PlaceStore
    + EntityStore
    + ComponentStore
    + CacheStore
    + RunStore
    + JournalStore
    + InboxStore
    + TaskStore
    + ScoreStore
    + SpendingStore
    + TokenStore
    + MigrationStore
    + UpkeepStore
    + PersonStore
    + SearchStore
    + ListingStore
    + Debug
    + 'static
{
    /// What it is and where, for the load report, e.g. `SQLite at ada.db`.
    fn description(&self) -> String;

    /// How processes that open this storage for the same agent share its rooms. `None`, the default, for a storage
    /// that belongs to one process. Asked once, at the start.
    fn fabric(&self) -> Option<Arc<dyn Fabric>> {
        None
    }

    /// The same storage for one turn under a lease: what it writes of runs, effects and memories is refused with
    /// [`StoreError::Fenced`] as soon as there is a newer lease of the room. `None`, the default, where no lease can
    /// end under its holder.
    fn fenced(&self, lease: Lease) -> Option<Arc<dyn Store>> {
        let _ = lease;
        None
    }

    /// Ends it; what is written is safe. Later calls may fail; closing twice is no error.
    async fn close(&self) -> Result<(), StoreError>;
}
