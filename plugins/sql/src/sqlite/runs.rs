//! Statements about runs.

use super::{
    SqliteStore,
    database::Database,
    memories::add_within,
    row::{Record, blob, count, json, time},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::Memory,
    store::{RunStore, StoreError, StoredRun},
};
use sqlx::{QueryBuilder, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

#[async_trait]
impl RunStore for SqliteStore {
    async fn put_run(&self, run: &StoredRun, memories: &[Memory]) -> Result<(), StoreError> {
        self.own(memories.iter().map(|memory| memory.agent))?;
        put(&self.database, self.agent, run, memories).await.map_err(|fault| self.told(fault))
    }

    async fn change_run(&self, run: &StoredRun, was: &str) -> Result<bool, StoreError> {
        change(&self.database, self.agent, run, was).await.map_err(|fault| self.told(fault))
    }

    async fn run(&self, id: Uuid) -> Result<Option<StoredRun>, StoreError> {
        one(&self.database, self.agent, id).await.map_err(|fault| self.told(fault))
    }

    async fn runs(&self, room: Option<Uuid>, limit: usize) -> Result<Vec<StoredRun>, StoreError> {
        newest(&self.database, self.agent, room, limit).await.map_err(|fault| self.told(fault))
    }

    async fn waiting(&self) -> Result<Vec<StoredRun>, StoreError> {
        waiting(&self.database, self.agent).await.map_err(|fault| self.told(fault))
    }

    async fn unfinished(&self) -> Result<Vec<Memory>, StoreError> {
        super::memories::unfinished(&self.database, self.agent).await.map_err(|fault| self.told(fault))
    }
}

/// The columns of a run.
pub(super) const RUN: &str = "id, room, message, status, at, record";

const PUT: &str = "INSERT INTO runs (agent, id, room, message, status, finished, at, record)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (agent, id) DO UPDATE SET
    room = excluded.room, message = excluded.message, status = excluded.status, finished = excluded.finished,
    at = excluded.at, record = excluded.record";

pub(super) async fn put(
    database: &Database,
    agent: Uuid,
    run: &StoredRun,
    memories: &[Memory],
) -> Result<(), Fault> {
    let run = run.clone();
    if memories.is_empty() {
        return database
            .statement(move |connection| Box::pin(async move { put_within(connection, agent, &run).await }))
            .await;
    }
    let memories = memories.to_vec();
    database
        .change(move |connection| {
            Box::pin(async move {
                put_within(connection, agent, &run).await?;
                add_within(connection, agent, &memories).await?;
                Ok(())
            })
        })
        .await
}

pub(super) async fn put_within(
    connection: &mut SqliteConnection,
    agent: Uuid,
    run: &StoredRun,
) -> Result<(), Fault> {
    sqlx::query(PUT)
        .bind(blob(agent))
        .bind(blob(run.id))
        .bind(blob(run.room))
        .bind(blob(run.message))
        .bind(run.status.as_str())
        // A run that waits for a person or was set aside is not taken up by a start either.
        .bind(run.is_at_rest())
        .bind(time(run.at))
        .bind(json("the record of a run", &run.record)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// One statement, so that of several processes one can write.
async fn change(database: &Database, agent: Uuid, run: &StoredRun, was: &str) -> Result<bool, Fault> {
    let change = "UPDATE runs SET room = ?3, message = ?4, status = ?5, finished = ?6, at = ?7, record = ?8
        WHERE agent = ?1 AND id = ?2 AND status = ?9";
    let changed = sqlx::query(change)
        .bind(blob(agent))
        .bind(blob(run.id))
        .bind(blob(run.room))
        .bind(blob(run.message))
        .bind(run.status.as_str())
        .bind(run.is_at_rest())
        .bind(time(run.at))
        .bind(json("the record of a run", &run.record)?)
        .bind(was)
        .execute(database.writer())
        .await?;
    Ok(changed.rows_affected() > 0)
}

/// The first unfinished runs of a room, in the order of their messages.
pub(super) async fn queue(
    database: &Database,
    agent: Uuid,
    room: Uuid,
    most: i64,
) -> Result<Vec<StoredRun>, Fault> {
    let statement = "SELECT runs.id, runs.room, runs.message, runs.status, runs.at, runs.record FROM memories
        JOIN runs ON runs.agent = memories.agent AND runs.message = memories.id AND NOT runs.finished
        WHERE memories.agent = ?1 AND memories.room = ?2 AND memories.waiting = 1
        ORDER BY memories.sequence LIMIT ?3";
    let rows = sqlx::query(statement)
        .bind(blob(agent))
        .bind(blob(room))
        .bind(most)
        .fetch_all(database.readers())
        .await?;
    rows.iter().map(read).collect()
}

/// The rooms that have unfinished runs.
pub(super) async fn rooms_that_wait(database: &Database, agent: Uuid, most: i64) -> Result<Vec<Uuid>, Fault> {
    let statement = "SELECT DISTINCT memories.room FROM memories
        JOIN runs ON runs.agent = memories.agent AND runs.message = memories.id AND NOT runs.finished
        WHERE memories.agent = ?1 AND memories.waiting = 1 LIMIT ?2";
    let rows = sqlx::query(statement).bind(blob(agent)).bind(most).fetch_all(database.readers()).await?;
    rows.iter().map(|row| Record::new(row, "a room that waits").id("room")).collect()
}

pub(super) async fn one(database: &Database, agent: Uuid, id: Uuid) -> Result<Option<StoredRun>, Fault> {
    let row =
        sqlx::query("SELECT id, room, message, status, at, record FROM runs WHERE agent = ?1 AND id = ?2")
            .bind(blob(agent))
            .bind(blob(id))
            .fetch_optional(database.readers())
            .await?;
    row.as_ref().map(read).transpose()
}

pub(super) async fn newest(
    database: &Database,
    agent: Uuid,
    room: Option<Uuid>,
    limit: usize,
) -> Result<Vec<StoredRun>, Fault> {
    let mut statement =
        QueryBuilder::new("SELECT id, room, message, status, at, record FROM runs WHERE agent = ");
    statement.push_bind(blob(agent));
    if let Some(room) = room {
        statement.push(" AND room = ").push_bind(blob(room));
    }
    statement.push(" ORDER BY at DESC, ordinal DESC LIMIT ").push_bind(count(limit));
    let rows = statement.build().fetch_all(database.readers()).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn waiting(database: &Database, agent: Uuid) -> Result<Vec<StoredRun>, Fault> {
    let statement = "SELECT id, room, message, status, at, record FROM runs \
        WHERE agent = ?1 AND status = 'waiting' ORDER BY at, ordinal";
    let rows = sqlx::query(statement).bind(blob(agent)).fetch_all(database.readers()).await?;
    rows.iter().map(read).collect()
}

pub(super) fn read(row: &SqliteRow) -> Result<StoredRun, Fault> {
    let (record, id) = Record::new(row, "the run").named("id")?;
    Ok(StoredRun {
        id,
        room: record.id("room")?,
        message: record.id("message")?,
        status: record.text("status")?,
        at: record.time("at")?,
        record: record.json("record")?,
    })
}
