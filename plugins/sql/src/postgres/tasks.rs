//! Statements about tasks.

use super::{
    PostgresStore,
    database::Database,
    read,
    row::{Record, count, json, time},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::store::{StoreError, StoredTask, TaskStore};
use sqlx::postgres::PgRow;
use uuid::Uuid;

#[async_trait]
impl TaskStore for PostgresStore {
    async fn add_task(&self, task: &StoredTask) -> Result<bool, StoreError> {
        add(&self.database, self.agent, task).await.map_err(|fault| self.told(fault))
    }

    async fn tasks(&self, limit: usize) -> Result<Vec<StoredTask>, StoreError> {
        read!(self, all(&self.database, self.agent, limit))
    }

    async fn task(&self, id: Uuid) -> Result<Option<StoredTask>, StoreError> {
        read!(self, one(&self.database, self.agent, id))
    }

    async fn put_task(&self, task: &StoredTask) -> Result<bool, StoreError> {
        put(&self.database, self.agent, task).await.map_err(|fault| self.told(fault))
    }

    async fn delete_task(&self, id: Uuid) -> Result<bool, StoreError> {
        delete(&self.database, self.agent, id).await.map_err(|fault| self.told(fault))
    }
}

async fn add(database: &Database, agent: Uuid, task: &StoredTask) -> Result<bool, Fault> {
    let add = "INSERT INTO tasks (agent, id, revision, next, record) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (agent, id) DO NOTHING";
    let added = sqlx::query(add)
        .bind(agent)
        .bind(task.id)
        .bind(task.revision)
        .bind(task.next().map(time))
        .bind(json("a task", task)?)
        .execute(database.pool())
        .await?;
    Ok(added.rows_affected() > 0)
}

async fn all(database: &Database, agent: Uuid, limit: usize) -> Result<Vec<StoredTask>, Fault> {
    // The order of the index, which puts those without a time last.
    let all = "SELECT id, revision, record FROM tasks WHERE agent = $1 ORDER BY next, id LIMIT $2";
    let rows = sqlx::query(all).bind(agent).bind(count(limit)).fetch_all(database.pool()).await?;
    rows.iter().map(task).collect()
}

async fn one(database: &Database, agent: Uuid, id: Uuid) -> Result<Option<StoredTask>, Fault> {
    let row = sqlx::query("SELECT id, revision, record FROM tasks WHERE agent = $1 AND id = $2")
        .bind(agent)
        .bind(id)
        .fetch_optional(database.pool())
        .await?;
    row.as_ref().map(task).transpose()
}

/// One statement, so that of several processes one can write.
async fn put(database: &Database, agent: Uuid, task: &StoredTask) -> Result<bool, Fault> {
    let put = "UPDATE tasks SET revision = revision + 1, next = $4, record = $5
        WHERE agent = $1 AND id = $2 AND revision = $3";
    let written = sqlx::query(put)
        .bind(agent)
        .bind(task.id)
        .bind(task.revision)
        .bind(task.next().map(time))
        .bind(json("a task", task)?)
        .execute(database.pool())
        .await?;
    Ok(written.rows_affected() > 0)
}

async fn delete(database: &Database, agent: Uuid, id: Uuid) -> Result<bool, Fault> {
    let deleted = sqlx::query("DELETE FROM tasks WHERE agent = $1 AND id = $2")
        .bind(agent)
        .bind(id)
        .execute(database.pool())
        .await?;
    Ok(deleted.rows_affected() > 0)
}

fn task(row: &PgRow) -> Result<StoredTask, Fault> {
    let (record, _) = Record::new(row, "the task").named("id")?;
    Ok(StoredTask { revision: record.number("revision")?, ..record.json("record")? })
}
