//! Statements about runs.

use super::{
    PostgresStore,
    adding::add_within,
    database::{Database, Tries},
    read,
    row::{Record, count, json, text, time},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::Memory,
    store::{RunStore, StoreError, StoredRun},
};
use sqlx::{
    QueryBuilder,
    postgres::{PgConnection, PgRow},
};
use uuid::Uuid;

#[async_trait]
impl RunStore for PostgresStore {
    async fn put_run(&self, run: &StoredRun, memories: &[Memory]) -> Result<(), StoreError> {
        self.own(memories.iter().map(|memory| memory.agent))?;
        put(&self.database, self.agent, run, memories).await.map_err(|fault| self.told(fault))
    }

    async fn run(&self, id: Uuid) -> Result<Option<StoredRun>, StoreError> {
        read!(self, one(&self.database, self.agent, id))
    }

    async fn runs(&self, room: Option<Uuid>, limit: usize) -> Result<Vec<StoredRun>, StoreError> {
        read!(self, newest(&self.database, self.agent, room, limit))
    }

    async fn waiting(&self) -> Result<Vec<StoredRun>, StoreError> {
        read!(self, waiting(&self.database, self.agent))
    }

    async fn unfinished(&self) -> Result<Vec<Memory>, StoreError> {
        read!(self, super::memories::unfinished(&self.database, self.agent))
    }
}

/// The columns of a run.
pub(super) const RUN: &str = "id, room, message, status, at, record";

/// `waiting` of the message follows the run, so that a start finds what it must take up again without looking at every
/// message. It may stay true too long, never false.
const PUT: &str = "WITH put AS (
    INSERT INTO runs (agent, id, room, message, status, finished, at, record)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (agent, id) DO UPDATE SET
        room = excluded.room, message = excluded.message, status = excluded.status,
        finished = excluded.finished, at = excluded.at, record = excluded.record
)
UPDATE memories SET waiting = NOT $6 WHERE agent = $1 AND id = $4 AND kind = 'message' AND entity <> $1
    AND waiting = $6";

async fn put(database: &Database, agent: Uuid, run: &StoredRun, memories: &[Memory]) -> Result<(), Fault> {
    let mut tries = Tries::default();
    loop {
        match put_once(database, agent, run, memories).await {
            Err(fault) if tries.again(&fault).await => {}
            put => return put,
        }
    }
}

async fn put_once(
    database: &Database,
    agent: Uuid,
    run: &StoredRun,
    memories: &[Memory],
) -> Result<(), Fault> {
    if memories.is_empty() {
        let mut connection = database.pool().acquire().await?;
        return put_within(&mut connection, agent, run).await;
    }
    let mut transaction = database.write().await?;
    // The memories first: the message of the run may be among them.
    add_within(&mut transaction, agent, memories).await?;
    put_within(&mut transaction, agent, run).await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn put_within(
    connection: &mut PgConnection,
    agent: Uuid,
    run: &StoredRun,
) -> Result<(), Fault> {
    sqlx::query(PUT)
        .bind(agent)
        .bind(run.id)
        .bind(run.room)
        .bind(run.message)
        .bind(text(&run.status))
        // A run that waits for a person or was set aside is not taken up by a start either.
        .bind(run.is_at_rest())
        .bind(time(run.at))
        .bind(json("the record of a run", &run.record)?)
        .execute(connection)
        .await?;
    Ok(())
}

async fn one(database: &Database, agent: Uuid, id: Uuid) -> Result<Option<StoredRun>, Fault> {
    let row =
        sqlx::query("SELECT id, room, message, status, at, record FROM runs WHERE agent = $1 AND id = $2")
            .bind(agent)
            .bind(id)
            .fetch_optional(database.pool())
            .await?;
    row.as_ref().map(run).transpose()
}

async fn newest(
    database: &Database,
    agent: Uuid,
    room: Option<Uuid>,
    limit: usize,
) -> Result<Vec<StoredRun>, Fault> {
    let mut statement =
        QueryBuilder::new("SELECT id, room, message, status, at, record FROM runs WHERE agent = ");
    statement.push_bind(agent);
    if let Some(room) = room {
        statement.push(" AND room = ").push_bind(room);
    }
    statement.push(" ORDER BY at DESC, ordinal DESC LIMIT ").push_bind(count(limit));
    let rows = statement.build().fetch_all(database.pool()).await?;
    rows.iter().map(run).collect()
}

async fn waiting(database: &Database, agent: Uuid) -> Result<Vec<StoredRun>, Fault> {
    let statement = "SELECT id, room, message, status, at, record FROM runs \
        WHERE agent = $1 AND status = 'waiting' ORDER BY at, ordinal";
    let rows = sqlx::query(statement).bind(agent).fetch_all(database.pool()).await?;
    rows.iter().map(run).collect()
}

pub(super) fn run(row: &PgRow) -> Result<StoredRun, Fault> {
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
