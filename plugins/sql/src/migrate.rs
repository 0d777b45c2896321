//! Tables that grow with the program: migrations, applied in order, once, whole, and never changed afterwards.
//!
//! The storage has its own, plugins have theirs. What is pending is applied in one transaction, so that a program starts
//! with all tables as it knows them or with none changed.

use crate::{
    database::{Dialect, forbidden, script},
    error::{SqlError, explain},
};
use galatea::{
    definition::MigrationDef,
    store::{MigrationStatus, PluginMigrations},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use std::collections::BTreeSet;

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

    fn told(&self, owner: &str, applied_at: Option<String>) -> MigrationStatus {
        let (owner, name) = (owner.to_owned(), self.name.to_owned());
        let version = u32::try_from(self.version).unwrap_or(u32::MAX);
        MigrationStatus { owner, version, name, applied_at, destroys: None }
    }

    /// It was not applied.
    pub(crate) fn refused(&self, owner: &str, why: String) -> SqlError {
        let (owner, name) = (owner.to_owned(), self.name.to_owned());
        SqlError::Migration { owner, version: self.version, name, why }
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

/// The migrations of one owner.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    /// The storage or a plugin.
    pub(crate) owner: &'static str,
    pub(crate) migrations: Vec<Migration>,
}

/// What is yet to be applied, with its owners.
pub(crate) type Pending = Vec<(&'static str, Migration)>;

/// What migrations of plugins may do.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The tables that they must keep out of.
    forbidden: BTreeSet<String>,
    allow_destructive: bool,
    dialect: Dialect,
}

impl Owned {
    /// Those of plugins.
    pub(crate) fn of(plugins: &[PluginMigrations], dialect: Dialect) -> Result<Vec<Self>, SqlError> {
        plugins.iter().map(|plugin| Self::of_plugin(plugin, dialect)).collect()
    }

    fn of_plugin(plugin: &PluginMigrations, dialect: Dialect) -> Result<Self, SqlError> {
        let one = |def: &MigrationDef| {
            let (sql, database, folder) = match dialect {
                Dialect::Sqlite => (def.sqlite, "SQLite", "sqlite"),
                Dialect::Postgres => (def.postgres, "PostgreSQL", "postgres"),
            };
            let migration =
                Migration { version: def.version.into(), name: def.name, sql: sql.unwrap_or_default() };
            let file = format!("migrations/{folder}/{:04}_{}.sql", def.version, def.name);
            let why = || format!("it has no statements for {database}: add `{file}`");
            sql.is_some().then_some(migration).ok_or_else(|| migration.refused(plugin.plugin, why()))
        };
        let migrations = plugin.migrations.iter().map(one).collect::<Result<_, SqlError>>()?;
        Ok(Self { owner: plugin.plugin, migrations })
    }
}

impl Rules {
    pub(crate) fn new(allow_destructive: bool, dialect: Dialect) -> Self {
        Self { forbidden: forbidden(), allow_destructive, dialect }
    }

    /// Whether a plugin may do that.
    pub(crate) fn check(&self, owner: &str, migration: &Migration) -> Result<(), SqlError> {
        script::check(migration.sql, &self.forbidden, self.dialect)
            .map_err(|why| migration.refused(owner, why))?;
        match script::destructive(migration.sql, self.dialect).filter(|_| !self.allow_destructive) {
            None => Ok(()),
            Some(statement) => Err(SqlError::Destructive {
                owner: owner.to_owned(),
                version: migration.version,
                name: migration.name.to_owned(),
                statement,
            }),
        }
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

/// Applies the migrations that are not applied yet, all in one transaction; gives them. Several processes may do so at
/// once: each migration is applied by one of them. `rules` are for plugins; the storage itself has none.
///
/// # Errors
/// Applied migrations that this program does not know or knows otherwise, those that the rules refuse, and whatever the
/// database reports. Nothing was applied then.
pub(crate) async fn migrate(
    connection: &mut SqliteConnection,
    place: &str,
    owners: &[Owned],
    rules: Option<&Rules>,
) -> Result<Pending, SqlError> {
    let failed = |error: sqlx::Error| SqlError::Failed(explain(place, &error));
    // The usual start: nothing to do, and nobody is kept from writing.
    if is_recorded(connection).await.map_err(failed)? && pending(connection, place, owners).await?.is_empty()
    {
        return Ok(Vec::new());
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    sqlx::raw_sql(RECORD).execute(&mut *transaction).await.map_err(failed)?;
    // Looked at again: another process may have gone ahead.
    let pending = pending(&mut transaction, place, owners).await?;
    for (owner, next) in &pending {
        if let Some(rules) = rules {
            rules.check(owner, next)?;
        }
        let applied = apply(&mut transaction, owner, next).await;
        applied.map_err(|error| next.refused(owner, explain(place, &error)))?;
    }
    transaction.commit().await.map_err(failed)?;
    for (owner, applied) in &pending {
        tracing::info!(owner, version = applied.version, name = applied.name, "migrated {place}");
    }
    Ok(pending)
}

/// Whether this program knows the tables of a database; what is yet to be applied is no error.
pub(crate) async fn check_known(
    connection: &mut SqliteConnection,
    place: &str,
    owned: &Owned,
) -> Result<(), SqlError> {
    pending(connection, place, std::slice::from_ref(owned)).await.map(drop)
}

async fn apply(
    connection: &mut SqliteConnection,
    owner: &str,
    migration: &Migration,
) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(migration.sql)).execute(&mut *connection).await?;
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

/// What is yet to be applied, in order. What was applied must be the beginning of what this program knows.
async fn pending(
    connection: &mut SqliteConnection,
    place: &str,
    owners: &[Owned],
) -> Result<Pending, SqlError> {
    let mut pending = Vec::new();
    for Owned { owner, migrations } in owners {
        let applied = applied(connection, Some(owner)).await;
        let applied = applied.map_err(|error| SqlError::Failed(explain(place, &error)))?;
        verify(place, owner, migrations, &applied)?;
        pending.extend(migrations.iter().skip(applied.len()).map(|migration| (*owner, *migration)));
    }
    Ok(pending)
}

/// How the migrations of these owners stand, and those of owners that this program does not know.
pub(crate) async fn status(
    connection: &mut SqliteConnection,
    owners: &[Owned],
) -> Result<Vec<MigrationStatus>, sqlx::Error> {
    let applied = match is_recorded(connection).await? {
        true => applied(connection, None).await?,
        false => Vec::new(),
    };
    Ok(told(owners, &applied, Dialect::Sqlite))
}

/// The same from what was applied.
pub(crate) fn told(owners: &[Owned], applied: &[Applied], dialect: Dialect) -> Vec<MigrationStatus> {
    let mut all = Vec::new();
    for Owned { owner, migrations } in owners {
        let own: Vec<&Applied> = applied.iter().filter(|applied| applied.owner == *owner).collect();
        all.extend(own.iter().map(|applied| applied.told()));
        let pending = migrations.iter().skip(own.len()).map(|next| MigrationStatus {
            destroys: script::destructive(next.sql, dialect),
            ..next.told(owner, None)
        });
        all.extend(pending);
    }
    let known = |owner: &str| owners.iter().any(|owned| owned.owner == owner);
    all.extend(applied.iter().filter(|applied| !known(&applied.owner)).map(Applied::told));
    all
}

/// What was applied just now.
pub(crate) fn applied_now(applied: &Pending) -> Vec<MigrationStatus> {
    let now = Timestamp::now().to_string();
    applied.iter().map(|(owner, migration)| migration.told(owner, Some(now.clone()))).collect()
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

/// Whether the database has a record of migrations, so that it is one of Galatea.
pub(crate) async fn is_recorded(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let name = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_galatea_migrations'";
    Ok(!sqlx::query(name).fetch_all(connection).await?.is_empty())
}

/// A migration as the database remembers it.
pub(crate) struct Applied {
    pub(crate) owner: String,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) checksum: String,
    /// When, as RFC 3339.
    pub(crate) at: String,
}

impl Applied {
    fn told(&self) -> MigrationStatus {
        MigrationStatus {
            owner: self.owner.clone(),
            version: u32::try_from(self.version).unwrap_or(u32::MAX),
            name: self.name.clone(),
            applied_at: Some(self.at.clone()),
            destroys: None,
        }
    }
}

/// What was applied of an owner, or of all.
async fn applied(
    connection: &mut SqliteConnection,
    owner: Option<&str>,
) -> Result<Vec<Applied>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT owner, version, name, checksum, applied_at FROM _galatea_migrations
         WHERE ?1 IS NULL OR owner = ?1 ORDER BY owner, version",
    )
    .bind(owner)
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(Applied {
            owner: row.try_get(0)?,
            version: row.try_get(1)?,
            name: row.try_get(2)?,
            checksum: row.try_get(3)?,
            at: row.try_get(4)?,
        })
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
