//! The store in an SQLite file: one connection that writes, several that read.
//!
//! `database` opens files and shares them between the agents of a process; `line` puts writes together; `memories`,
//! `places`, `components`, `snapshot`, `runs`, `journal`, `inbox`, `tasks`, `scores`, `spending`, `tokens`, `search`, `vectors` and `cache`
//! hold the statements of their subjects, `person`, `upkeep`, `restore` and `migrations` those about all of them; `row`
//! reads and writes columns; `fabric` shares rooms between processes, by the files of `locks`.

mod cache;
mod components;
mod database;
mod fabric;
mod inbox;
mod journal;
mod line;
mod listing;
mod locks;
mod memories;
pub(crate) mod migrations;
mod person;
mod places;
pub(crate) mod restore;
mod row;
mod runs;
mod scores;
mod search;
mod snapshot;
mod spending;
mod tasks;
mod tokens;
mod upkeep;
mod vectors;

use crate::{
    error::{Fault, SqlError, explain},
    settings::Settings,
    vector_index::Indexes,
};
use async_trait::async_trait;
pub(crate) use database::{Database, own_migrations, own_tables};
use galatea::{
    fabric::Fabric,
    store::{Store, StoreError},
};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use uuid::Uuid;

/// What one agent remembers, in an SQLite file that other agents may use too.
pub struct SqliteStore {
    agent: Uuid,
    database: Arc<Database>,
    closed: AtomicBool,
    indexes: Indexes,
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
        Ok(Self { agent, database, closed: AtomicBool::new(false), indexes: Indexes::default() })
    }

    fn told(&self, fault: Fault) -> StoreError {
        fault.told(self.database.place(), explain)
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

    fn fabric(&self) -> Option<Arc<dyn Fabric>> {
        let folder = self.database.rooms_folder()?;
        let fabric = fabric::SqliteFabric::new(self.agent, Arc::clone(&self.database), folder);
        Some(Arc::new(fabric))
    }

    async fn close(&self) -> Result<(), StoreError> {
        if !self.closed.swap(true, Ordering::AcqRel) && self.database.leave() {
            self.database.close().await;
        }
        Ok(())
    }
}
