//! The schema as a whole: how it stands, and what is beyond the limits. Copies are for the tools of the server.

use super::{
    PostgresStore, check, connect,
    database::{Database, Tries},
    read,
    row::time,
};
use crate::{
    error::{Fault, SqlError},
    settings::Settings,
};
use async_trait::async_trait;
use galatea::store::{
    Limit, Limits, Restored, StorageStatus, Store as _, StoreError, StoredRun, Swept, UpkeepStore,
};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use std::path::Path;
use uuid::Uuid;

#[async_trait]
impl UpkeepStore for PostgresStore {
    async fn status(&self) -> Result<StorageStatus, StoreError> {
        let status = read!(self, status(&self.database, self.agent))?;
        Ok(StorageStatus { description: self.description(), ..status })
    }

    async fn check(&self) -> Result<Vec<String>, StoreError> {
        read!(self, check::check(&self.database))
    }

    async fn back_up(&self, file: &Path) -> Result<u64, StoreError> {
        let (place, schema, file) = (self.database.place(), self.database.schema(), file.display());
        Err(self.told(Fault::Told(format!(
            "{place} is copied with the tools of PostgreSQL: `pg_dump --format=custom --schema={schema} --file={file} URL`"
        ))))
    }

    async fn sweep(&self, limits: &Limits) -> Result<Swept, StoreError> {
        sweep(&self.database, self.agent, limits).await.map_err(|fault| self.told(fault))
    }
}

/// Copies are put back with the tools of the server.
pub(crate) fn refuse_restore(settings: &Settings, from: &Path) -> Result<Restored, SqlError> {
    let (place, schema) = (connect::place(&connect::options(settings)?), connect::schema(settings)?);
    let from = from.display();
    Err(SqlError::Failed(format!(
        "{place} is put back with the tools of PostgreSQL: stop the agents, then \
         `pg_restore --clean --if-exists --single-transaction --schema={schema} --dbname=URL {from}`"
    )))
}

/// The tables of which records are counted.
const COUNTED: [&str; 9] =
    ["memories", "entities", "rooms", "worlds", "relationships", "components", "runs", "tasks", "scores"];

async fn status(database: &Database, agent: Uuid) -> Result<StorageStatus, Fault> {
    let mut view = database.view().await?;
    // With indexes and what large values take elsewhere; the tables of plugins are in the schema too.
    let size = "SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint FROM pg_class
        JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1 AND relkind IN ('r', 'm')";
    let size: i64 = sqlx::query_scalar(size).bind(database.schema()).fetch_one(&mut *view).await?;
    let mut status = StorageStatus { bytes: Some(size.unsigned_abs()), ..StorageStatus::default() };
    for table in COUNTED {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {table} WHERE agent = $1"));
        let count: i64 = sqlx::query_scalar(count).bind(agent).fetch_one(&mut *view).await?;
        status.records.insert(table.to_owned(), count.unsigned_abs());
    }
    Ok(status)
}

/// So many records go in one transaction, so that others are not kept waiting.
const AT_ONCE: u32 = 500;

/// How runs go: what an action of theirs was about to do goes with them, and their messages stay answered.
const RUNS: &str = "WITH gone AS (DELETE FROM runs WHERE agent = $1 AND id = ANY($2) RETURNING id, message),
    undone AS (DELETE FROM effects WHERE agent = $1 AND run IN (SELECT id FROM gone)),
    answered AS (UPDATE memories SET waiting = false WHERE agent = $1 AND waiting
        AND id IN (SELECT message FROM gone))
    SELECT count(*) FROM gone";

const SCORES: &str = "WITH gone AS (DELETE FROM scores WHERE agent = $1 AND id = ANY($2) RETURNING id)
    SELECT count(*) FROM gone";

const CACHED: &str = "WITH gone AS (DELETE FROM cache WHERE agent = $1 AND digest = ANY($2) RETURNING digest)
    SELECT count(*) FROM gone";

async fn sweep(database: &Database, agent: Uuid, limits: &Limits) -> Result<Swept, Fault> {
    let finished: Vec<String> = StoredRun::FINISHED.iter().map(|status| format!("'{status}'")).collect();
    let finished = format!("finished AND status IN ({})", finished.join(", "));
    let runs = Kind { table: "runs", which: &finished, size: "octet_length(record)", delete: RUNS };
    let scores = Kind { table: "scores", which: "true", size: "octet_length(metadata)", delete: SCORES };
    Ok(Swept {
        runs: runs.sweep(database, agent, limits.runs).await?,
        scores: scores.sweep(database, agent, limits.scores).await?,
        cached: cached(database, agent, limits.cache).await?,
    })
}

/// Records that grow with every turn.
struct Kind<'a> {
    table: &'a str,
    which: &'a str,
    size: &'a str,
    /// Deletes the ids `$2` of the agent `$1`, and says how many those were.
    delete: &'static str,
}

impl Kind<'_> {
    /// Deletes what is older than the limit, or behind so many bytes of newer ones.
    async fn sweep(&self, database: &Database, agent: Uuid, limit: Limit) -> Result<u64, Fault> {
        let Self { table, which, size, delete } = self;
        let mut gone = 0;
        if let Some(before) = limit.before {
            let old = format!(
                "SELECT id FROM {table} WHERE agent = $1 AND at < $2 AND {which} ORDER BY at, ordinal LIMIT {AT_ONCE}"
            );
            gone += repeated::<Uuid, _>(database, agent, &old, time(before), delete).await?;
        }
        if let Some(bytes) = limit.bytes {
            let behind = format!(
                "SELECT id FROM (
                     SELECT id, sum({size}) OVER (ORDER BY at DESC, ordinal DESC) AS upto
                     FROM {table} WHERE agent = $1 AND {which}) AS sized
                 WHERE upto > $2 ORDER BY upto DESC LIMIT {AT_ONCE}"
            );
            gone += repeated::<Uuid, _>(database, agent, &behind, signed(bytes), delete).await?;
        }
        Ok(gone)
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Drops the cached values whose time is over, and those that end first until the others fit.
async fn cached(database: &Database, agent: Uuid, limit: Limit) -> Result<u64, Fault> {
    let over = format!(
        "SELECT digest FROM cache WHERE agent = $1 AND until <= $2 ORDER BY until, digest LIMIT {AT_ONCE}"
    );
    let now = Timestamp::now().as_microsecond();
    let mut gone = repeated::<Vec<u8>, _>(database, agent, &over, now, CACHED).await?;
    if let Some(bytes) = limit.bytes {
        let behind = format!(
            "SELECT digest FROM (
                 SELECT digest, sum(octet_length(key) + octet_length(value))
                     OVER (ORDER BY until DESC NULLS FIRST, digest) AS upto
                 FROM cache WHERE agent = $1) AS sized
             WHERE upto > $2 ORDER BY upto DESC LIMIT {AT_ONCE}"
        );
        gone += repeated::<Vec<u8>, _>(database, agent, &behind, signed(bytes), CACHED).await?;
    }
    Ok(gone)
}

/// Finds and deletes until there is less than goes at once; others write in between.
async fn repeated<I, B>(
    database: &Database,
    agent: Uuid,
    find: &str,
    bound: B,
    delete: &'static str,
) -> Result<u64, Fault>
where
    I: Send + Sync + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    Vec<I>: for<'q> sqlx::Encode<'q, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    I: Clone + 'static,
    B: Clone + Send + for<'q> sqlx::Encode<'q, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + 'static,
{
    let mut gone = 0;
    loop {
        let found: Vec<I> = sqlx::query_scalar(AssertSqlSafe(find.to_owned()))
            .bind(agent)
            .bind(bound.clone())
            .fetch_all(database.pool())
            .await?;
        let mut tries = Tries::default();
        let deleted: i64 = loop {
            let delete = sqlx::query_scalar(delete).bind(agent).bind(found.clone());
            match delete.fetch_one(database.pool()).await.map_err(Fault::from) {
                Err(fault) if tries.again(&fault).await => {}
                deleted => break deleted?,
            }
        };
        gone += deleted.unsigned_abs();
        if found.len() < AT_ONCE as usize {
            return Ok(gone);
        }
    }
}
