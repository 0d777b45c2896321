//! Keeps what agents remember in an SQLite file. No server is needed, and several agents, and several
//! processes, may share a file.
//!
//! ```toml
//! [plugins.sql]
//! url = "sqlite://.galatea/agents.db"
//! ```
//!
//! A write has reached the disk when it returns; [`Durability`] trades that for speed.
//!
//! Plugins that require [`Sql`] keep tables of their own in the same file: through [`Service<Database>`](Database).

mod database;
mod error;
mod migrate;
mod retention;
mod settings;
mod sqlite;

pub use database::{Database, DatabaseError, Param, Row, Transaction};
pub use error::SqlError;
pub use settings::{Durability, Retention, Settings};
pub use sqlite::SqliteStore;

use galatea::prelude::*;
use std::{path::Path, sync::Arc};

/// Keeps what the agent remembers in an SQLite file, without a server.
#[plugin("sql", config = Settings, priority = 100)]
pub struct Sql;

/// Opens the agent's memories before anything else of the agent starts.
#[storage(restore = restore)]
async fn open(config: Config<Sql>, agent: Agent) -> Result<Arc<dyn Store>, SqlError> {
    Ok(Arc::new(SqliteStore::open(&config, agent.id()).await?))
}

/// Puts a copy in the place of the agent's memories, and keeps what is there.
async fn restore(config: &Settings, from: &Path) -> Result<galatea::store::Restored, SqlError> {
    sqlite::restore::restore(config, from).await
}
