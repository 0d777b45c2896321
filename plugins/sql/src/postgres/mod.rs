//! The store in a PostgreSQL database, over connections that all agents of the process share.
//!
//! `database` opens connections and shares them, `connect` says how a connection is made and kept alive; `migrate`
//! makes the tables; `memories`, `adding`, `places`, `entities`, `components`, `snapshot`, `runs`, `journal`, `inbox`,
//! `tasks`, `scores`, `spending`, `tokens`, `search`, `vectors` and `cache` hold the statements of their subjects, `migrations`, `upkeep`,
//! `check`, `person` and `vacuum` those about all of them; `row` reads and writes columns; `explain` puts failures into
//! words; `fabric` shares rooms between processes, over the `hub` of this one.

mod adding;
mod cache;
mod check;
mod components;
mod connect;
mod database;
mod entities;
mod explain;
mod fabric;
mod hub;
mod inbox;
mod journal;
mod listing;
mod memories;
mod migrate;
pub(crate) mod migrations;
mod person;
mod places;
mod row;
mod runs;
mod scores;
mod search;
mod snapshot;
mod spending;
mod tasks;
mod tokens;
mod upkeep;
mod vacuum;
mod vectors;

use crate::{
    error::{Fault, SqlError},
    settings::Settings,
    vector_index::Indexes,
};
use async_trait::async_trait;
pub(crate) use connect::IDLE_IN_TRANSACTION;
pub(crate) use database::Database;
pub(crate) use explain::{code, explain};
use galatea::{
    fabric::{Fabric, Lease},
    store::{Store, StoreError},
};
pub(crate) use migrate::own_tables;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
pub(crate) use upkeep::refuse_restore;
use uuid::Uuid;

/// What one agent remembers, in a PostgreSQL database that other agents and processes may use too.
///
/// Searches by vectors need no extension: each process holds the spaces that it searches in memory, a byte a number, and ranks the
/// best anew by the vectors in the database. Searches by words go through an index that holds numbers in place of the words.
pub struct PostgresStore {
    agent: Uuid,
    database: Arc<Database>,
    closed: AtomicBool,
    /// The lease without which nothing is written of runs and memories, if it is for a turn under one.
    fence: Option<Lease>,
    indexes: Arc<Indexes>,
    counted: Arc<search::Counted>,
}

impl PostgresStore {
    /// Opens the memories of an agent; makes the schema and its tables if they are not there. Agents of a process that
    /// open a database with the same settings share its connections.
    ///
    /// # Errors
    /// An address that names no PostgreSQL database, a server that does not answer, refuses or is too old, and tables
    /// that this program does not know.
    pub async fn open(settings: &Settings, agent: Uuid) -> Result<Self, SqlError> {
        let database = Database::open(settings).await?;
        Ok(Self {
            agent,
            database,
            closed: AtomicBool::new(false),
            fence: None,
            indexes: Arc::default(),
            counted: Arc::default(),
        })
    }

    fn told(&self, fault: Fault) -> StoreError {
        self.database.told(fault)
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

/// A read, done once more over another connection if the first one was lost: that changes nothing.
macro_rules! read {
    ($store:expr, $read:expr) => {
        match $read.await {
            Err(fault) if $store.database.is_lost(&fault) => $read.await,
            done => done,
        }
        .map_err(|fault| $store.told(fault))
    };
}
use read;

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresStore({}, {})", self.database.place(), self.agent)
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        if !self.closed.load(Ordering::Acquire) {
            self.database.leave();
        }
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn description(&self) -> String {
        self.database.described()
    }

    fn fabric(&self) -> Option<Arc<dyn Fabric>> {
        Some(Arc::new(fabric::PostgresFabric::new(self.agent, Arc::clone(&self.database))))
    }

    fn fenced(&self, lease: Lease) -> Option<Arc<dyn Store>> {
        Some(Arc::new(Self {
            agent: self.agent,
            database: Arc::clone(&self.database),
            // Not counted among the users of the database: this store, which is, outlives it.
            closed: AtomicBool::new(true),
            fence: Some(lease),
            indexes: Arc::clone(&self.indexes),
            counted: Arc::clone(&self.counted),
        }))
    }

    async fn close(&self) -> Result<(), StoreError> {
        if !self.closed.swap(true, Ordering::AcqRel) && self.database.leave() {
            self.database.close().await;
        }
        Ok(())
    }
}
