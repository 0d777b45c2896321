//! Keeps what agents remember in an SQLite file, for which no server is needed, or in a PostgreSQL database. Several
//! agents, and several processes, may share either.
//!
//! ```toml
//! [plugins.sql]
//! url = "sqlite://.galatea/agents.db"
//! ```
//!
//! ```toml
//! [plugins.sql]
//! url = "postgres://galatea@db.example:5432/agents?sslmode=verify-full"
//! password = { env = "PGPASSWORD" }
//! ```
//!
//! A write has reached the disk when it returns; [`Durability`] trades that for speed.
//!
//! Plugins that require [`Sql`] keep tables of their own in the same database: through [`Service<Database>`](Database).

mod database;
mod error;
mod migrate;
mod postgres;
mod process;
mod retention;
mod settings;
mod spending;
mod sqlite;
mod vector_index;

pub use database::{Database, DatabaseError, Dialect, Param, Row, Transaction};
pub use error::SqlError;
pub use postgres::PostgresStore;
pub use settings::{Durability, Retention, Settings};
pub use sqlite::SqliteStore;

use galatea::prelude::*;
use settings::Place;
use std::{path::Path, sync::Arc};
use uuid::Uuid;

/// Keeps what the agent remembers in an SQLite file, without a server, or in a PostgreSQL database.
#[plugin("sql", config = Settings, priority = 100)]
pub struct Sql;

/// Opens the agent's memories before anything else of the agent starts.
#[storage(restore = restore)]
async fn storage(config: Config<Sql>, agent: Agent) -> Result<Arc<dyn Store>, SqlError> {
    open(&config, agent.id()).await
}

/// Opens the memories of an agent in the database that the settings name: an [`SqliteStore`] or a [`PostgresStore`].
///
/// # Errors
/// What the two give.
pub async fn open(settings: &Settings, agent: Uuid) -> Result<Arc<dyn Store>, SqlError> {
    Ok(match Place::parse(settings.address())? {
        Place::Postgres(_) => Arc::new(PostgresStore::open(settings, agent).await?),
        Place::Memory | Place::File(_) => Arc::new(SqliteStore::open(settings, agent).await?),
    })
}

/// Puts a copy in the place of the agent's memories, and keeps what is there.
async fn restore(config: &Settings, from: &Path) -> Result<galatea::store::Restored, SqlError> {
    match Place::parse(config.address())? {
        Place::Postgres(_) => postgres::refuse_restore(config, from),
        Place::Memory | Place::File(_) => sqlite::restore::restore(config, from).await,
    }
}
