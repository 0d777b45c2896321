//! Making the schema and its tables. All that is missing is applied in one transaction, under a lock that whoever starts
//! meanwhile waits for.

use super::explain::explain;
use crate::{
    error::SqlError,
    migrate::{Applied, Migration, Owned, Pending, Rules, verify},
};
use sqlx::{AssertSqlSafe, Connection, Row, postgres::PgConnection};

/// Whose tables the store's are, in the record of migrations.
const OWNER: &str = "sql";

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "store", sql: include_str!("../../migrations/postgres/0001_store.sql") },
    Migration { version: 2, name: "tasks", sql: include_str!("../../migrations/postgres/0002_tasks.sql") },
    Migration { version: 3, name: "scores", sql: include_str!("../../migrations/postgres/0003_scores.sql") },
    Migration {
        version: 4,
        name: "components",
        sql: include_str!("../../migrations/postgres/0004_components.sql"),
    },
    Migration {
        version: 5,
        name: "waiting",
        sql: include_str!("../../migrations/postgres/0005_waiting.sql"),
    },
    Migration {
        version: 6,
        name: "journal",
        sql: include_str!("../../migrations/postgres/0006_journal.sql"),
    },
    Migration { version: 7, name: "search", sql: include_str!("../../migrations/postgres/0007_search.sql") },
    Migration { version: 8, name: "leases", sql: include_str!("../../migrations/postgres/0008_leases.sql") },
    Migration {
        version: 9,
        name: "spending",
        sql: include_str!("../../migrations/postgres/0009_spending.sql"),
    },
    Migration {
        version: 10,
        name: "receipts",
        sql: include_str!("../../migrations/postgres/0010_receipts.sql"),
    },
    Migration { version: 11, name: "tokens", sql: include_str!("../../migrations/postgres/0011_tokens.sql") },
];

/// The store's own migrations.
pub(super) fn own_migrations() -> Owned {
    Owned { owner: OWNER, migrations: MIGRATIONS.to_vec() }
}

/// The names of the store's tables, in lower case: what plugins must keep out of.
pub(crate) fn own_tables() -> impl Iterator<Item = String> {
    MIGRATIONS.iter().flat_map(Migration::tables)
}

/// The oldest version of PostgreSQL that has what the tables need.
const OLDEST: i32 = 15;

/// The lock that starters wait for, in every database: `galatea` in ASCII.
const LOCK: i64 = 0x67_61_6c_61_74_65_61;

const RECORD: &str = "CREATE TABLE IF NOT EXISTS _galatea_migrations (
    owner      text        NOT NULL,
    version    bigint      NOT NULL,
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner, version)
)";

/// Makes or checks the tables and drops cached values whose time is over; the version of the server.
pub(super) async fn prepare(
    connection: &mut PgConnection,
    place: &str,
    schema: &str,
    greeting: &str,
) -> Result<String, SqlError> {
    let failed = |error: sqlx::Error| SqlError::Failed(explain(place, &error));
    let version = check_server(connection, place).await?;
    sqlx::raw_sql(AssertSqlSafe(greeting)).execute(&mut *connection).await.map_err(failed)?;
    migrate(connection, place, schema, &[own_migrations()], None).await?;
    super::cache::sweep(connection).await.map_err(failed)?;
    Ok(version)
}

async fn check_server(connection: &mut PgConnection, place: &str) -> Result<String, SqlError> {
    let failed = |error: sqlx::Error| SqlError::Failed(explain(place, &error));
    let asked = "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_version'), \
        current_setting('server_encoding')";
    let row = sqlx::query(asked).fetch_one(connection).await.map_err(failed)?;
    let number: i32 = row.try_get(0).map_err(failed)?;
    let version: String = row.try_get(1).map_err(failed)?;
    let encoding: String = row.try_get(2).map_err(failed)?;
    if number < OLDEST {
        return Err(SqlError::Failed(format!(
            "{place} is of version {version}: use PostgreSQL {OLDEST} or newer"
        )));
    }
    if encoding != "UTF8" {
        return Err(SqlError::Failed(format!(
            "{place} keeps texts as {encoding}, which has not all characters: make one with \
             `createdb --encoding=UTF8 --template=template0`"
        )));
    }
    Ok(version)
}

/// Applies the migrations that are not applied yet, all in one transaction; gives them. `rules` are for plugins; the
/// storage itself has none.
///
/// # Errors
/// Applied migrations that this program does not know or knows otherwise, those that the rules refuse, and whatever the
/// database reports. Nothing was applied then.
pub(super) async fn migrate(
    connection: &mut PgConnection,
    place: &str,
    schema: &str,
    owners: &[Owned],
    rules: Option<&Rules>,
) -> Result<Pending, SqlError> {
    let failed = |error: sqlx::Error| SqlError::Failed(explain(place, &error));
    // The usual start: nothing to do, and nobody is waited for.
    if is_recorded(connection, schema).await.map_err(failed)?
        && pending(connection, place, owners).await?.is_empty()
    {
        return Ok(Vec::new());
    }
    let mut transaction = connection.begin().await.map_err(failed)?;
    lock(&mut transaction).await.map_err(failed)?;
    make_schema(&mut transaction, place, schema).await?;
    sqlx::raw_sql(RECORD).execute(&mut *transaction).await.map_err(failed)?;
    // Read again: another process may have gone ahead.
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

/// What is yet to be applied, in order. What was applied must be the beginning of what this program knows.
async fn pending(connection: &mut PgConnection, place: &str, owners: &[Owned]) -> Result<Pending, SqlError> {
    let mut pending = Vec::new();
    for Owned { owner, migrations } in owners {
        let applied = applied(connection, Some(owner)).await;
        let applied = applied.map_err(|error| SqlError::Failed(explain(place, &error)))?;
        verify(place, owner, migrations, &applied)?;
        pending.extend(migrations.iter().skip(applied.len()).map(|migration| (*owner, *migration)));
    }
    Ok(pending)
}

/// Waits for other starters. Migrations take what time they need.
async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("SET LOCAL statement_timeout TO 0; SET LOCAL lock_timeout TO '10min'")
        .execute(&mut *connection)
        .await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(connection).await?;
    Ok(())
}

/// Makes the schema, or refuses one that another program filled; an empty one is fine.
async fn make_schema(connection: &mut PgConnection, place: &str, schema: &str) -> Result<(), SqlError> {
    let failed = |error: sqlx::Error| SqlError::Failed(explain(place, &error));
    // Asked for before: who may not make schemas may use one that was made for them.
    let there = sqlx::query("SELECT FROM pg_namespace WHERE nspname = $1").bind(schema);
    if there.fetch_optional(&mut *connection).await.map_err(failed)?.is_none() {
        let make = format!("CREATE SCHEMA \"{schema}\"");
        sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut *connection).await.map_err(failed)?;
        return Ok(());
    }
    let foreign = "SELECT tablename FROM pg_tables WHERE schemaname = $1
        AND NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = '_galatea_migrations')
        ORDER BY tablename LIMIT 1";
    let table: Option<String> =
        sqlx::query_scalar(foreign).bind(schema).fetch_optional(connection).await.map_err(failed)?;
    match table {
        Some(table) => {
            let place = format!("the schema `{schema}` of {place}");
            Err(SqlError::Foreign { place, table, what: "schema" })
        }
        None => Ok(()),
    }
}

async fn is_recorded(connection: &mut PgConnection, schema: &str) -> Result<bool, sqlx::Error> {
    let table = "SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = '_galatea_migrations'";
    Ok(sqlx::query(table).bind(schema).fetch_optional(connection).await?.is_some())
}

/// What was applied of an owner, or of all.
pub(super) async fn applied(
    connection: &mut PgConnection,
    owner: Option<&str>,
) -> Result<Vec<Applied>, sqlx::Error> {
    let known = "SELECT owner, version, name, checksum,
            to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
        FROM _galatea_migrations WHERE $1::text IS NULL OR owner = $1 ORDER BY owner, version";
    let rows = sqlx::query(known).bind(owner).fetch_all(connection).await?;
    let read = |row: &sqlx::postgres::PgRow| {
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

async fn apply(connection: &mut PgConnection, owner: &str, migration: &Migration) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(migration.sql).execute(&mut *connection).await?;
    sqlx::query("INSERT INTO _galatea_migrations (owner, version, name, checksum) VALUES ($1, $2, $3, $4)")
        .bind(owner)
        .bind(migration.version)
        .bind(migration.name)
        .bind(migration.checksum())
        .execute(connection)
        .await?;
    Ok(())
}
