//! The store that needs no plugin: everything in maps, gone at the end of the process.

mod cache;
mod components;
mod inbox;
mod journal;
mod listing;
mod memories;
mod migrations;
mod places;
mod runs;
mod search;
mod spending;
mod tasks;
mod tokens;
mod upkeep;

use super::{Account, Effect, Score, Store, StoreError, StoredRun, StoredTask, components::Kept};
use crate::memory::{Attention, Entity, Memory, MemoryKind, Relationship, Room, World};
use crate::token::Token;
use async_trait::async_trait;
use cache::Cache;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};
use uuid::Uuid;

/// Keeps everything in the process. Empty, it takes a few hundred bytes.
#[derive(Debug, Default)]
pub struct InMemory {
    // Never held across an await: every method takes it, works and lets it go.
    data: RwLock<Data>,
}

impl InMemory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // No method leaves the maps half changed when it panics, so a poisoned lock says nothing about them.
    fn read(&self) -> RwLockReadGuard<'_, Data> {
        self.data.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Data> {
        self.data.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for InMemory {
    fn description(&self) -> String {
        "memory only; forgotten at the end of the process".to_owned()
    }

    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn distinct(ids: &[Uuid]) -> BTreeSet<Uuid> {
    ids.iter().copied().collect()
}

/// The maps. An ordinal is the place of a memory or run among all, in the order they were first written.
#[derive(Debug, Default)]
struct Data {
    memories: BTreeMap<u64, Memory>,
    ordinals: BTreeMap<Uuid, u64>,
    /// By room and sequence.
    by_room: BTreeMap<(Uuid, i64), u64>,
    /// The messages and action results of `by_room`: what a turn reads, however much else is in the room.
    talk: BTreeMap<(Uuid, Talk, i64), u64>,
    /// The last sequence number given in each room.
    last_sequence: BTreeMap<Uuid, i64>,
    last_ordinal: u64,
    // Boxed: a map has room for eleven at once, which for most agents is nine too many.
    worlds: BTreeMap<Uuid, Box<World>>,
    rooms: BTreeMap<Uuid, Box<Room>>,
    entities: BTreeMap<Uuid, Box<Entity>>,
    participants: BTreeMap<Uuid, BTreeSet<Uuid>>,
    attention: BTreeMap<Uuid, Attention>,
    /// By source and target.
    relationships: BTreeMap<(Uuid, Uuid), Relationship>,
    components: Kept,
    cache: Cache,
    runs: BTreeMap<Uuid, (u64, Box<StoredRun>)>,
    runs_by_time: BTreeMap<(Timestamp, u64), Uuid>,
    /// The messages of finished runs that are gone.
    settled: BTreeSet<Uuid>,
    /// By run and step.
    effects: BTreeMap<(Uuid, u32), Effect>,
    /// The ids of messages that were deleted, and who wrote them, unless that one was erased.
    receipts: BTreeMap<Uuid, Option<Uuid>>,
    /// The sources whose messages wait to be delivered.
    outboxes: BTreeSet<String>,
    /// The ordinals of the messages that wait, by source.
    outbox: BTreeSet<(String, u64)>,
    tasks: BTreeMap<Uuid, StoredTask>,
    /// By time and ordinal.
    scores: BTreeMap<(Timestamp, u64), Score>,
    score_ids: BTreeSet<Uuid>,
    spending: BTreeMap<Account, u64>,
    tokens: BTreeMap<Uuid, Token>,
    search: search::Search,
}

/// What of a room a turn reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Talk {
    Message,
    Result,
}

impl Talk {
    fn of(kind: &MemoryKind) -> Option<Self> {
        match kind {
            MemoryKind::Message => Some(Self::Message),
            MemoryKind::ActionResult => Some(Self::Result),
            _ => None,
        }
    }
}

impl Data {
    fn next_ordinal(&mut self) -> u64 {
        self.last_ordinal += 1;
        self.last_ordinal
    }
}
