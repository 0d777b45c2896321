//! The connections below the tables of plugins: of SQLite or of PostgreSQL.

use super::{DatabaseError, Param, Row, on_postgres, on_sqlite, param::bound};
use crate::{Settings, SqlError, error, postgres, settings::Place, sqlite};
use galatea::store::PluginMigrations;
use sqlx::AssertSqlSafe;
use std::{collections::BTreeSet, sync::Arc};

/// Which SQL a database speaks, where a plugin must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
}

pub(super) enum Link {
    Sqlite(Arc<sqlite::Database>),
    Postgres(Arc<postgres::Database>),
}

impl Link {
    pub(super) async fn open(settings: &Settings) -> Result<Self, SqlError> {
        Ok(match Place::parse(settings.address())? {
            Place::Postgres(_) => Self::Postgres(postgres::Database::open(settings).await?),
            Place::Memory | Place::File(_) => Self::Sqlite(sqlite::Database::open(settings).await?),
        })
    }

    /// Applies what is pending of plugins.
    pub(super) async fn migrate(&self, plugins: &[PluginMigrations]) -> Result<(), SqlError> {
        match self {
            Self::Sqlite(connections) => {
                sqlite::migrations::of_plugins(connections, plugins, false).await.map(drop)
            }
            Self::Postgres(connections) => {
                postgres::migrations::of_plugins(connections, plugins, false).await.map(drop)
            }
        }
    }

    pub(super) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(super) fn place(&self) -> &str {
        match self {
            Self::Sqlite(connections) => connections.place(),
            Self::Postgres(connections) => connections.place(),
        }
    }

    pub(super) async fn query(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, DatabaseError> {
        match self {
            Self::Sqlite(connections) => {
                let place = connections.place();
                let reader = connections.readers().acquire().await;
                let mut reader = reader.map_err(|error| failed(Dialect::Sqlite, place, &error))?;
                on_sqlite::query(&mut reader, place, sql, params).await
            }
            Self::Postgres(connections) => on_postgres::read(connections, sql, params).await,
        }
    }

    pub(super) async fn execute(&self, sql: &str, params: Vec<Param>) -> Result<u64, DatabaseError> {
        match self {
            Self::Sqlite(connections) => {
                let statement = bound(sqlx::query(AssertSqlSafe(sql.to_owned())), params);
                let told = |fault: error::Fault| fault.told(connections.place(), error::explain).to_string();
                connections.done(statement).await.map_err(|fault| DatabaseError::Failed(told(fault)))
            }
            Self::Postgres(connections) => {
                let mut begun = Begun::Postgres(on_postgres::begin(connections).await?);
                let changed = begun.execute(connections.place(), sql, params).await?;
                begun.end(connections.place(), true).await?;
                Ok(changed)
            }
        }
    }

    pub(super) async fn begin(&self) -> Result<Begun, DatabaseError> {
        match self {
            Self::Sqlite(connections) => {
                let begun = connections.write().await;
                Ok(Begun::Sqlite(
                    begun.map_err(|error| failed(Dialect::Sqlite, connections.place(), &error))?,
                ))
            }
            Self::Postgres(connections) => Ok(Begun::Postgres(on_postgres::begin(connections).await?)),
        }
    }

    /// Counts one user less; the last one ends the connections.
    pub(super) async fn leave(&self) {
        match self {
            Self::Sqlite(connections) if connections.leave() => connections.close().await,
            Self::Postgres(connections) if connections.leave() => connections.close().await,
            Self::Sqlite(_) | Self::Postgres(_) => {}
        }
    }
}

/// A transaction that was begun. It is undone if it is dropped.
pub(super) enum Begun {
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Begun {
    pub(super) async fn query(
        &mut self,
        place: &str,
        sql: &str,
        params: Vec<Param>,
    ) -> Result<Vec<Row>, DatabaseError> {
        match self {
            Self::Sqlite(begun) => on_sqlite::query(begun, place, sql, params).await,
            Self::Postgres(begun) => on_postgres::query(begun, place, sql, params).await,
        }
    }

    pub(super) async fn execute(
        &mut self,
        place: &str,
        sql: &str,
        params: Vec<Param>,
    ) -> Result<u64, DatabaseError> {
        match self {
            Self::Sqlite(begun) => on_sqlite::execute(begun, place, sql, params).await,
            Self::Postgres(begun) => on_postgres::execute(begun, place, sql, params).await,
        }
    }

    pub(super) async fn end(self, place: &str, keep: bool) -> Result<(), DatabaseError> {
        let dialect = self.dialect();
        let ended = match self {
            Self::Sqlite(begun) if keep => begun.commit().await,
            Self::Sqlite(begun) => begun.rollback().await,
            Self::Postgres(begun) if keep => begun.commit().await,
            Self::Postgres(begun) => begun.rollback().await,
        };
        ended.map_err(|error| failed(dialect, place, &error))
    }

    pub(super) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// The store's tables, which plugins keep out of; those of both, so that a plugin works on both.
pub(crate) fn forbidden() -> BTreeSet<String> {
    sqlite::own_tables().chain(postgres::own_tables()).collect()
}

pub(super) fn failed(dialect: Dialect, place: &str, error: &sqlx::Error) -> DatabaseError {
    DatabaseError::Failed(match dialect {
        Dialect::Sqlite => error::explain(place, error),
        Dialect::Postgres => postgres::explain(place, error),
    })
}
