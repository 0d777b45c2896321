//! Statements about receipts and the outbox.

use super::{
    SqliteStore,
    database::Database,
    memories::{add_within, distinct, insert},
    row::{MEMORY, PARAMETERS, blob, count, memories, with_ids},
    runs,
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::Memory,
    store::{InboxStore, StoreError, StoredRun},
};
use sqlx::{AssertSqlSafe, QueryBuilder, SqliteConnection};
use uuid::Uuid;

#[async_trait]
impl InboxStore for SqliteStore {
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
        undelivered(&self.database, self.agent, source, limit).await.map_err(|fault| self.told(fault))
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
    let (run, message) = (run.clone(), message.clone());
    database
        .change(move |connection| {
            Box::pin(async move { accept_within(connection, agent, &run, &message).await })
        })
        .await
}

async fn accept_within(
    connection: &mut SqliteConnection,
    agent: Uuid,
    run: &StoredRun,
    message: &Memory,
) -> Result<Option<i64>, Fault> {
    let received = "SELECT EXISTS (SELECT 1 FROM receipts WHERE agent = ?1 AND id = ?2)";
    let was_deleted: bool = sqlx::query_scalar(received)
        .bind(blob(agent))
        .bind(blob(message.id))
        .fetch_one(&mut *connection)
        .await?;
    if was_deleted {
        return Ok(None);
    }
    let Some(sequence) = insert(connection, agent, message).await? else { return Ok(None) };
    runs::put_within(connection, agent, run).await?;
    Ok(Some(sequence))
}

async fn add_history(
    database: &Database,
    agent: Uuid,
    memories: &[Memory],
) -> Result<Vec<(i64, bool)>, Fault> {
    if memories.is_empty() {
        return Ok(Vec::new());
    }
    let memories = memories.to_vec();
    database
        .change(move |connection| {
            Box::pin(async move {
                let added = add_within(connection, agent, &memories).await?;
                let new = memories.iter().zip(&added).filter(|(_, (_, is_new))| *is_new);
                let new: Vec<Uuid> = new.map(|(memory, _)| memory.id).collect();
                for ids in new.chunks(PARAMETERS) {
                    settle(connection, agent, ids).await?;
                }
                Ok(added)
            })
        })
        .await
}

/// Nobody is to answer these messages, or to deliver them.
async fn settle(connection: &mut SqliteConnection, agent: Uuid, ids: &[Uuid]) -> Result<(), Fault> {
    for (begin, column) in [
        ("UPDATE memories SET waiting = 0 WHERE agent = ", "id"),
        ("DELETE FROM outbox WHERE agent = ", "memory"),
    ] {
        let mut statement = QueryBuilder::new(begin);
        statement.push_bind(blob(agent)).push(format!(" AND {column} IN "));
        with_ids(&mut statement, ids);
        statement.build().execute(&mut *connection).await?;
    }
    Ok(())
}

async fn open(database: &Database, agent: Uuid, source: &str) -> Result<(), Fault> {
    // Most often it is open already, and reading that is no write.
    let known = "SELECT EXISTS (SELECT 1 FROM outboxes WHERE agent = ?1 AND source = ?2)";
    let is_open: bool =
        sqlx::query_scalar(known).bind(blob(agent)).bind(source).fetch_one(database.readers()).await?;
    if !is_open {
        let open = "INSERT INTO outboxes (agent, source) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        database.done(sqlx::query(open).bind(blob(agent)).bind(source.to_owned())).await?;
    }
    Ok(())
}

async fn close(database: &Database, agent: Uuid, source: &str) -> Result<(), Fault> {
    let source = source.to_owned();
    database
        .change(move |connection| {
            Box::pin(async move {
                for statement in [
                    "DELETE FROM outboxes WHERE agent = ?1 AND source = ?2",
                    "DELETE FROM outbox WHERE agent = ?1 AND source = ?2",
                ] {
                    sqlx::query(statement).bind(blob(agent)).bind(&source).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .await
}

async fn undelivered(
    database: &Database,
    agent: Uuid,
    source: &str,
    limit: usize,
) -> Result<Vec<Memory>, Fault> {
    let statement = format!(
        "SELECT {MEMORY} FROM memories WHERE agent = ?1 AND ordinal IN (
             SELECT ordinal FROM outbox WHERE agent = ?1 AND source = ?2 ORDER BY ordinal LIMIT ?3)
         ORDER BY ordinal"
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(blob(agent))
        .bind(source)
        .bind(count(limit))
        .fetch_all(database.readers())
        .await?;
    memories(agent, &rows)
}

async fn delivered(database: &Database, agent: Uuid, ids: &[Uuid]) -> Result<(), Fault> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids = distinct(ids);
    database
        .change(move |connection| {
            Box::pin(async move {
                for ids in ids.chunks(PARAMETERS) {
                    let mut delete = QueryBuilder::new("DELETE FROM outbox WHERE agent = ");
                    delete.push_bind(blob(agent)).push(" AND memory IN ");
                    with_ids(&mut delete, ids);
                    delete.build().execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .await
}
