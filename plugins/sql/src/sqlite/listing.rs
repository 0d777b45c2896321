//! Statements that list what is stored, a page at a time.

use super::{
    SqliteStore,
    database::Database,
    memories::push_conditions,
    places::{ROOM, entity, room},
    row::{MEMORY, Record, blob, count, memories, time},
    runs::{RUN, read},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::{Entity, Memory},
    store::{ListedRoom, ListingStore, MemoryQuery, RoomQuery, RunQuery, StoreError, StoredRun},
};
use sqlx::{QueryBuilder, sqlite::SqliteRow};
use uuid::Uuid;

#[async_trait]
impl ListingStore for SqliteStore {
    async fn list_runs(&self, query: &RunQuery) -> Result<Vec<StoredRun>, StoreError> {
        runs(&self.database, self.agent, query).await.map_err(|fault| self.told(fault))
    }

    async fn list_rooms(&self, query: &RoomQuery) -> Result<Vec<ListedRoom>, StoreError> {
        rooms(&self.database, self.agent, query).await.map_err(|fault| self.told(fault))
    }

    async fn list_entities(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<Entity>, StoreError> {
        entities(&self.database, self.agent, after, limit).await.map_err(|fault| self.told(fault))
    }

    async fn list_memories(
        &self,
        query: &MemoryQuery,
        before: Option<Uuid>,
    ) -> Result<Vec<Memory>, StoreError> {
        older(&self.database, self.agent, query, before).await.map_err(|fault| self.told(fault))
    }
}

async fn runs(database: &Database, agent: Uuid, query: &RunQuery) -> Result<Vec<StoredRun>, Fault> {
    let mut statement = QueryBuilder::new(format!("SELECT {RUN} FROM runs WHERE agent = "));
    statement.push_bind(blob(agent));
    if let Some(room) = query.room {
        statement.push(" AND room = ").push_bind(blob(room));
    }
    if let Some(status) = &query.status {
        statement.push(" AND status = ").push_bind(status.clone());
    }
    if let Some(before) = query.before {
        statement.push(" AND (at, ordinal) < (SELECT at, ordinal FROM runs WHERE agent = ");
        statement.push_bind(blob(agent)).push(" AND id = ").push_bind(blob(before)).push(")");
    }
    statement.push(" ORDER BY at DESC, ordinal DESC LIMIT ").push_bind(count(query.limit));
    let rows = statement.build().fetch_all(database.readers()).await?;
    rows.iter().map(read).collect()
}

/// A room without messages has an empty time, which sorts before all.
async fn rooms(database: &Database, agent: Uuid, query: &RoomQuery) -> Result<Vec<ListedRoom>, Fault> {
    let mut statement = QueryBuilder::new(format!(
        "WITH listed AS (SELECT {ROOM}, coalesce((SELECT at FROM memories
            WHERE memories.agent = rooms.agent AND memories.room = rooms.id AND memories.kind = 'message'
            ORDER BY memories.sequence DESC LIMIT 1), '') AS last FROM rooms WHERE agent = "
    ));
    statement.push_bind(blob(agent));
    if let Some(entity) = query.entity {
        statement.push(
            " AND EXISTS (SELECT 1 FROM participants AS there
            WHERE there.agent = rooms.agent AND there.room = rooms.id AND there.entity = ",
        );
        statement.push_bind(blob(entity)).push(")");
    }
    statement.push(") SELECT * FROM listed");
    if let Some(before) = query.before {
        statement.push(" WHERE (last, room_id) < (").push_bind(before.last.map(time).unwrap_or_default());
        statement.push(", ").push_bind(blob(before.room)).push(")");
    }
    statement.push(" ORDER BY last DESC, room_id DESC LIMIT ").push_bind(count(query.limit));
    let rows = statement.build().fetch_all(database.readers()).await?;
    rows.iter().map(|row| listed(agent, row)).collect()
}

fn listed(agent: Uuid, row: &SqliteRow) -> Result<ListedRoom, Fault> {
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
    statement.push_bind(blob(agent));
    if let Some(after) = after {
        statement.push(" AND id > ").push_bind(blob(after));
    }
    statement.push(" ORDER BY id LIMIT ").push_bind(count(limit));
    let rows = statement.build().fetch_all(database.readers()).await?;
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
        statement.push_bind(blob(agent)).push(" AND id = ").push_bind(blob(before)).push(")");
    }
    statement.push(" ORDER BY ordinal DESC LIMIT ").push_bind(count(query.limit));
    let rows = statement.build().fetch_all(database.readers()).await?;
    memories(agent, &rows)
}
