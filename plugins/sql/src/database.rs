//! Tables of plugins, in the file or database in which the agent's memories are.

mod link;
mod on_postgres;
mod on_sqlite;
mod param;
pub(crate) mod script;
mod statement;
mod transaction;
mod translate;
mod value;

pub use link::Dialect;
pub(crate) use link::forbidden;
pub use param::{Param, Row};
pub use transaction::Transaction;

use crate::{Settings, Sql, SqlError};
use galatea::prelude::*;
use link::Link;
use serde::de::DeserializeOwned;
use serde_json::Value;
use statement::Use;
use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::OnceCell;

/// Why a statement was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// The statement is not one for plugins.
    #[error("this statement is not for plugins: {0}")]
    Refused(String),
    /// The database failed, or the statement is wrong. The text names the file or server, the cause and what to do.
    #[error("{0}")]
    Failed(String),
    /// A row is not of the type that was wanted.
    #[error("row {row} is not what was wanted: {why}")]
    Shape {
        /// Which row, from 1.
        row: usize,
        /// Why it is not.
        why: String,
    },
}

impl From<SqlError> for DatabaseError {
    fn from(error: SqlError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<DatabaseError> for String {
    fn from(error: DatabaseError) -> Self {
        error.to_string()
    }
}

/// Tables of plugins, over the connections of the agent's storage. One plugin writes at a time, several read.
///
/// A statement is one statement, with `?1`, `?2` … for its values; never put values into its text. Tables are named after
/// their plugin, `weather_places`, since all plugins share them. The tables of the storage, of SQLite and of the
/// migrations are out of bounds, and so are `ATTACH`, `PRAGMA`, `VACUUM` and transactions in SQL: a statement that has
/// one of these names anywhere but in a text or comment is refused. Where the storage is in memory, the plugins' tables
/// are too, in a database of their own.
///
/// On PostgreSQL the same statements do the same: `?1` is `$1` there, and where a table is made, `INTEGER` and `REAL` have
/// 64 bits and `BLOB` is `BYTEA`. What SQLite alone knows (`AUTOINCREMENT`, `INSERT OR REPLACE`, triggers) PostgreSQL
/// refuses, and texts there hold no NUL; [`dialect`](Self::dialect) tells a plugin that needs two ways where it is.
///
/// ```
/// use galatea::prelude::*;
/// use galatea_sql::{Database, DatabaseError, Param};
///
/// async fn visited(database: &Database, city: &str) -> Result<i64, DatabaseError> {
///     database.transaction(|change| async move {
///         change.execute("INSERT INTO weather_visits (city) VALUES (?1)", [city]).await?;
///         let rows = change.query("SELECT count(*) AS n FROM weather_visits WHERE city = ?1", [city]).await?;
///         Ok(rows[0]["n"].as_i64().unwrap_or_default())
///     }).await
/// }
/// ```
pub struct Database {
    settings: Settings,
    agent: Agent,
    cache: Cache,
    link: OnceCell<Link>,
    forbidden: BTreeSet<String>,
    /// Counts the writes: what was cached before one is not looked at after it.
    writes: AtomicU64,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.settings.shown())
    }
}

/// Keeps tables of plugins in the agent's database.
#[service]
impl Database {
    async fn start(config: Config<Sql>, agent: Agent, cache: Cache) -> Self {
        Self {
            settings: (*config).clone(),
            agent: agent.live(),
            cache,
            // Opened on first use: most agents have no tables of plugins.
            link: OnceCell::new(),
            forbidden: link::forbidden(),
            writes: AtomicU64::new(0),
        }
    }

    async fn stop(&self) {
        if let Some(link) = self.link.get() {
            link.leave().await;
        }
    }

    /// Which SQL the database speaks.
    ///
    /// # Errors
    /// The database cannot be opened.
    pub async fn dialect(&self) -> Result<Dialect, DatabaseError> {
        Ok(self.link().await?.dialect())
    }

    /// The rows that a statement gives which only reads.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn query(
        &self,
        sql: &str,
        params: impl IntoIterator<Item = impl Into<Param>>,
    ) -> Result<Vec<Row>, DatabaseError> {
        let params = params.into_iter().map(Into::into).collect();
        self.read(sql, params).await
    }

    /// The same as values of a type: columns become its fields.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn query_as<T: DeserializeOwned>(
        &self,
        sql: &str,
        params: impl IntoIterator<Item = impl Into<Param>>,
    ) -> Result<Vec<T>, DatabaseError> {
        let params = params.into_iter().map(Into::into).collect();
        typed(&self.read(sql, params).await?)
    }

    /// The rows of a statement, as long as they were read less than `ttl` ago and nothing was written through this
    /// service since. What other agents or processes write is seen when the time is over. Many who ask at once read once.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn cached(
        &self,
        sql: &str,
        params: impl IntoIterator<Item = impl Into<Param>>,
        ttl: Duration,
    ) -> Result<Arc<Vec<Row>>, DatabaseError> {
        let params: Vec<Param> = params.into_iter().map(Into::into).collect();
        // Before the read: what is written while it runs makes it old.
        let writes = self.writes.load(Ordering::Acquire);
        let key = format!("{writes} {params:?} {sql}");
        let read = || async { self.read(sql, params).await.map(Arc::new) };
        let cached = self.cache.get_or_make(&key, ttl, read).await;
        cached.map_err(|error| DatabaseError::Failed(error.why))
    }

    /// Does a statement that writes; how many rows it changed.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing of it was kept.
    pub async fn execute(
        &self,
        sql: &str,
        params: impl IntoIterator<Item = impl Into<Param>>,
    ) -> Result<u64, DatabaseError> {
        let params = params.into_iter().map(Into::into).collect();
        let link = self.link().await?;
        self.check(link, sql, Use::Write)?;
        let changed = link.execute(sql, params).await;
        self.wrote();
        changed
    }

    /// Does several statements wholly or not at all: they are kept if `work` gives `Ok`, and undone if it gives an
    /// error, panics, or its future is dropped. Others wait meanwhile, so it must be short; and it must not use this
    /// service itself, for which it would wait for ever, only the [`Transaction`] it is given.
    ///
    /// # Errors
    /// The error of `work`, or that nothing could be begun or kept.
    pub async fn transaction<T, E, F>(&self, work: impl FnOnce(Transaction) -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: From<DatabaseError>,
    {
        let link = self.link().await.map_err(E::from)?;
        let transaction = Transaction::new(link.begin().await?, link.place(), &self.forbidden);
        let ending = transaction.ending();
        let worked = work(transaction).await;
        let kept = ending.end(worked.is_ok()).await;
        self.wrote();
        let value = worked?;
        kept?;
        Ok(value)
    }

    async fn read(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, DatabaseError> {
        let link = self.link().await?;
        self.check(link, sql, Use::Read)?;
        link.query(sql, params).await
    }

    async fn link(&self) -> Result<&Link, DatabaseError> {
        Ok(self.link.get_or_try_init(|| self.open()).await?)
    }

    /// Where the storage is in memory the tables of plugins are elsewhere, and nobody has made them yet.
    async fn open(&self) -> Result<Link, SqlError> {
        let link = Link::open(&self.settings).await?;
        link.migrate(&self.agent.migrations()).await?;
        Ok(link)
    }

    fn check(&self, link: &Link, sql: &str, wanted: Use) -> Result<(), DatabaseError> {
        statement::check(sql, wanted, &self.forbidden, link.dialect()).map_err(DatabaseError::Refused)
    }

    fn wrote(&self) {
        self.writes.fetch_add(1, Ordering::Release);
    }
}

fn typed<T: DeserializeOwned>(rows: &[Row]) -> Result<Vec<T>, DatabaseError> {
    let one = |(at, row): (usize, &Row)| {
        serde_json::from_value(Value::Object(row.clone()))
            .map_err(|error| DatabaseError::Shape { row: at + 1, why: error.to_string() })
    };
    rows.iter().enumerate().map(one).collect()
}
