//! Statements about cached values.

use super::{
    PostgresStore,
    database::Database,
    read,
    row::{Record, json, text},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::store::{CacheStore, StoreError};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnection;
use std::{sync::atomic::Ordering, time::Duration};
use uuid::Uuid;

#[async_trait]
impl CacheStore for PostgresStore {
    async fn set_cache(&self, key: &str, value: &Value, ttl: Option<Duration>) -> Result<(), StoreError> {
        set(&self.database, self.agent, key, value, ttl).await.map_err(|fault| self.told(fault))
    }

    async fn cache(&self, key: &str) -> Result<Option<Value>, StoreError> {
        read!(self, get(&self.database, self.agent, key))
    }

    async fn delete_cache(&self, key: &str) -> Result<(), StoreError> {
        delete(&self.database, self.agent, key).await.map_err(|fault| self.told(fault))
    }
}

/// After so many writes the values whose time is over are dropped.
const SWEEP_EVERY: usize = 256;

const SET: &str = "INSERT INTO cache (agent, digest, key, value, until) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (agent, digest) DO UPDATE SET value = excluded.value, until = excluded.until";

async fn set(
    database: &Database,
    agent: Uuid,
    key: &str,
    value: &Value,
    ttl: Option<Duration>,
) -> Result<(), Fault> {
    // A time too far to be told is for ever.
    let until =
        ttl.and_then(|ttl| i64::try_from(ttl.as_micros()).ok()).and_then(|ttl| now().checked_add(ttl));
    let mut connection = database.pool().acquire().await?;
    sqlx::query(SET)
        .bind(agent)
        .bind(digest(key))
        .bind(text(key))
        .bind(json("a cached value", value)?)
        .bind(until)
        .execute(&mut *connection)
        .await?;
    if database.cache_writes.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
        sweep(&mut connection).await?;
    }
    Ok(())
}

async fn get(database: &Database, agent: Uuid, key: &str) -> Result<Option<Value>, Fault> {
    let current =
        "SELECT value FROM cache WHERE agent = $1 AND digest = $2 AND (until IS NULL OR until > $3)";
    let rows =
        sqlx::query(current).bind(agent).bind(digest(key)).bind(now()).fetch_all(database.pool()).await?;
    rows.first().map(|row| Record::new(row, "a cached value").json("value")).transpose()
}

async fn delete(database: &Database, agent: Uuid, key: &str) -> Result<(), Fault> {
    sqlx::query("DELETE FROM cache WHERE agent = $1 AND digest = $2")
        .bind(agent)
        .bind(digest(key))
        .execute(database.pool())
        .await?;
    Ok(())
}

/// Drops the values whose time is over, of all agents; those that somebody is writing are left to the next time.
pub(super) async fn sweep(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let over = "DELETE FROM cache WHERE (agent, digest) IN (
            SELECT agent, digest FROM cache WHERE until <= $1 FOR UPDATE SKIP LOCKED
        )";
    sqlx::query(over).bind(now()).execute(connection).await?;
    Ok(())
}

fn digest(key: &str) -> Vec<u8> {
    Sha256::digest(key).to_vec()
}

fn now() -> i64 {
    Timestamp::now().as_microsecond()
}
