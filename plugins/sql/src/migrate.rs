//! Tables that grow with the program: migrations, applied in order, once, whole, and never changed afterwards.

use crate::error::{SqlError, explain};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::{Connection, Row, SqliteConnection};

/// A step from one state of the tables to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    /// 1, 2, 3 …, without gaps.
    pub(crate) version: i64,
    /// What it does, in a word or two.
    pub(crate) name: &'static str,
    /// One or several statements. They run in one transaction, so they must not begin or end one.
    pub(crate) sql: &'static str,
}

impl Migration {
    /// SHA-256 of the statements, in hexadecimal. Line ends count as `\n`, since some checkouts change them.
    pub(crate) fn checksum(&self) -> String {
        let digest = Sha256::digest(self.sql.replace("\r\n", "\n"));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The names of the tables that it makes, in lower case.
    pub(crate) fn tables(&self) -> Vec<String> {
        // What comments say of tables makes none.
        let code = self.sql.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code));
        let words: Vec<String> = code.flat_map(str::split_whitespace).map(str::to_ascii_lowercase).collect();
        let made =
            |words: &&[String]| ["create", "virtual"].contains(&words[0].as_str()) && words[1] == "table";
        let names = words.windows(6).filter(made).map(|words| match words[2].as_str() {
            "if" => words[5].clone(),
            _ => words[2].clone(),
        });
        let bare = |name: String| name.split('(').next().unwrap_or_default().trim_matches('"').to_owned();
        names.map(bare).collect()
    }
}

const RECORD: &str = "CREATE TABLE IF NOT EXISTS _galatea_migrations (
    owner      TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    checksum   TEXT    NOT NULL,
    applied_at TEXT    NOT NULL,
    PRIMARY KEY (owner, version)
) STRICT";

/// Applies the migrations of `owner` that are not applied yet, each in a transaction of its own; how many those
/// were. Several processes may do so at once: each migration is applied by one of them.
///
/// # Errors
/// Applied migrations that this program does not know or knows otherwise, and whatever the database reports.
pub(crate) async fn migrate(
    connection: &mut SqliteConnection,
    place: &str,
    owner: &str,
    migrations: &[Migration],
) -> Result<usize, SqlError> {
    let failed = |error: sqlx::Error| SqlError::Failed(explain(place, &error));
    if is_recorded(connection).await.map_err(failed)? {
        // The usual start: nothing to do, and nobody is kept from writing.
        let applied = applied(connection, owner).await.map_err(failed)?;
        verify(place, owner, migrations, &applied)?;
        if applied.len() == migrations.len() {
            return Ok(0);
        }
    }
    let mut count = 0;
    loop {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        sqlx::raw_sql(RECORD).execute(&mut *transaction).await.map_err(failed)?;
        // Read again: another process may have gone ahead.
        let applied = applied(&mut transaction, owner).await.map_err(failed)?;
        verify(place, owner, migrations, &applied)?;
        let Some(next) = migrations.get(applied.len()) else {
            transaction.commit().await.map_err(failed)?;
            return Ok(count);
        };
        apply(&mut transaction, owner, next).await.map_err(|error| SqlError::Migration {
            owner: owner.to_owned(),
            version: next.version,
            name: next.name.to_owned(),
            why: explain(place, &error),
        })?;
        transaction.commit().await.map_err(failed)?;
        tracing::info!(owner, version = next.version, name = next.name, "migrated {place}");
        count += 1;
    }
}

async fn apply(
    connection: &mut SqliteConnection,
    owner: &str,
    migration: &Migration,
) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(migration.sql).execute(&mut *connection).await?;
    sqlx::query("INSERT INTO _galatea_migrations (owner, version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(owner)
        .bind(migration.version)
        .bind(migration.name)
        .bind(migration.checksum())
        .bind(Timestamp::now().to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Refuses a file that another program filled; an empty one is fine.
pub(crate) async fn refuse_foreign(connection: &mut SqliteConnection, place: &str) -> Result<(), SqlError> {
    let failed = |error: sqlx::Error| SqlError::Failed(explain(place, &error));
    let tables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_galatea_migrations')
        ORDER BY name LIMIT 1";
    let table: Vec<String> = sqlx::query_scalar(tables).fetch_all(connection).await.map_err(failed)?;
    match table.into_iter().next() {
        Some(table) => Err(SqlError::Foreign { place: place.to_owned(), table, what: "file" }),
        None => Ok(()),
    }
}

async fn is_recorded(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let name = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_galatea_migrations'";
    Ok(!sqlx::query(name).fetch_all(connection).await?.is_empty())
}

/// A migration as the database remembers it.
pub(crate) struct Applied {
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) checksum: String,
}

async fn applied(connection: &mut SqliteConnection, owner: &str) -> Result<Vec<Applied>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT version, name, checksum FROM _galatea_migrations WHERE owner = ?1 ORDER BY version",
    )
    .bind(owner)
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(Applied { version: row.try_get(0)?, name: row.try_get(1)?, checksum: row.try_get(2)? })
    };
    rows.iter().map(read).collect()
}

/// What was applied must be the beginning of what this program knows.
pub(crate) fn verify(
    place: &str,
    owner: &str,
    known: &[Migration],
    applied: &[Applied],
) -> Result<(), SqlError> {
    let newest = applied.last().map_or(0, |last| last.version);
    for (index, applied) in applied.iter().enumerate() {
        let Some(migration) = known.get(index) else {
            return Err(SqlError::Newer {
                place: place.to_owned(),
                owner: owner.to_owned(),
                found: newest,
                known: known.last().map_or(0, |last| last.version),
            });
        };
        if migration.version != applied.version || migration.checksum() != applied.checksum {
            return Err(SqlError::Changed {
                place: place.to_owned(),
                owner: owner.to_owned(),
                version: applied.version,
                name: applied.name.clone(),
            });
        }
    }
    Ok(())
}
