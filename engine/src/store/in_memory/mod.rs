//! The store that needs no plugin: everything in maps, gone at the end of the process.

mod cache;
mod components;
mod memories;
mod migrations;
mod places;
mod runs;
mod tasks;
mod upkeep;

use super::{Score, Store, StoreError, StoredRun, StoredTask, components::Kept};
use crate::memory::{Attention, Entity, Memory, Relationship, Room, World};
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
    /// The last sequence number given in each room.
    last_sequence: BTreeMap<Uuid, i64>,
    last_ordinal: u64,
    worlds: BTreeMap<Uuid, World>,
    rooms: BTreeMap<Uuid, Room>,
    entities: BTreeMap<Uuid, Entity>,
    participants: BTreeMap<Uuid, BTreeSet<Uuid>>,
    attention: BTreeMap<Uuid, Attention>,
    /// By source and target.
    relationships: BTreeMap<(Uuid, Uuid), Relationship>,
    components: Kept,
    cache: Cache,
    runs: BTreeMap<Uuid, (u64, StoredRun)>,
    runs_by_time: BTreeMap<(Timestamp, u64), Uuid>,
    /// The messages of finished runs that are gone.
    settled: BTreeSet<Uuid>,
    tasks: BTreeMap<Uuid, StoredTask>,
    /// By time and ordinal.
    scores: BTreeMap<(Timestamp, u64), Score>,
    score_ids: BTreeSet<Uuid>,
}

impl Data {
    fn next_ordinal(&mut self) -> u64 {
        self.last_ordinal += 1;
        self.last_ordinal
    }
}
