//! Everything that a turn reads at its start.

use super::{
    database::Database,
    entities, places,
    row::{MEMORY, Record, count, memories},
};
use crate::error::Fault;
use galatea::{
    memory::{Attention, Entity, Memory},
    store::{RoomSnapshot, Window},
};
use sqlx::{AssertSqlSafe, postgres::PgConnection};
use uuid::Uuid;

/// Three statements in one transaction, so that all of it is of one moment.
pub(super) async fn snapshot(
    database: &Database,
    agent: Uuid,
    room: Uuid,
    window: Window,
) -> Result<RoomSnapshot, Fault> {
    let mut transaction = database.view().await?;
    let mut snapshot = place(&mut transaction, agent, room).await?;
    snapshot.participants = participants(&mut transaction, agent, room).await?;
    snapshot.history = talk(&mut transaction, agent, room, window).await?;
    transaction.commit().await?;
    Ok(snapshot)
}

/// Room, world and attention: one row, whose columns are empty where there is nothing.
async fn place(connection: &mut PgConnection, agent: Uuid, room: Uuid) -> Result<RoomSnapshot, Fault> {
    let (room_columns, world_columns) = (places::ROOM, places::WORLD);
    let statement = format!(
        "SELECT {room_columns}, {world_columns}, attention.attention
         FROM (SELECT $1 AS agent, $2 AS room) AS wanted
         LEFT JOIN rooms ON rooms.agent = wanted.agent AND rooms.id = wanted.room
         LEFT JOIN worlds ON worlds.agent = wanted.agent AND worlds.id = rooms.world
         LEFT JOIN attention ON attention.agent = wanted.agent AND attention.room = wanted.room"
    );
    let row = sqlx::query(AssertSqlSafe(statement)).bind(agent).bind(room).fetch_one(connection).await?;
    let record = Record::new(&row, "the room");
    let has = |column| record.optional_id(column).map(|id| id.is_some());
    let attention = record.optional_text("attention")?;
    Ok(RoomSnapshot {
        room: has("room_id")?.then(|| places::room(agent, &row)).transpose()?,
        world: has("world_id")?.then(|| places::world(agent, &row)).transpose()?,
        attention: attention.as_deref().map_or_else(Attention::default, Attention::from_name),
        ..RoomSnapshot::default()
    })
}

async fn participants(connection: &mut PgConnection, agent: Uuid, room: Uuid) -> Result<Vec<Entity>, Fault> {
    let known = "SELECT entities.id, entities.names, entities.metadata FROM participants
        JOIN entities ON entities.agent = participants.agent AND entities.id = participants.entity
        WHERE participants.agent = $1 AND participants.room = $2 ORDER BY participants.entity";
    let rows = sqlx::query(known).bind(agent).bind(room).fetch_all(connection).await?;
    rows.iter().map(|row| entities::entity(agent, row)).collect()
}

async fn talk(
    connection: &mut PgConnection,
    agent: Uuid,
    room: Uuid,
    window: Window,
) -> Result<Vec<Memory>, Fault> {
    // Two walks along an index, merged: other kinds in the room, however many, cost nothing.
    let newest = format!(
        "SELECT * FROM (
             (SELECT {MEMORY} FROM memories WHERE agent = $1 AND room = $2 AND kind = 'message'
                  AND (entity = $1 OR sequence <=
                       coalesce((SELECT sequence FROM memories WHERE agent = $1 AND id = $3), 9223372036854775807))
              ORDER BY sequence DESC LIMIT $4)
             UNION ALL
             (SELECT {MEMORY} FROM memories WHERE agent = $1 AND room = $2 AND kind = 'action-result'
              ORDER BY sequence DESC LIMIT $5)
         ) AS talk ORDER BY sequence"
    );
    let rows = sqlx::query(AssertSqlSafe(newest))
        .bind(agent)
        .bind(room)
        .bind(window.until)
        .bind(count(window.messages))
        .bind(count(window.results))
        .fetch_all(connection)
        .await?;
    memories(agent, &rows)
}
