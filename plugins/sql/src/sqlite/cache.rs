//! Statements about cached values.

use super::{
    SqliteStore,
    database::Database,
    row::{Record, blob, json},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::store::{CacheStore, StoreError};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::SqliteConnection;
use std::{sync::atomic::Ordering, time::Duration};
use uuid::Uuid;

#[async_trait]
impl CacheStore for SqliteStore {
    async fn set_cache(&self, key: &str, value: &Value, ttl: Option<Duration>) -> Result<(), StoreError> {
        set(&self.database, self.agent, key, value, ttl).await.map_err(|fault| self.told(fault))
    }

    async fn cache(&self, key: &str) -> Result<Option<Value>, StoreError> {
        get(&self.database, self.agent, key).await.map_err(|fault| self.told(fault))
    }

    async fn delete_cache(&self, key: &str) -> Result<(), StoreError> {
        delete(&self.database, self.agent, key).await.map_err(|fault| self.told(fault))
    }
}

/// After so many writes the values whose time is over are dropped.
const SWEEP_EVERY: usize = 256;

const SET: &str = "INSERT INTO cache (agent, key, value, until) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (agent, key) DO UPDATE SET value = excluded.value, until = excluded.until";

pub(super) async fn set(
    database: &Database,
    agent: Uuid,
    key: &str,
    value: &Value,
    ttl: Option<Duration>,
) -> Result<(), Fault> {
    // A time too far to be told is for ever.
    let until =
        ttl.and_then(|ttl| i64::try_from(ttl.as_micros()).ok()).and_then(|ttl| now().checked_add(ttl));
    let set = sqlx::query(SET)
        .bind(blob(agent))
        .bind(key.to_owned())
        .bind(json("a cached value", value)?)
        .bind(until);
    if database.cache_writes.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
        database.statement(|connection| Box::pin(async move { Ok(sweep(connection).await?) })).await?;
    }
    database.done(set).await?;
    Ok(())
}

pub(super) async fn get(database: &Database, agent: Uuid, key: &str) -> Result<Option<Value>, Fault> {
    let current = "SELECT value FROM cache WHERE agent = ?1 AND key = ?2 AND (until IS NULL OR until > ?3)";
    let rows =
        sqlx::query(current).bind(blob(agent)).bind(key).bind(now()).fetch_all(database.readers()).await?;
    rows.first().map(|row| Record::new(row, "a cached value").json("value")).transpose()
}

pub(super) async fn delete(database: &Database, agent: Uuid, key: &str) -> Result<(), Fault> {
    let delete =
        sqlx::query("DELETE FROM cache WHERE agent = ?1 AND key = ?2").bind(blob(agent)).bind(key.to_owned());
    database.done(delete).await?;
    Ok(())
}

/// Drops the values whose time is over, of all agents.
pub(super) async fn sweep(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM cache WHERE until <= ?1").bind(now()).execute(connection).await?;
    Ok(())
}

fn now() -> i64 {
    Timestamp::now().as_microsecond()
}
