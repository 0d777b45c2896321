//! The file as a whole: how it stands, whether it is in order, copies of it, and what is beyond the limits.

use super::{
    SqliteStore,
    database::Database,
    row::{blob, time},
};
use crate::error::{Fault, explain};
use async_trait::async_trait;
use galatea::store::{Limit, Limits, StorageStatus, Store as _, StoreError, StoredRun, Swept, UpkeepStore};
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row};
use std::{io::ErrorKind, path::Path};
use uuid::Uuid;

#[async_trait]
impl UpkeepStore for SqliteStore {
    async fn status(&self) -> Result<StorageStatus, StoreError> {
        let status = status(&self.database, self.agent).await.map_err(|fault| self.told(fault))?;
        Ok(StorageStatus { description: self.description(), ..status })
    }

    async fn check(&self) -> Result<Vec<String>, StoreError> {
        check(&self.database).await.map_err(|fault| self.told(fault))
    }

    async fn back_up(&self, file: &Path) -> Result<u64, StoreError> {
        back_up(&self.database, file).await.map_err(|fault| self.told(fault))
    }

    async fn sweep(&self, limits: &Limits) -> Result<Swept, StoreError> {
        sweep(&self.database, self.agent, limits).await.map_err(|fault| self.told(fault))
    }
}

/// The tables of which records are counted.
const COUNTED: [&str; 9] =
    ["memories", "entities", "rooms", "worlds", "relationships", "components", "runs", "tasks", "scores"];

async fn status(database: &Database, agent: Uuid) -> Result<StorageStatus, Fault> {
    let mut reader = database.readers().begin().await?;
    let sizes = "SELECT page_count * page_size AS bytes, freelist_count * page_size AS free
        FROM pragma_page_count, pragma_page_size, pragma_freelist_count";
    let sizes = sqlx::query(sizes).fetch_one(&mut *reader).await?;
    let mut status = StorageStatus {
        bytes: Some(sizes.try_get::<i64, _>(0)?.unsigned_abs()),
        free_bytes: Some(sizes.try_get::<i64, _>(1)?.unsigned_abs()),
        ..StorageStatus::default()
    };
    for table in COUNTED {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {table} WHERE agent = ?1"));
        let count: i64 = sqlx::query_scalar(count).bind(blob(agent)).fetch_one(&mut *reader).await?;
        status.records.insert(table.to_owned(), count.unsigned_abs());
    }
    Ok(status)
}

async fn check(database: &Database) -> Result<Vec<String>, Fault> {
    let found: Result<Vec<String>, _> =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_all(database.readers()).await;
    match found {
        Ok(found) => Ok(found.into_iter().filter(|line| line != "ok").collect()),
        // A file that is too broken to be looked at is a finding too.
        Err(error) if crate::error::is_damage(&error) => Ok(vec![explain(database.place(), &error)]),
        Err(error) => Err(error.into()),
    }
}

async fn back_up(database: &Database, file: &Path) -> Result<u64, Fault> {
    let shown = file.display();
    let name = file.to_str().ok_or_else(|| Fault::Told(format!("`{shown}` is no name that SQLite takes")))?;
    private_file(file).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Fault::Told(format!("`{shown}` is there already: name a new file")),
        _ => Fault::Told(format!("the copy `{shown}` cannot be written: {error}")),
    })?;
    // A read transaction, so that writers go on; the copy has no free pages.
    let copied = sqlx::query("VACUUM INTO ?1").bind(name.to_owned()).execute(database.copier()).await;
    if let Err(error) = copied {
        // What is written of it is no backup.
        drop(std::fs::remove_file(file));
        return Err(Fault::Told(format!(
            "the copy `{shown}` cannot be written: {}",
            explain(database.place(), &error)
        )));
    }
    let size =
        synced(file).map_err(|error| Fault::Told(format!("the copy `{shown}` cannot be kept: {error}")))?;
    Ok(size)
}

/// Makes a file with nothing in it that only who runs the agents may read; SQLite writes a copy to such a one too.
pub(super) fn private_file(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// Waits until the file is on the disk; its size.
pub(super) fn synced(file: &Path) -> std::io::Result<u64> {
    let open = std::fs::OpenOptions::new().write(true).open(file)?;
    open.sync_all()?;
    Ok(open.metadata()?.len())
}

/// So many records go in one transaction, so that others are not kept waiting.
const AT_ONCE: u32 = 500;

async fn sweep(database: &Database, agent: Uuid, limits: &Limits) -> Result<Swept, Fault> {
    let finished: Vec<String> = StoredRun::FINISHED.iter().map(|status| format!("'{status}'")).collect();
    let runs = format!("finished = 1 AND status IN ({})", finished.join(", "));
    Ok(Swept {
        runs: beyond(database, agent, "runs", &runs, "octet_length(record)", limits.runs).await?,
        scores: beyond(database, agent, "scores", "1", "octet_length(metadata)", limits.scores).await?,
        cached: cached(database, agent, limits.cache).await?,
    })
}

/// Deletes what is older than the limit, or behind so many bytes of newer ones.
async fn beyond(
    database: &Database,
    agent: Uuid,
    table: &str,
    which: &str,
    size: &str,
    limit: Limit,
) -> Result<u64, Fault> {
    let mut gone = 0;
    if let Some(before) = limit.before {
        let delete = format!(
            "DELETE FROM {table} WHERE ordinal IN (SELECT ordinal FROM {table} WHERE agent = ?1 AND at < ?2 AND {which} LIMIT {AT_ONCE})"
        );
        gone += repeated(database, &delete, agent, Bound::Text(time(before))).await?;
    }
    if let Some(bytes) = limit.bytes {
        let delete = format!(
            "DELETE FROM {table} WHERE ordinal IN (
                 SELECT ordinal FROM (
                     SELECT ordinal, sum({size}) OVER (ORDER BY at DESC, ordinal DESC) AS upto
                     FROM {table} WHERE agent = ?1 AND {which})
                 WHERE upto > ?2 ORDER BY upto DESC LIMIT {AT_ONCE})"
        );
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        gone += repeated(database, &delete, agent, Bound::Number(bytes)).await?;
    }
    Ok(gone)
}

/// Drops the cached values whose time is over, and those that end first until the others fit.
async fn cached(database: &Database, agent: Uuid, limit: Limit) -> Result<u64, Fault> {
    let over = format!(
        "DELETE FROM cache WHERE (agent, key) IN (SELECT agent, key FROM cache WHERE agent = ?1 AND until <= ?2 LIMIT {AT_ONCE})"
    );
    let now = Timestamp::now().as_microsecond();
    let mut gone = repeated(database, &over, agent, Bound::Number(now)).await?;
    if let Some(bytes) = limit.bytes {
        let most = format!(
            "DELETE FROM cache WHERE (agent, key) IN (
                 SELECT agent, key FROM (
                     SELECT agent, key, sum(octet_length(key) + octet_length(value))
                         OVER (ORDER BY until IS NULL DESC, until DESC, key) AS upto
                     FROM cache WHERE agent = ?1)
                 WHERE upto > ?2 ORDER BY upto DESC LIMIT {AT_ONCE})"
        );
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        gone += repeated(database, &most, agent, Bound::Number(bytes)).await?;
    }
    Ok(gone)
}

enum Bound {
    Text(String),
    Number(i64),
}

/// Does a statement until it finds less than it may take at once; others write in between.
async fn repeated(database: &Database, delete: &str, agent: Uuid, bound: Bound) -> Result<u64, Fault> {
    let mut gone = 0;
    loop {
        let statement = sqlx::query(AssertSqlSafe(delete.to_owned())).bind(blob(agent));
        let statement = match &bound {
            Bound::Text(text) => statement.bind(text.clone()),
            Bound::Number(number) => statement.bind(*number),
        };
        let now = database.done(statement).await?;
        gone += now;
        if now < u64::from(AT_ONCE) {
            return Ok(gone);
        }
    }
}
