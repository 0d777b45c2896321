//! Statements about tasks.

use super::{
    SqliteStore,
    database::Database,
    row::{Record, blob, count, json, time},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::store::{StoreError, StoredTask, TaskStore};
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

#[async_trait]
impl TaskStore for SqliteStore {
    async fn add_task(&self, task: &StoredTask) -> Result<bool, StoreError> {
        add(&self.database, self.agent, task).await.map_err(|fault| self.told(fault))
    }

    async fn tasks(&self, limit: usize) -> Result<Vec<StoredTask>, StoreError> {
        all(&self.database, self.agent, limit).await.map_err(|fault| self.told(fault))
    }

    async fn task(&self, id: Uuid) -> Result<Option<StoredTask>, StoreError> {
        one(&self.database, self.agent, id).await.map_err(|fault| self.told(fault))
    }

    async fn put_task(&self, task: &StoredTask) -> Result<bool, StoreError> {
        put(&self.database, self.agent, task).await.map_err(|fault| self.told(fault))
    }

    async fn delete_task(&self, id: Uuid) -> Result<bool, StoreError> {
        delete(&self.database, self.agent, id).await.map_err(|fault| self.told(fault))
    }
}

pub(super) async fn add(database: &Database, agent: Uuid, task: &StoredTask) -> Result<bool, Fault> {
    let add = "INSERT INTO tasks (agent, id, revision, next, record) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (agent, id) DO NOTHING";
    let add = sqlx::query(add)
        .bind(blob(agent))
        .bind(blob(task.id))
        .bind(task.revision)
        .bind(task.next().map(time))
        .bind(json("a task", task)?);
    Ok(database.done(add).await? > 0)
}

pub(super) async fn all(database: &Database, agent: Uuid, limit: usize) -> Result<Vec<StoredTask>, Fault> {
    // Those with a time come out of the index in order, so that the others are read only if there is room for them.
    let waiting = "SELECT id, revision, record FROM tasks WHERE agent = ?1 AND next IS NOT NULL
        ORDER BY next, id LIMIT ?2";
    let others =
        "SELECT id, revision, record FROM tasks WHERE agent = ?1 AND next IS NULL ORDER BY id LIMIT ?2";
    let mut tasks = Vec::new();
    for statement in [waiting, others] {
        let left = limit.saturating_sub(tasks.len());
        if left > 0 {
            let rows = sqlx::query(statement)
                .bind(blob(agent))
                .bind(count(left))
                .fetch_all(database.readers())
                .await?;
            for row in &rows {
                tasks.push(read(row)?);
            }
        }
    }
    Ok(tasks)
}

pub(super) async fn one(database: &Database, agent: Uuid, id: Uuid) -> Result<Option<StoredTask>, Fault> {
    let row = sqlx::query("SELECT id, revision, record FROM tasks WHERE agent = ?1 AND id = ?2")
        .bind(blob(agent))
        .bind(blob(id))
        .fetch_optional(database.readers())
        .await?;
    row.as_ref().map(read).transpose()
}

/// One statement, so that of several processes one can write.
pub(super) async fn put(database: &Database, agent: Uuid, task: &StoredTask) -> Result<bool, Fault> {
    let put = "UPDATE tasks SET revision = revision + 1, next = ?4, record = ?5
        WHERE agent = ?1 AND id = ?2 AND revision = ?3";
    let put = sqlx::query(put)
        .bind(blob(agent))
        .bind(blob(task.id))
        .bind(task.revision)
        .bind(task.next().map(time))
        .bind(json("a task", task)?);
    Ok(database.done(put).await? > 0)
}

pub(super) async fn delete(database: &Database, agent: Uuid, id: Uuid) -> Result<bool, Fault> {
    let delete =
        sqlx::query("DELETE FROM tasks WHERE agent = ?1 AND id = ?2").bind(blob(agent)).bind(blob(id));
    Ok(database.done(delete).await? > 0)
}

fn read(row: &SqliteRow) -> Result<StoredTask, Fault> {
    let (record, _) = Record::new(row, "the task").named("id")?;
    Ok(StoredTask { revision: record.number("revision")?, ..record.json("record")? })
}
