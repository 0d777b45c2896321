//! Statements about worlds, rooms, entities, participants, attention and relationships.

use super::{
    SqliteStore,
    database::Database,
    memories::distinct,
    row::{PARAMETERS, Record, blob, json, time, with_ids},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::{Attention, Entity, Relationship, Room, RoomKind, World},
    store::{EntityStore, PlaceStore, StoreError},
};
use sqlx::{AssertSqlSafe, QueryBuilder, sqlite::SqliteRow};
use uuid::Uuid;

#[async_trait]
impl EntityStore for SqliteStore {
    async fn put_entities(&self, entities: &[Entity]) -> Result<(), StoreError> {
        self.own(entities.iter().map(|entity| entity.agent))?;
        put_entities(&self.database, entities).await.map_err(|fault| self.told(fault))
    }

    async fn entities(&self, ids: &[Uuid]) -> Result<Vec<Entity>, StoreError> {
        entities(&self.database, self.agent, ids).await.map_err(|fault| self.told(fault))
    }

    async fn put_relationships(&self, relationships: &[Relationship]) -> Result<(), StoreError> {
        self.own(relationships.iter().map(|relationship| relationship.agent))?;
        put_relationships(&self.database, relationships).await.map_err(|fault| self.told(fault))
    }

    async fn relationships(&self, entity: Uuid) -> Result<Vec<Relationship>, StoreError> {
        relationships(&self.database, self.agent, entity).await.map_err(|fault| self.told(fault))
    }
}

#[async_trait]
impl PlaceStore for SqliteStore {
    async fn put_worlds(&self, worlds: &[World]) -> Result<(), StoreError> {
        self.own(worlds.iter().map(|world| world.agent))?;
        put_worlds(&self.database, worlds).await.map_err(|fault| self.told(fault))
    }

    async fn worlds(&self) -> Result<Vec<World>, StoreError> {
        worlds(&self.database, self.agent).await.map_err(|fault| self.told(fault))
    }

    async fn put_rooms(&self, rooms: &[Room]) -> Result<(), StoreError> {
        self.own(rooms.iter().map(|room| room.agent))?;
        put_rooms(&self.database, rooms).await.map_err(|fault| self.told(fault))
    }

    async fn rooms(&self) -> Result<Vec<Room>, StoreError> {
        rooms(&self.database, self.agent).await.map_err(|fault| self.told(fault))
    }

    async fn add_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError> {
        let added = add_participants(&self.database, self.agent, room, entities).await;
        added.map_err(|fault| self.told(fault))
    }

    async fn remove_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError> {
        let removed = remove_participants(&self.database, self.agent, room, entities).await;
        removed.map_err(|fault| self.told(fault))
    }

    async fn set_attention(&self, room: Uuid, attention: Attention) -> Result<(), StoreError> {
        let set = set_attention(&self.database, self.agent, room, attention).await;
        set.map_err(|fault| self.told(fault))
    }
}

pub(super) async fn put_worlds(database: &Database, worlds: &[World]) -> Result<(), Fault> {
    let put = "INSERT INTO worlds (agent, id, name, roles, settings, metadata) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (agent, id) DO UPDATE SET
        name = excluded.name, roles = excluded.roles, settings = excluded.settings, metadata = excluded.metadata";
    let worlds = worlds.to_vec();
    database
        .change(move |connection| {
            Box::pin(async move {
                for world in &worlds {
                    sqlx::query(put)
                        .bind(blob(world.agent))
                        .bind(blob(world.id))
                        .bind(world.name.as_str())
                        .bind(json("roles", &world.roles)?)
                        .bind(json("settings", &world.settings)?)
                        .bind(json("metadata", &world.metadata)?)
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(())
            })
        })
        .await
}

pub(super) const WORLD: &str =
    "worlds.id AS world_id, worlds.name AS world_name, worlds.roles AS world_roles,
    worlds.settings AS world_settings, worlds.metadata AS world_metadata";

pub(super) async fn worlds(database: &Database, agent: Uuid) -> Result<Vec<World>, Fault> {
    let all = format!("SELECT {WORLD} FROM worlds WHERE agent = ?1 ORDER BY id");
    let rows = sqlx::query(AssertSqlSafe(all)).bind(blob(agent)).fetch_all(database.readers()).await?;
    rows.iter().map(|row| world(agent, row)).collect()
}

pub(super) fn world(agent: Uuid, row: &SqliteRow) -> Result<World, Fault> {
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

pub(super) async fn put_rooms(database: &Database, rooms: &[Room]) -> Result<(), Fault> {
    let put = "INSERT INTO rooms (agent, id, name, kind, source, world, metadata) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (agent, id) DO UPDATE SET
        name = excluded.name, kind = excluded.kind, source = excluded.source, world = excluded.world,
        metadata = excluded.metadata";
    let rooms = rooms.to_vec();
    database
        .change(move |connection| {
            Box::pin(async move {
                for room in &rooms {
                    sqlx::query(put)
                        .bind(blob(room.agent))
                        .bind(blob(room.id))
                        .bind(room.name.as_str())
                        .bind(room.kind.name())
                        .bind(room.source.as_str())
                        .bind(room.world.map(blob))
                        .bind(json("metadata", &room.metadata)?)
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(())
            })
        })
        .await
}

pub(super) const ROOM: &str =
    "rooms.id AS room_id, rooms.name AS room_name, rooms.kind AS room_kind, rooms.source AS room_source,
    rooms.world AS room_world, rooms.metadata AS room_metadata";

pub(super) async fn rooms(database: &Database, agent: Uuid) -> Result<Vec<Room>, Fault> {
    let all = format!("SELECT {ROOM} FROM rooms WHERE agent = ?1 ORDER BY id");
    let rows = sqlx::query(AssertSqlSafe(all)).bind(blob(agent)).fetch_all(database.readers()).await?;
    rows.iter().map(|row| room(agent, row)).collect()
}

pub(super) fn room(agent: Uuid, row: &SqliteRow) -> Result<Room, Fault> {
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

pub(super) async fn put_entities(database: &Database, entities: &[Entity]) -> Result<(), Fault> {
    let put = "INSERT INTO entities (agent, id, names, metadata) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (agent, id) DO UPDATE SET names = excluded.names, metadata = excluded.metadata";
    let entities = entities.to_vec();
    database
        .change(move |connection| {
            Box::pin(async move {
                for entity in &entities {
                    sqlx::query(put)
                        .bind(blob(entity.agent))
                        .bind(blob(entity.id))
                        .bind(json("names", &entity.names)?)
                        .bind(json("metadata", &entity.metadata)?)
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(())
            })
        })
        .await
}

pub(super) async fn entities(database: &Database, agent: Uuid, ids: &[Uuid]) -> Result<Vec<Entity>, Fault> {
    let mut found = Vec::new();
    for ids in distinct(ids).chunks(PARAMETERS) {
        let mut statement = QueryBuilder::new("SELECT id, names, metadata FROM entities WHERE agent = ");
        statement.push_bind(blob(agent)).push(" AND id IN ");
        with_ids(&mut statement, ids);
        for row in statement.build().fetch_all(database.readers()).await? {
            found.push(entity(agent, &row)?);
        }
    }
    Ok(found)
}

pub(super) fn entity(agent: Uuid, row: &SqliteRow) -> Result<Entity, Fault> {
    let (record, id) = Record::new(row, "the entity").named("id")?;
    Ok(Entity { id, agent, names: record.json("names")?, metadata: record.json("metadata")? })
}

pub(super) async fn add_participants(
    database: &Database,
    agent: Uuid,
    room: Uuid,
    entities: &[Uuid],
) -> Result<(), Fault> {
    let entities = entities.to_vec();
    database
        .change(move |connection| {
            Box::pin(async move {
                for entities in entities.chunks(PARAMETERS) {
                    let mut statement =
                        QueryBuilder::new("INSERT OR IGNORE INTO participants (agent, room, entity) ");
                    statement.push_values(entities, |mut row, entity| {
                        row.push_bind(blob(agent)).push_bind(blob(room)).push_bind(blob(*entity));
                    });
                    statement.build().execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .await
}

pub(super) async fn remove_participants(
    database: &Database,
    agent: Uuid,
    room: Uuid,
    entities: &[Uuid],
) -> Result<(), Fault> {
    let entities = entities.to_vec();
    database
        .change(move |connection| {
            Box::pin(async move {
                for entities in entities.chunks(PARAMETERS) {
                    let mut statement = QueryBuilder::new("DELETE FROM participants WHERE agent = ");
                    statement
                        .push_bind(blob(agent))
                        .push(" AND room = ")
                        .push_bind(blob(room))
                        .push(" AND entity IN ");
                    with_ids(&mut statement, entities);
                    statement.build().execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .await
}

pub(super) async fn set_attention(
    database: &Database,
    agent: Uuid,
    room: Uuid,
    attention: Attention,
) -> Result<(), Fault> {
    let set = "INSERT INTO attention (agent, room, attention) VALUES (?1, ?2, ?3)
        ON CONFLICT (agent, room) DO UPDATE SET attention = excluded.attention";
    let set = sqlx::query(set).bind(blob(agent)).bind(blob(room)).bind(attention.name());
    database.done(set).await?;
    Ok(())
}

pub(super) async fn put_relationships(
    database: &Database,
    relationships: &[Relationship],
) -> Result<(), Fault> {
    let put = "INSERT OR REPLACE INTO relationships (agent, id, source, target, tags, metadata, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let relationships = relationships.to_vec();
    database
        .change(move |connection| {
            Box::pin(async move {
                for relationship in &relationships {
                    sqlx::query(put)
                        .bind(blob(relationship.agent))
                        .bind(blob(relationship.id))
                        .bind(blob(relationship.source))
                        .bind(blob(relationship.target))
                        .bind(json("tags", &relationship.tags)?)
                        .bind(json("metadata", &relationship.metadata)?)
                        .bind(time(relationship.at))
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(())
            })
        })
        .await
}

pub(super) async fn relationships(
    database: &Database,
    agent: Uuid,
    entity: Uuid,
) -> Result<Vec<Relationship>, Fault> {
    // Apart, because with `OR` SQLite would look at every relationship of the agent.
    let both_sides = "SELECT id, source, target, tags, metadata, at FROM relationships
        WHERE agent = ?1 AND source = ?2
        UNION ALL
        SELECT id, source, target, tags, metadata, at FROM relationships
        WHERE agent = ?1 AND target = ?2 AND source <> ?2
        ORDER BY source, target";
    let rows =
        sqlx::query(both_sides).bind(blob(agent)).bind(blob(entity)).fetch_all(database.readers()).await?;
    rows.iter().map(|row| relationship(agent, row)).collect()
}

pub(super) fn relationship(agent: Uuid, row: &SqliteRow) -> Result<Relationship, Fault> {
    let (record, id) = Record::new(row, "the relationship").named("id")?;
    Ok(Relationship {
        id,
        agent,
        source: record.id("source")?,
        target: record.id("target")?,
        tags: record.json("tags")?,
        metadata: record.json("metadata")?,
        at: record.time("at")?,
    })
}
