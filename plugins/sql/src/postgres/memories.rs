//! Statements that find and delete memories.

use super::{
    PostgresStore, adding,
    database::{Database, Tries},
    read,
    row::{MEMORY, count as number, memories, text},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::Memory,
    store::{MemoryQuery, MemoryStore, RoomSnapshot, StoreError, Window, without_case},
};
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, postgres::PgConnection};
use uuid::Uuid;

#[async_trait]
impl MemoryStore for PostgresStore {
    async fn add_memories(&self, memories: &[Memory]) -> Result<Vec<(i64, bool)>, StoreError> {
        self.own(memories.iter().map(|memory| memory.agent))?;
        adding::add(&self.database, self.agent, self.fence, memories).await.map_err(|fault| self.told(fault))
    }

    async fn memories(&self, query: &MemoryQuery) -> Result<Vec<Memory>, StoreError> {
        read!(self, find(&self.database, self.agent, query))
    }

    async fn memories_by_id(&self, ids: &[Uuid]) -> Result<Vec<Memory>, StoreError> {
        read!(self, by_id(&self.database, self.agent, ids))
    }

    async fn delete_memories(&self, ids: &[Uuid]) -> Result<usize, StoreError> {
        let mut tries = Tries::default();
        loop {
            match delete(&self.database, self.agent, ids).await {
                Err(fault) if tries.again(&fault).await => {}
                deleted => return deleted.map_err(|fault| self.told(fault)),
            }
        }
    }

    async fn count_memories(&self, query: &MemoryQuery) -> Result<u64, StoreError> {
        read!(self, count(&self.database, self.agent, query))
    }

    async fn snapshot(&self, room: Uuid, window: Window) -> Result<RoomSnapshot, StoreError> {
        read!(self, super::snapshot::snapshot(&self.database, self.agent, room, window))
    }
}

async fn find(database: &Database, agent: Uuid, query: &MemoryQuery) -> Result<Vec<Memory>, Fault> {
    let mut statement = QueryBuilder::new(format!("SELECT {MEMORY} FROM memories"));
    push_conditions(&mut statement, agent, query);
    // In a room both orders are the same, and each has its index.
    let order = if query.room.is_some() { "sequence" } else { "ordinal" };
    statement.push(format!(" ORDER BY {order} DESC LIMIT ")).push_bind(number(query.limit));
    let rows = statement.build().fetch_all(database.pool()).await?;
    let mut found = memories(agent, &rows)?;
    found.reverse();
    Ok(found)
}

async fn count(database: &Database, agent: Uuid, query: &MemoryQuery) -> Result<u64, Fault> {
    let mut statement = QueryBuilder::new("SELECT count(*) FROM memories");
    push_conditions(&mut statement, agent, query);
    let count: i64 = statement.build_query_scalar().fetch_one(database.pool()).await?;
    Ok(count.unsigned_abs())
}

pub(super) fn push_conditions(statement: &mut QueryBuilder<Postgres>, agent: Uuid, query: &MemoryQuery) {
    statement.push(" WHERE agent = ").push_bind(agent);
    if let Some(room) = query.room {
        statement.push(" AND room = ").push_bind(room);
    }
    if let Some(kind) = &query.kind {
        statement.push(" AND kind = ").push_bind(text(kind.name()).into_owned());
    }
    if let Some(entity) = query.entity {
        statement.push(" AND entity = ").push_bind(entity);
    }
    if let Some(before) = query.before {
        statement.push(" AND sequence < ").push_bind(before);
    }
    if let Some(part) = &query.containing {
        statement.push(" AND position(").push_bind(without_case(part).into_bytes()).push(" IN search) > 0");
    }
}

async fn by_id(database: &Database, agent: Uuid, ids: &[Uuid]) -> Result<Vec<Memory>, Fault> {
    let known = format!("SELECT {MEMORY} FROM memories WHERE agent = $1 AND id = ANY($2)");
    let rows = sqlx::query(AssertSqlSafe(known)).bind(agent).bind(ids).fetch_all(database.pool()).await?;
    memories(agent, &rows)
}

async fn delete(database: &Database, agent: Uuid, ids: &[Uuid]) -> Result<usize, Fault> {
    if ids.is_empty() {
        return Ok(0);
    }
    let mut connection = database.pool().acquire().await?;
    delete_within(&mut connection, agent, ids).await
}

/// Deletes within a transaction of the caller's, or in one of its own.
pub(super) async fn delete_within(
    connection: &mut PgConnection,
    agent: Uuid,
    ids: &[Uuid],
) -> Result<usize, Fault> {
    let delete = "DELETE FROM memories WHERE agent = $1 AND id = ANY($2)";
    let done = sqlx::query(delete).bind(agent).bind(ids).execute(connection).await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
}

/// The runs decide: a message may be added at the very moment at which its run ends, and then waits only by name.
pub(super) async fn unfinished(database: &Database, agent: Uuid) -> Result<Vec<Memory>, Fault> {
    let waiting = format!(
        "SELECT {MEMORY} FROM memories WHERE agent = $1 AND waiting AND NOT EXISTS (
             SELECT FROM runs WHERE runs.agent = memories.agent AND runs.message = memories.id AND runs.finished
         ) ORDER BY ordinal"
    );
    let rows = sqlx::query(AssertSqlSafe(waiting)).bind(agent).fetch_all(database.pool()).await?;
    memories(agent, &rows)
}
