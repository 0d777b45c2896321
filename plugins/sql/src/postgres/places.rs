//! Statements about worlds, rooms, participants and attention.

use super::{
    PostgresStore,
    database::Database,
    read,
    row::{Record, json, text},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::{Attention, Room, RoomKind, World},
    store::{PlaceStore, StoreError},
};
use sqlx::{AssertSqlSafe, postgres::PgRow};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[async_trait]
impl PlaceStore for PostgresStore {
    async fn put_worlds(&self, worlds: &[World]) -> Result<(), StoreError> {
        self.own(worlds.iter().map(|world| world.agent))?;
        put_worlds(&self.database, self.agent, worlds).await.map_err(|fault| self.told(fault))
    }

    async fn worlds(&self) -> Result<Vec<World>, StoreError> {
        read!(self, worlds(&self.database, self.agent))
    }

    async fn put_rooms(&self, rooms: &[Room]) -> Result<(), StoreError> {
        self.own(rooms.iter().map(|room| room.agent))?;
        put_rooms(&self.database, self.agent, rooms).await.map_err(|fault| self.told(fault))
    }

    async fn rooms(&self) -> Result<Vec<Room>, StoreError> {
        read!(self, rooms(&self.database, self.agent))
    }

    async fn add_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError> {
        let add = "INSERT INTO participants (agent, room, entity) SELECT $1, $2, unnest($3::uuid[])
            ON CONFLICT DO NOTHING";
        let added = participants(&self.database, self.agent, room, entities, add).await;
        added.map_err(|fault| self.told(fault))
    }

    async fn remove_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError> {
        let remove = "DELETE FROM participants WHERE agent = $1 AND room = $2 AND entity = ANY($3)";
        let removed = participants(&self.database, self.agent, room, entities, remove).await;
        removed.map_err(|fault| self.told(fault))
    }

    async fn set_attention(&self, room: Uuid, attention: Attention) -> Result<(), StoreError> {
        let set = set_attention(&self.database, self.agent, room, attention).await;
        set.map_err(|fault| self.told(fault))
    }
}

const PUT_WORLDS: &str = "INSERT INTO worlds (agent, id, name, roles, settings, metadata)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
ON CONFLICT (agent, id) DO UPDATE SET
    name = excluded.name, roles = excluded.roles, settings = excluded.settings, metadata = excluded.metadata";

async fn put_worlds(database: &Database, agent: Uuid, worlds: &[World]) -> Result<(), Fault> {
    // The last one of an id counts, and all writers go in one order, so that two do not wait for each other.
    let last: BTreeMap<Uuid, &World> = worlds.iter().map(|world| (world.id, world)).collect();
    let roles = last.values().map(|world| json("roles", &world.roles));
    let settings = last.values().map(|world| json("settings", &world.settings));
    let metadata = last.values().map(|world| json("metadata", &world.metadata));
    sqlx::query(PUT_WORLDS)
        .bind(agent)
        .bind(last.keys().copied().collect::<Vec<_>>())
        .bind(last.values().map(|world| text(&world.name).into_owned()).collect::<Vec<_>>())
        .bind(roles.collect::<Result<Vec<_>, Fault>>()?)
        .bind(settings.collect::<Result<Vec<_>, Fault>>()?)
        .bind(metadata.collect::<Result<Vec<_>, Fault>>()?)
        .execute(database.pool())
        .await?;
    Ok(())
}

pub(super) const WORLD: &str =
    "worlds.id AS world_id, worlds.name AS world_name, worlds.roles AS world_roles,
    worlds.settings AS world_settings, worlds.metadata AS world_metadata";

async fn worlds(database: &Database, agent: Uuid) -> Result<Vec<World>, Fault> {
    let all = format!("SELECT {WORLD} FROM worlds WHERE agent = $1 ORDER BY id");
    let rows = sqlx::query(AssertSqlSafe(all)).bind(agent).fetch_all(database.pool()).await?;
    rows.iter().map(|row| world(agent, row)).collect()
}

pub(super) fn world(agent: Uuid, row: &PgRow) -> Result<World, Fault> {
    let (record, id) = Record::new(row, "the world").named("world_id")?;
    Ok(World {
        id,
        agent,
        name: record.text("world_name")?,
        roles: record.json("world_roles")?,
        settings: record.json("world_settings")?,
        metadata: record.json("world_metadata")?,
    })
}

const PUT_ROOMS: &str = "INSERT INTO rooms (agent, id, name, kind, source, world, metadata)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[])
ON CONFLICT (agent, id) DO UPDATE SET
    name = excluded.name, kind = excluded.kind, source = excluded.source, world = excluded.world,
    metadata = excluded.metadata";

async fn put_rooms(database: &Database, agent: Uuid, rooms: &[Room]) -> Result<(), Fault> {
    let last: BTreeMap<Uuid, &Room> = rooms.iter().map(|room| (room.id, room)).collect();
    let metadata = last.values().map(|room| json("metadata", &room.metadata));
    sqlx::query(PUT_ROOMS)
        .bind(agent)
        .bind(last.keys().copied().collect::<Vec<_>>())
        .bind(last.values().map(|room| text(&room.name).into_owned()).collect::<Vec<_>>())
        .bind(last.values().map(|room| room.kind.name()).collect::<Vec<_>>())
        .bind(last.values().map(|room| text(&room.source).into_owned()).collect::<Vec<_>>())
        .bind(last.values().map(|room| room.world).collect::<Vec<_>>())
        .bind(metadata.collect::<Result<Vec<_>, Fault>>()?)
        .execute(database.pool())
        .await?;
    Ok(())
}

pub(super) const ROOM: &str =
    "rooms.id AS room_id, rooms.name AS room_name, rooms.kind AS room_kind, rooms.source AS room_source,
    rooms.world AS room_world, rooms.metadata AS room_metadata";

async fn rooms(database: &Database, agent: Uuid) -> Result<Vec<Room>, Fault> {
    let all = format!("SELECT {ROOM} FROM rooms WHERE agent = $1 ORDER BY id");
    let rows = sqlx::query(AssertSqlSafe(all)).bind(agent).fetch_all(database.pool()).await?;
    rows.iter().map(|row| room(agent, row)).collect()
}

pub(super) fn room(agent: Uuid, row: &PgRow) -> Result<Room, Fault> {
    let (record, id) = Record::new(row, "the room").named("room_id")?;
    let kind = record.text("room_kind")?;
    Ok(Room {
        id,
        agent,
        name: record.text("room_name")?,
        kind: RoomKind::from_name(&kind)
            .ok_or_else(|| Fault::damaged(format!("the room {id}"), format!("there is no kind `{kind}`")))?,
        source: record.text("room_source")?,
        world: record.optional_id("room_world")?,
        metadata: record.json("room_metadata")?,
    })
}

async fn participants(
    database: &Database,
    agent: Uuid,
    room: Uuid,
    entities: &[Uuid],
    statement: &'static str,
) -> Result<(), Fault> {
    let ordered: BTreeSet<Uuid> = entities.iter().copied().collect();
    let ordered: Vec<Uuid> = ordered.into_iter().collect();
    sqlx::query(statement).bind(agent).bind(room).bind(ordered).execute(database.pool()).await?;
    Ok(())
}

async fn set_attention(
    database: &Database,
    agent: Uuid,
    room: Uuid,
    attention: Attention,
) -> Result<(), Fault> {
    let set = "INSERT INTO attention (agent, room, attention) VALUES ($1, $2, $3)
        ON CONFLICT (agent, room) DO UPDATE SET attention = excluded.attention";
    sqlx::query(set).bind(agent).bind(room).bind(attention.name()).execute(database.pool()).await?;
    Ok(())
}
