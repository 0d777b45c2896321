//! Statements that list what is stored, a page at a time.

use super::{
    PostgresStore,
    database::Database,
    entities::entity,
    memories::push_conditions,
    places::{ROOM, room},
    read,
    row::{MEMORY, Record, count, memories, text, time},
    runs::{RUN, run},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::{Entity, Memory},
    store::{ListedRoom, ListingStore, MemoryQuery, RoomQuery, RunQuery, StoreError, StoredRun},
};
use sqlx::{QueryBuilder, postgres::PgRow};
use uuid::Uuid;

#[async_trait]
impl ListingStore for PostgresStore {
    async fn list_runs(&self, query: &RunQuery) -> Result<Vec<StoredRun>, StoreError> {
        read!(self, runs(&self.database, self.agent, query))
    }

    async fn list_rooms(&self, query: &RoomQuery) -> Result<Vec<ListedRoom>, StoreError> {
        read!(self, rooms(&self.database, self.agent, query))
    }

    async fn list_entities(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<Entity>, StoreError> {
        read!(self, entities(&self.database, self.agent, after, limit))
    }

    async fn list_memories(
        &self,
        query: &MemoryQuery,
        before: Option<Uuid>,
    ) -> Result<Vec<Memory>, StoreError> {
        read!(self, older(&self.database, self.agent, query, before))
    }
}

async fn runs(database: &Database, agent: Uuid, query: &RunQuery) -> Result<Vec<StoredRun>, Fault> {
    let mut statement = QueryBuilder::new(format!("SELECT {RUN} FROM runs WHERE agent = "));
    statement.push_bind(agent);
    if let Some(room) = query.room {
        statement.push(" AND room = ").push_bind(room);
    }
    if let Some(status) = &query.status {
        statement.push(" AND status = ").push_bind(text(status).into_owned());
    }
    if let Some(before) = query.before {
        statement.push(" AND (at, ordinal) < (SELECT at, ordinal FROM runs WHERE agent = ");
        statement.push_bind(agent).push(" AND id = ").push_bind(before).push(")");
    }
    statement.push(" ORDER BY at DESC, ordinal DESC LIMIT ").push_bind(count(query.limit));
    let rows = statement.build().fetch_all(database.pool()).await?;
    rows.iter().map(run).collect()
}

/// A room without messages has an empty time, which sorts before all.
async fn rooms(database: &Database, agent: Uuid, query: &RoomQuery) -> Result<Vec<ListedRoom>, Fault> {
    let mut statement = QueryBuilder::new(format!(
        "WITH listed AS (SELECT {ROOM}, coalesce((SELECT at FROM memories
            WHERE memories.agent = rooms.agent AND memories.room = rooms.id AND memories.kind = 'message'
            ORDER BY memories.sequence DESC LIMIT 1), '') COLLATE \"C\" AS last FROM rooms WHERE agent = "
    ));
    statement.push_bind(agent);
    if let Some(entity) = query.entity {
        statement.push(
            " AND EXISTS (SELECT 1 FROM participants AS there
            WHERE there.agent = rooms.agent AND there.room = rooms.id AND there.entity = ",
        );
        statement.push_bind(entity).push(")");
    }
    statement.push(") SELECT * FROM listed");
    if let Some(before) = query.before {
        statement.push(" WHERE (last, room_id) < (").push_bind(before.last.map(time).unwrap_or_default());
        statement.push(", ").push_bind(before.room).push(")");
    }
    statement.push(" ORDER BY last DESC, room_id DESC LIMIT ").push_bind(count(query.limit));
    let rows = statement.build().fetch_all(database.pool()).await?;
    rows.iter().map(|row| listed(agent, row)).collect()
}

fn listed(agent: Uuid, row: &PgRow) -> Result<ListedRoom, Fault> {
    let record = Record::new(row, "the last message of a room");
    let last = if record.text("last")?.is_empty() { None } else { Some(record.time("last")?) };
    Ok(ListedRoom { room: room(agent, row)?, last })
}

async fn entities(
    database: &Database,
    agent: Uuid,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Entity>, Fault> {
    let mut statement = QueryBuilder::new("SELECT id, names, metadata FROM entities WHERE agent = ");
    statement.push_bind(agent);
    if let Some(after) = after {
        statement.push(" AND id > ").push_bind(after);
    }
    statement.push(" ORDER BY id LIMIT ").push_bind(count(limit));
    let rows = statement.build().fetch_all(database.pool()).await?;
    rows.iter().map(|row| entity(agent, row)).collect()
}

async fn older(
    database: &Database,
    agent: Uuid,
    query: &MemoryQuery,
    before: Option<Uuid>,
) -> Result<Vec<Memory>, Fault> {
    let query = MemoryQuery { before: None, ..query.clone() };
    let mut statement = QueryBuilder::new(format!("SELECT {MEMORY} FROM memories"));
    push_conditions(&mut statement, agent, &query);
    if let Some(before) = before {
        statement.push(" AND ordinal < (SELECT ordinal FROM memories WHERE agent = ");
        statement.push_bind(agent).push(" AND id = ").push_bind(before).push(")");
    }
    statement.push(" ORDER BY ordinal DESC LIMIT ").push_bind(count(query.limit));
    let rows = statement.build().fetch_all(database.pool()).await?;
    memories(agent, &rows)
}
