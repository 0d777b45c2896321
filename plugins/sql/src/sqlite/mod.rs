//! The store in an SQLite file: one connection that writes, several that read.
//!
//! `database` opens files and shares them between the agents of a process; `memories`, `places`, `components`,
//! `snapshot`, `runs`, `tasks`, `scores` and `cache` hold the statements of their subjects; `row` reads and writes
//! columns.

mod cache;
mod components;
mod database;
mod memories;
mod places;
mod row;
mod runs;
mod scores;
mod snapshot;
mod tasks;

use crate::{
    error::{Fault, SqlError},
    settings::Settings,
};
use async_trait::async_trait;
pub(crate) use database::{Database, own_tables};
use galatea::{
    memory::{Attention, Entity, Memory, Relationship, Room, World},
    store::{
        ComponentKey, ComponentQuery, MemoryQuery, RoomSnapshot, Score, ScoreQuery, Store, StoreError,
        StoredComponent, StoredRun, StoredTask, Window,
    },
};
use serde_json::Value;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// What one agent remembers, in an SQLite file that other agents may use too.
pub struct SqliteStore {
    agent: Uuid,
    database: Arc<Database>,
    closed: AtomicBool,
}

impl SqliteStore {
    /// Opens the memories of an agent; makes the file, its folder and its tables if they are not there. Agents
    /// of a process that open a file with the same settings share its connections.
    ///
    /// # Errors
    /// An address that names no SQLite database, a file that cannot be opened or is none, and tables that this
    /// program does not know.
    pub async fn open(settings: &Settings, agent: Uuid) -> Result<Self, SqlError> {
        let database = Database::open(settings).await?;
        Ok(Self { agent, database, closed: AtomicBool::new(false) })
    }

    fn told(&self, fault: Fault) -> StoreError {
        fault.told(self.database.place())
    }

    /// Refuses records of another agent: written under this one's name, they would come back changed.
    fn own(&self, agents: impl IntoIterator<Item = Uuid>) -> Result<(), StoreError> {
        match agents.into_iter().find(|agent| *agent != self.agent) {
            None => Ok(()),
            Some(other) => {
                let why =
                    format!("a record belongs to the agent {other}, this is the store of {}", self.agent);
                Err(self.told(Fault::Refused(why)))
            }
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqliteStore({}, {})", self.database.place(), self.agent)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        if !self.closed.load(Ordering::Acquire) {
            self.database.leave();
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn description(&self) -> String {
        self.database.described()
    }

    async fn add_memories(&self, memories: &[Memory]) -> Result<Vec<(i64, bool)>, StoreError> {
        self.own(memories.iter().map(|memory| memory.agent))?;
        memories::add(&self.database, self.agent, memories).await.map_err(|fault| self.told(fault))
    }

    async fn memories(&self, query: &MemoryQuery) -> Result<Vec<Memory>, StoreError> {
        memories::find(&self.database, self.agent, query).await.map_err(|fault| self.told(fault))
    }

    async fn memories_by_id(&self, ids: &[Uuid]) -> Result<Vec<Memory>, StoreError> {
        memories::by_id(&self.database, self.agent, ids).await.map_err(|fault| self.told(fault))
    }

    async fn delete_memories(&self, ids: &[Uuid]) -> Result<usize, StoreError> {
        memories::delete(&self.database, self.agent, ids).await.map_err(|fault| self.told(fault))
    }

    async fn count_memories(&self, query: &MemoryQuery) -> Result<u64, StoreError> {
        memories::count(&self.database, self.agent, query).await.map_err(|fault| self.told(fault))
    }

    async fn snapshot(&self, room: Uuid, window: Window) -> Result<RoomSnapshot, StoreError> {
        snapshot::snapshot(&self.database, self.agent, room, window).await.map_err(|fault| self.told(fault))
    }

    async fn put_worlds(&self, worlds: &[World]) -> Result<(), StoreError> {
        self.own(worlds.iter().map(|world| world.agent))?;
        places::put_worlds(&self.database, worlds).await.map_err(|fault| self.told(fault))
    }

    async fn worlds(&self) -> Result<Vec<World>, StoreError> {
        places::worlds(&self.database, self.agent).await.map_err(|fault| self.told(fault))
    }

    async fn put_rooms(&self, rooms: &[Room]) -> Result<(), StoreError> {
        self.own(rooms.iter().map(|room| room.agent))?;
        places::put_rooms(&self.database, rooms).await.map_err(|fault| self.told(fault))
    }

    async fn rooms(&self) -> Result<Vec<Room>, StoreError> {
        places::rooms(&self.database, self.agent).await.map_err(|fault| self.told(fault))
    }

    async fn put_entities(&self, entities: &[Entity]) -> Result<(), StoreError> {
        self.own(entities.iter().map(|entity| entity.agent))?;
        places::put_entities(&self.database, entities).await.map_err(|fault| self.told(fault))
    }

    async fn entities(&self, ids: &[Uuid]) -> Result<Vec<Entity>, StoreError> {
        places::entities(&self.database, self.agent, ids).await.map_err(|fault| self.told(fault))
    }

    async fn add_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError> {
        let added = places::add_participants(&self.database, self.agent, room, entities).await;
        added.map_err(|fault| self.told(fault))
    }

    async fn remove_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError> {
        let removed = places::remove_participants(&self.database, self.agent, room, entities).await;
        removed.map_err(|fault| self.told(fault))
    }

    async fn set_attention(&self, room: Uuid, attention: Attention) -> Result<(), StoreError> {
        let set = places::set_attention(&self.database, self.agent, room, attention).await;
        set.map_err(|fault| self.told(fault))
    }

    async fn put_relationships(&self, relationships: &[Relationship]) -> Result<(), StoreError> {
        self.own(relationships.iter().map(|relationship| relationship.agent))?;
        places::put_relationships(&self.database, relationships).await.map_err(|fault| self.told(fault))
    }

    async fn relationships(&self, entity: Uuid) -> Result<Vec<Relationship>, StoreError> {
        places::relationships(&self.database, self.agent, entity).await.map_err(|fault| self.told(fault))
    }

    async fn put_components(&self, components: &[StoredComponent]) -> Result<(), StoreError> {
        self.own(components.iter().map(|component| component.agent))?;
        components::put(&self.database, components).await.map_err(|fault| self.told(fault))
    }

    async fn component(&self, key: &ComponentKey) -> Result<Option<StoredComponent>, StoreError> {
        components::get(&self.database, self.agent, key).await.map_err(|fault| self.told(fault))
    }

    async fn components(&self, query: &ComponentQuery) -> Result<Vec<StoredComponent>, StoreError> {
        components::find(&self.database, self.agent, query).await.map_err(|fault| self.told(fault))
    }

    async fn delete_components(&self, keys: &[ComponentKey]) -> Result<usize, StoreError> {
        components::delete(&self.database, self.agent, keys).await.map_err(|fault| self.told(fault))
    }

    async fn set_cache(&self, key: &str, value: &Value, ttl: Option<Duration>) -> Result<(), StoreError> {
        cache::set(&self.database, self.agent, key, value, ttl).await.map_err(|fault| self.told(fault))
    }

    async fn cache(&self, key: &str) -> Result<Option<Value>, StoreError> {
        cache::get(&self.database, self.agent, key).await.map_err(|fault| self.told(fault))
    }

    async fn delete_cache(&self, key: &str) -> Result<(), StoreError> {
        cache::delete(&self.database, self.agent, key).await.map_err(|fault| self.told(fault))
    }

    async fn put_run(&self, run: &StoredRun, memories: &[Memory]) -> Result<(), StoreError> {
        self.own(memories.iter().map(|memory| memory.agent))?;
        runs::put(&self.database, self.agent, run, memories).await.map_err(|fault| self.told(fault))
    }

    async fn run(&self, id: Uuid) -> Result<Option<StoredRun>, StoreError> {
        runs::one(&self.database, self.agent, id).await.map_err(|fault| self.told(fault))
    }

    async fn runs(&self, room: Option<Uuid>, limit: usize) -> Result<Vec<StoredRun>, StoreError> {
        runs::newest(&self.database, self.agent, room, limit).await.map_err(|fault| self.told(fault))
    }

    async fn waiting(&self) -> Result<Vec<StoredRun>, StoreError> {
        runs::waiting(&self.database, self.agent).await.map_err(|fault| self.told(fault))
    }

    async fn unfinished(&self) -> Result<Vec<Memory>, StoreError> {
        memories::unfinished(&self.database, self.agent).await.map_err(|fault| self.told(fault))
    }

    async fn add_task(&self, task: &StoredTask) -> Result<bool, StoreError> {
        tasks::add(&self.database, self.agent, task).await.map_err(|fault| self.told(fault))
    }

    async fn tasks(&self, limit: usize) -> Result<Vec<StoredTask>, StoreError> {
        tasks::all(&self.database, self.agent, limit).await.map_err(|fault| self.told(fault))
    }

    async fn task(&self, id: Uuid) -> Result<Option<StoredTask>, StoreError> {
        tasks::one(&self.database, self.agent, id).await.map_err(|fault| self.told(fault))
    }

    async fn put_task(&self, task: &StoredTask) -> Result<bool, StoreError> {
        tasks::put(&self.database, self.agent, task).await.map_err(|fault| self.told(fault))
    }

    async fn delete_task(&self, id: Uuid) -> Result<bool, StoreError> {
        tasks::delete(&self.database, self.agent, id).await.map_err(|fault| self.told(fault))
    }

    async fn add_scores(&self, scores: &[Score]) -> Result<(), StoreError> {
        scores::add(&self.database, self.agent, scores).await.map_err(|fault| self.told(fault))
    }

    async fn scores(&self, query: &ScoreQuery) -> Result<Vec<Score>, StoreError> {
        scores::find(&self.database, self.agent, query).await.map_err(|fault| self.told(fault))
    }

    async fn close(&self) -> Result<(), StoreError> {
        if !self.closed.swap(true, Ordering::AcqRel) && self.database.leave() {
            self.database.close().await;
        }
        Ok(())
    }
}
