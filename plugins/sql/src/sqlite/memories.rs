//! Statements about memories.

use super::{
    SqliteStore,
    database::Database,
    row::{MEMORY, MemoryColumns, PARAMETERS, blob, count as number, memories, time, with_ids},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::Memory,
    store::{MemoryQuery, MemoryStore, RoomSnapshot, StoreError, Window, without_case},
};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use uuid::Uuid;

#[async_trait]
impl MemoryStore for SqliteStore {
    async fn add_memories(&self, memories: &[Memory]) -> Result<Vec<(i64, bool)>, StoreError> {
        self.own(memories.iter().map(|memory| memory.agent))?;
        add(&self.database, self.agent, memories).await.map_err(|fault| self.told(fault))
    }

    async fn memories(&self, query: &MemoryQuery) -> Result<Vec<Memory>, StoreError> {
        find(&self.database, self.agent, query).await.map_err(|fault| self.told(fault))
    }

    async fn memories_by_id(&self, ids: &[Uuid]) -> Result<Vec<Memory>, StoreError> {
        by_id(&self.database, self.agent, ids).await.map_err(|fault| self.told(fault))
    }

    async fn delete_memories(&self, ids: &[Uuid]) -> Result<usize, StoreError> {
        delete(&self.database, self.agent, ids).await.map_err(|fault| self.told(fault))
    }

    async fn count_memories(&self, query: &MemoryQuery) -> Result<u64, StoreError> {
        count(&self.database, self.agent, query).await.map_err(|fault| self.told(fault))
    }

    async fn snapshot(&self, room: Uuid, window: Window) -> Result<RoomSnapshot, StoreError> {
        super::snapshot::snapshot(&self.database, self.agent, room, window)
            .await
            .map_err(|fault| self.told(fault))
    }
}

/// The number is found and given in the one statement, so that no other writer, in whatever process, can give it too.
const INSERT: &str = "INSERT INTO memories
    (agent, id, kind, entity, room, world, at, content, extra, metadata, search, words, sequence, waiting)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
    1 + max(
        coalesce((SELECT max(sequence) FROM memories WHERE agent = ?1 AND room = ?5), 0),
        coalesce((SELECT sequence FROM last_sequences WHERE agent = ?1 AND room = ?5), 0)
    ),
    ?3 = 'message' AND ?4 <> ?1
        AND NOT EXISTS (SELECT 1 FROM runs WHERE agent = ?1 AND message = ?2 AND finished)
)
ON CONFLICT (agent, id) DO NOTHING
RETURNING sequence";

pub(super) async fn add(
    database: &Database,
    agent: Uuid,
    memories: &[Memory],
) -> Result<Vec<(i64, bool)>, Fault> {
    match memories {
        [] => return Ok(Vec::new()),
        // One new memory, an accepted message above all, needs no transaction around its statement.
        [memory] => {
            let memory = memory.clone();
            let added = database
                .statement(move |connection| {
                    Box::pin(async move { insert(connection, agent, &memory).await })
                })
                .await?;
            if let Some(sequence) = added {
                return Ok(vec![(sequence, true)]);
            }
        }
        _ => {}
    }
    let memories = memories.to_vec();
    database
        .change(move |connection| Box::pin(async move { add_within(connection, agent, &memories).await }))
        .await
}

/// Adds within a transaction of the caller's.
pub(super) async fn add_within(
    connection: &mut SqliteConnection,
    agent: Uuid,
    memories: &[Memory],
) -> Result<Vec<(i64, bool)>, Fault> {
    let mut added = Vec::with_capacity(memories.len());
    for memory in memories {
        added.push(match insert(connection, agent, memory).await? {
            Some(sequence) => (sequence, true),
            None => (sequence(connection, agent, memory.id).await?, false),
        });
    }
    Ok(added)
}

/// The new sequence number; `None` if the memory was there.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    agent: Uuid,
    memory: &Memory,
) -> Result<Option<i64>, Fault> {
    let columns = MemoryColumns::of(memory)?;
    // `fetch_all`, not `fetch_optional`: the latter returns at the row, before the statement has ended and its write is committed.
    let rows = sqlx::query(INSERT)
        .bind(blob(agent))
        .bind(blob(memory.id))
        .bind(memory.kind.name())
        .bind(blob(memory.entity))
        .bind(blob(memory.room))
        .bind(memory.world.map(blob))
        .bind(time(memory.at))
        .bind(columns.content)
        .bind(columns.extra)
        .bind(columns.metadata)
        .bind(columns.search)
        .bind(columns.words)
        .fetch_all(connection)
        .await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

async fn sequence(connection: &mut SqliteConnection, agent: Uuid, id: Uuid) -> Result<i64, Fault> {
    let known = "SELECT sequence FROM memories WHERE agent = ?1 AND id = ?2";
    Ok(sqlx::query_scalar(known).bind(blob(agent)).bind(blob(id)).fetch_one(connection).await?)
}

pub(super) async fn find(
    database: &Database,
    agent: Uuid,
    query: &MemoryQuery,
) -> Result<Vec<Memory>, Fault> {
    let mut statement = QueryBuilder::new(format!("SELECT {MEMORY} FROM memories"));
    push_conditions(&mut statement, agent, query);
    // In a room both orders are the same, and each has its index.
    let order = if query.room.is_some() { "sequence" } else { "ordinal" };
    statement.push(format!(" ORDER BY {order} DESC LIMIT ")).push_bind(number(query.limit));
    let rows = statement.build().fetch_all(database.readers()).await?;
    let mut found = memories(agent, &rows)?;
    found.reverse();
    Ok(found)
}

pub(super) async fn count(database: &Database, agent: Uuid, query: &MemoryQuery) -> Result<u64, Fault> {
    let mut statement = QueryBuilder::new("SELECT count(*) FROM memories");
    push_conditions(&mut statement, agent, query);
    let count: i64 = statement.build_query_scalar().fetch_one(database.readers()).await?;
    Ok(count.unsigned_abs())
}

pub(super) fn push_conditions(statement: &mut QueryBuilder<Sqlite>, agent: Uuid, query: &MemoryQuery) {
    statement.push(" WHERE agent = ").push_bind(blob(agent));
    if let Some(room) = query.room {
        statement.push(" AND room = ").push_bind(blob(room));
    }
    if let Some(kind) = &query.kind {
        statement.push(" AND kind = ").push_bind(kind.name().to_owned());
    }
    if let Some(entity) = query.entity {
        statement.push(" AND entity = ").push_bind(blob(entity));
    }
    if let Some(before) = query.before {
        statement.push(" AND sequence < ").push_bind(before);
    }
    if let Some(part) = &query.containing {
        // Not LIKE: it knows the case of ASCII only, has special characters and ends at a NUL.
        statement.push(" AND instr(search, ").push_bind(without_case(part)).push(") > 0");
    }
}

pub(super) async fn by_id(database: &Database, agent: Uuid, ids: &[Uuid]) -> Result<Vec<Memory>, Fault> {
    let mut found = Vec::new();
    for ids in distinct(ids).chunks(PARAMETERS) {
        let mut statement = QueryBuilder::new(format!("SELECT {MEMORY} FROM memories WHERE agent = "));
        statement.push_bind(blob(agent)).push(" AND id IN ");
        with_ids(&mut statement, ids);
        let rows = statement.build().fetch_all(database.readers()).await?;
        found.extend(memories(agent, &rows)?);
    }
    Ok(found)
}

/// Each id once: an id in two statements would give its row twice.
pub(super) fn distinct(ids: &[Uuid]) -> Vec<Uuid> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids
}

pub(super) async fn delete(database: &Database, agent: Uuid, ids: &[Uuid]) -> Result<usize, Fault> {
    if ids.is_empty() {
        return Ok(0);
    }
    let ids = ids.to_vec();
    database
        .change(move |connection| Box::pin(async move { delete_within(connection, agent, &ids).await }))
        .await
}

/// Deletes within a transaction of the caller's.
pub(super) async fn delete_within(
    connection: &mut SqliteConnection,
    agent: Uuid,
    ids: &[Uuid],
) -> Result<usize, Fault> {
    let mut deleted = 0;
    for ids in ids.chunks(PARAMETERS) {
        let mut keep = QueryBuilder::new(
            "INSERT INTO last_sequences (agent, room, sequence)
             SELECT agent, room, max(sequence) FROM memories WHERE agent = ",
        );
        keep.push_bind(blob(agent)).push(" AND id IN ");
        with_ids(&mut keep, ids);
        keep.push(
            " GROUP BY agent, room
              ON CONFLICT (agent, room) DO UPDATE SET sequence = max(sequence, excluded.sequence)",
        );
        keep.build().execute(&mut *connection).await?;

        let mut delete = QueryBuilder::new("DELETE FROM memories WHERE agent = ");
        delete.push_bind(blob(agent)).push(" AND id IN ");
        with_ids(&mut delete, ids);
        deleted += delete.build().execute(&mut *connection).await?.rows_affected();
    }
    Ok(usize::try_from(deleted).unwrap_or(usize::MAX))
}

pub(super) async fn unfinished(database: &Database, agent: Uuid) -> Result<Vec<Memory>, Fault> {
    let mut statement =
        QueryBuilder::new(format!("SELECT {MEMORY} FROM memories WHERE waiting = 1 AND agent = "));
    statement.push_bind(blob(agent)).push(" ORDER BY ordinal");
    let rows = statement.build().fetch_all(database.readers()).await?;
    memories(agent, &rows)
}
