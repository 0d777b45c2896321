//! Statements about receipts and the outbox.

use super::{
    PostgresStore,
    adding::{add_new, add_within},
    database::{Database, Tries},
    read,
    row::{MEMORY, count, memories, text},
    runs,
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::{Memory, MemoryKind},
    store::{InboxStore, StoreError, StoredRun},
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

#[async_trait]
impl InboxStore for PostgresStore {
    async fn accept(&self, run: &StoredRun, message: &Memory) -> Result<Option<i64>, StoreError> {
        self.own([message.agent])?;
        accept(&self.database, self.agent, run, message).await.map_err(|fault| self.told(fault))
    }

    async fn add_history(&self, memories: &[Memory]) -> Result<Vec<(i64, bool)>, StoreError> {
        self.own(memories.iter().map(|memory| memory.agent))?;
        add_history(&self.database, self.agent, memories).await.map_err(|fault| self.told(fault))
    }

    async fn open_outbox(&self, source: &str) -> Result<(), StoreError> {
        open(&self.database, self.agent, source).await.map_err(|fault| self.told(fault))
    }

    async fn close_outbox(&self, source: &str) -> Result<(), StoreError> {
        close(&self.database, self.agent, source).await.map_err(|fault| self.told(fault))
    }

    async fn undelivered(&self, source: &str, limit: usize) -> Result<Vec<Memory>, StoreError> {
        read!(self, undelivered(&self.database, self.agent, source, limit))
    }

    async fn delivered(&self, messages: &[Uuid]) -> Result<(), StoreError> {
        delivered(&self.database, self.agent, messages).await.map_err(|fault| self.told(fault))
    }
}

async fn accept(
    database: &Database,
    agent: Uuid,
    run: &StoredRun,
    message: &Memory,
) -> Result<Option<i64>, Fault> {
    let mut tries = Tries::default();
    loop {
        match accept_once(database, agent, run, message).await {
            Err(fault) if tries.again(&fault).await => {}
            accepted => return accepted,
        }
    }
}

async fn accept_once(
    database: &Database,
    agent: Uuid,
    run: &StoredRun,
    message: &Memory,
) -> Result<Option<i64>, Fault> {
    let mut transaction = database.write().await?;
    let received = "SELECT EXISTS (SELECT FROM receipts WHERE agent = $1 AND id = $2)";
    let was_deleted: bool =
        sqlx::query_scalar(received).bind(agent).bind(message.id).fetch_one(&mut *transaction).await?;
    if was_deleted {
        return Ok(None);
    }
    let Some(sequence) = add_new(&mut transaction, agent, message).await? else { return Ok(None) };
    runs::put_within(&mut transaction, agent, run).await?;
    transaction.commit().await?;
    Ok(Some(sequence))
}

async fn add_history(
    database: &Database,
    agent: Uuid,
    memories: &[Memory],
) -> Result<Vec<(i64, bool)>, Fault> {
    let mut tries = Tries::default();
    loop {
        match add_history_once(database, agent, memories).await {
            Err(fault) if tries.again(&fault).await => {}
            added => return added,
        }
    }
}

async fn add_history_once(
    database: &Database,
    agent: Uuid,
    memories: &[Memory],
) -> Result<Vec<(i64, bool)>, Fault> {
    let mut transaction = database.write().await?;
    let added = add_within(&mut transaction, agent, memories).await?;
    let new = memories.iter().zip(&added).filter(|(_, (_, is_new))| *is_new);
    let new: Vec<Uuid> = new.map(|(memory, _)| memory.id).collect();
    // Nobody is to answer these messages, or to deliver them.
    for statement in [
        "UPDATE memories SET waiting = false WHERE agent = $1 AND id = ANY($2) AND waiting",
        "DELETE FROM outbox WHERE agent = $1 AND memory = ANY($2)",
    ] {
        sqlx::query(statement).bind(agent).bind(&new).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(added)
}

async fn open(database: &Database, agent: Uuid, source: &str) -> Result<(), Fault> {
    let open = "INSERT INTO outboxes (agent, source) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    sqlx::query(open).bind(agent).bind(text(source)).execute(database.pool()).await?;
    Ok(())
}

async fn close(database: &Database, agent: Uuid, source: &str) -> Result<(), Fault> {
    let close = "WITH closed AS (DELETE FROM outboxes WHERE agent = $1 AND source = $2)
        DELETE FROM outbox WHERE agent = $1 AND source = $2";
    sqlx::query(close).bind(agent).bind(text(source)).execute(database.pool()).await?;
    Ok(())
}

async fn undelivered(
    database: &Database,
    agent: Uuid,
    source: &str,
    limit: usize,
) -> Result<Vec<Memory>, Fault> {
    let statement = format!(
        "SELECT {MEMORY} FROM memories WHERE agent = $1 AND id IN (
             SELECT memory FROM outbox WHERE agent = $1 AND source = $2 ORDER BY ordinal LIMIT $3)
         ORDER BY ordinal"
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(agent)
        .bind(text(source))
        .bind(count(limit))
        .fetch_all(database.pool())
        .await?;
    memories(agent, &rows)
}

async fn delivered(database: &Database, agent: Uuid, ids: &[Uuid]) -> Result<(), Fault> {
    if ids.is_empty() {
        return Ok(());
    }
    let delete = "DELETE FROM outbox WHERE agent = $1 AND memory = ANY($2)";
    sqlx::query(delete).bind(agent).bind(ids).execute(database.pool()).await?;
    Ok(())
}

/// The source whose outbox may have to keep a memory, if there is one.
pub(super) fn way_out(memory: &Memory) -> Option<String> {
    let is_said = memory.kind == MemoryKind::Message && memory.entity == memory.agent;
    memory.content.source.as_deref().filter(|_| is_said).map(|source| text(source).into_owned())
}
