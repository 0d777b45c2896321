//! What can go wrong, in words that name the file and say what to do.

use galatea::store::StoreError;

/// Why a database could not be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The address names no database that this version can use.
    #[error("the database `{url}` cannot be used: {why}")]
    Url {
        /// The address, without passwords.
        url: String,
        /// Why not, and what to write.
        why: String,
    },
    /// The database failed. The text names the file or server, the cause and what to do.
    #[error("{0}")]
    Failed(String),
    /// The tables were made by a version that knows more migrations.
    #[error(
        "{place} was written by a newer Galatea: `{owner}` is at version {found}, this program knows up to {known}. \
         Update this program, or choose another database"
    )]
    Newer {
        /// The database.
        place: String,
        /// Whose tables.
        owner: String,
        /// The version of the tables.
        found: i64,
        /// The last version that this program knows.
        known: i64,
    },
    /// A migration that was applied is no longer the one in this program.
    #[error(
        "migration {version} `{name}` of `{owner}` was changed after it was applied to {place}. \
         Undo the change and add a new migration, or choose another database"
    )]
    Changed {
        /// The database.
        place: String,
        /// Whose migration.
        owner: String,
        /// Its version.
        version: i64,
        /// Its name.
        name: String,
    },
    /// The file, or the schema, holds tables of another program.
    #[error("{place} holds tables of another program, among them `{table}`: choose another {what}")]
    Foreign {
        /// The database.
        place: String,
        /// One of the tables.
        table: String,
        /// What to choose anew: `file` or `schema`.
        what: &'static str,
    },
    /// A migration destroys data, which nobody has allowed.
    #[error(
        "migration {version} `{name}` of `{owner}` destroys data (`{statement}`): save it with `galatea db backup`, then \
         run `galatea db migrate --allow-destructive`, or set `allow-destructive-migrations` under `[plugins.sql]`"
    )]
    Destructive {
        /// Whose migration.
        owner: String,
        /// Its version.
        version: i64,
        /// Its name.
        name: String,
        /// The statement that destroys, shortened.
        statement: String,
    },
    /// A migration failed; nothing of it was kept.
    #[error("migration {version} `{name}` of `{owner}` failed, and nothing of it was kept: {why}")]
    Migration {
        /// Whose migration.
        owner: String,
        /// Its version.
        version: i64,
        /// Its name.
        name: String,
        /// Why it failed.
        why: String,
    },
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What goes wrong within a call, before the database's name is added to it.
#[derive(Debug)]
pub(crate) enum Fault {
    Sql(sqlx::Error),
    Damaged {
        what: String,
        why: String,
    },
    Refused(String),
    /// Another process has taken over the room.
    Fenced(galatea::fabric::Lease),
    /// All that is to be said, the place with it.
    Told(String),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl Fault {
    pub(crate) fn damaged(what: impl Into<String>, why: impl ToString) -> Self {
        Self::Damaged { what: what.into(), why: why.to_string() }
    }

    /// As others see it: with the database's name, and with cause and remedy as its adapter `explain`s them.
    pub(crate) fn told(self, place: &str, explain: fn(&str, &sqlx::Error) -> String) -> StoreError {
        match self {
            Self::Sql(sqlx::Error::ColumnDecode { index, source }) => {
                StoreError::Damaged { what: format!("a column {index} of {place}"), why: source.to_string() }
            }
            Self::Sql(error) => StoreError::Failed(explain(place, &error)),
            Self::Damaged { what, why } => StoreError::Damaged { what: format!("{what} of {place}"), why },
            Self::Refused(why) => StoreError::Failed(format!("{place}: {why}")),
            Self::Fenced(lease) => StoreError::Fenced { room: lease.room, fence: lease.fence },
            Self::Told(all) => StoreError::Failed(all),
        }
    }
}

/// The cause and the remedy of a failure of SQLite.
pub(crate) fn explain(place: &str, error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::PoolTimedOut => {
            format!(
                "{place} was busy for too long: no connection became free. The disk may be slow or the load too high"
            )
        }
        sqlx::Error::PoolClosed => format!("{place} is closed"),
        error => match primary_code(error) {
            Some(code) => explain_code(place, code, error),
            None => format!("{place} failed: {error}"),
        },
    }
}

fn explain_code(place: &str, code: i32, error: &sqlx::Error) -> String {
    // https://www.sqlite.org/rescode.html
    match code {
        BUSY | 6 => format!(
            "{place} is locked by another process that keeps writing: stop it, or raise `lock-wait-ms`"
        ),
        8 => {
            format!("{place} is read-only: allow writing to the file and its folder, or choose another file")
        }
        10 => format!("{place} cannot be read or written ({error}): look after the disk"),
        11 => format!(
            "{place} is damaged ({error}): put back a copy with `galatea db restore`, or save what is left with `sqlite3 FILE .recover`"
        ),
        13 => format!("{place} cannot grow: the disk is full"),
        14 => format!(
            "{place} cannot be opened: it must be a file that this user may read and write, in such a folder"
        ),
        26 => format!("{place} is not an SQLite database: choose another file, or move this one away"),
        _ => format!("{place} failed: {error}"),
    }
}

const BUSY: i32 = 5;

pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(BUSY)
}

/// Whether the file is damaged, or none of SQLite.
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(11 | 26))
}

/// Whether SQLite may have undone the whole transaction, and not only the statement that failed.
pub(crate) fn ends_transaction(error: &sqlx::Error) -> bool {
    // https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction: busy, out of memory,
    // interrupted, the disk failed or is full.
    primary_code(error).is_none_or(|code| [BUSY, 7, 9, 10, 13].contains(&code))
}

/// The first byte of SQLite's extended code is the kind of failure.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
