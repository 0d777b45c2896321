//! Where messages come from and who sends them: names of a platform become rooms, worlds and entities.

use super::Agent;
use crate::{
    event::{EntityJoined, RoomJoined, WorldJoined},
    memory::{Content, Entity, Role, Room, RoomKind, World},
    store::{StoreError, Window},
    text::id::{stable_id, stable_id_for},
};
use serde_json::Map;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A room, by the names that its platform gives it. The same names give the same room.
#[derive(Clone, Debug)]
pub struct Address {
    /// Where it lives: `chat`, `discord` …
    pub source: String,
    /// What kind of place it is.
    pub kind: RoomKind,
    /// Its name or id on the platform.
    pub room: String,
    /// The name or id of its world, if it has one.
    pub world: Option<String>,
}

/// A message as it comes in.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Identifies it; the same id twice is handled once. Made if not given.
    pub id: Option<Uuid>,
    /// Where it was said.
    pub address: Address,
    /// Who said it, by the name or id on the platform. The same name in the same source is the same entity.
    pub from: String,
    /// Who says the first message of a world owns it. For places that belong to who uses them, like a terminal;
    /// default no.
    pub founder: bool,
    /// What was said.
    pub content: Content,
}

impl Incoming {
    /// A text said by somebody in a direct chat.
    #[must_use]
    pub fn direct(source: &str, room: &str, from: &str, text: &str) -> Self {
        Self {
            id: None,
            address: Address {
                source: source.to_owned(),
                kind: RoomKind::Dm,
                room: room.to_owned(),
                world: Some(source.to_owned()),
            },
            from: from.to_owned(),
            founder: false,
            content: Content { source: Some(source.to_owned()), ..Content::text(text) },
        }
    }
}

/// The ids behind a message's names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub(super) room: Uuid,
    pub(super) world: Option<Uuid>,
    pub(super) entity: Uuid,
}

/// What became known, and is to be told.
#[derive(Debug)]
pub(super) enum Joined {
    World(World),
    Room(Room),
    /// The entity, and the room in which it is.
    Entity(Entity, Uuid),
}

impl Agent {
    /// The id of a room, from the names of its platform.
    #[must_use]
    pub fn place_id(&self, source: &str, room: &str) -> Uuid {
        stable_id_for(self.id(), &format!("{source}:{room}"))
    }

    /// The id of an entity, from the names of its platform. It does not depend on the agent: agents know the
    /// same people.
    #[must_use]
    pub fn entity_id(&self, source: &str, name: &str) -> Uuid {
        stable_id(&format!("{source}:{name}"))
    }

    /// The id of a world, from the names of its platform.
    #[must_use]
    pub fn world_id(&self, source: &str, world: &str) -> Uuid {
        self.place_id(source, &format!("world:{world}"))
    }

    pub(super) fn ids(&self, incoming: &Incoming) -> Ids {
        let source = &incoming.address.source;
        let world = incoming.address.world.as_ref().map(|world| self.world_id(source, world));
        Ids {
            room: self.place_id(source, &incoming.address.room),
            world,
            entity: self.entity_id(source, &incoming.from),
        }
    }

    /// Makes room, world and entity known, once. The caller holds the room's lane, and [tells](Self::tell_joined) of `joined`
    /// when it does not any more, also where this fails.
    pub(super) async fn connect(
        &self,
        incoming: &Incoming,
        ids: Ids,
        joined: &mut Vec<Joined>,
    ) -> Result<(), StoreError> {
        let key = stable_id_for(ids.room, &ids.entity.to_string());
        if self.0.rooms.known().contains(&key) {
            return Ok(());
        }
        let store = self.store();
        let before = store.snapshot(ids.room, Window::default()).await?;
        if let Some(world) = ids.world
            && before.world.is_none()
        {
            joined.extend(self.make_world(world, incoming, ids.entity).await?.map(Joined::World));
        }
        if before.room.is_none() {
            let room = Room {
                id: ids.room,
                agent: self.id(),
                name: incoming.address.room.clone(),
                kind: incoming.address.kind,
                source: incoming.address.source.clone(),
                world: ids.world,
                metadata: Map::new(),
            };
            store.put_rooms(std::slice::from_ref(&room)).await?;
            joined.push(Joined::Room(room));
        }
        let takes_part = |id| before.participants.iter().any(|known| known.id == id);
        if let Some(room) = before.room
            && !before.participants.is_empty()
            && !takes_part(self.id())
        {
            // It had left.
            store.add_participants(ids.room, &[self.id()]).await?;
            joined.push(Joined::Room(room));
        }
        if !takes_part(ids.entity) {
            let entity = self.make_entity(ids.entity, &incoming.from, ids.room).await?;
            joined.push(Joined::Entity(entity, ids.room));
        }
        self.0.rooms.remember(key);
        Ok(())
    }

    /// Tells of what was made known. Who hears of it may send messages and make worlds, so nothing may be locked.
    pub(super) async fn tell_joined(&self, joined: Vec<Joined>) {
        for one in joined {
            match one {
                Joined::World(world) => self.emit(WorldJoined { world }).await,
                Joined::Room(room) => self.emit(RoomJoined { room }).await,
                Joined::Entity(entity, room) => self.emit(EntityJoined { entity, room }).await,
            }
        }
    }

    /// The world, if it was not known.
    async fn make_world(
        &self,
        id: Uuid,
        incoming: &Incoming,
        entity: Uuid,
    ) -> Result<Option<World>, StoreError> {
        // Rooms of one world may be connected side by side; the world is made once.
        let _one_at_a_time = self.0.rooms.worlds.lock().await;
        if self.store().worlds().await?.iter().any(|world| world.id == id) {
            return Ok(None);
        }
        let roles = if incoming.founder { BTreeMap::from([(entity, Role::Owner)]) } else { BTreeMap::new() };
        let name = incoming.address.world.clone().unwrap_or_default();
        self.new_world(id, name, roles).await.map(Some)
    }

    /// Makes a world known. The caller has seen that it is not, under the lock of worlds, and tells of it when it does not hold
    /// that any more.
    pub(super) async fn new_world(
        &self,
        id: Uuid,
        name: String,
        roles: BTreeMap<Uuid, Role>,
    ) -> Result<World, StoreError> {
        let agent = self.id();
        let world = World { id, agent, name, roles, settings: Map::new(), metadata: Map::new() };
        self.store().put_worlds(std::slice::from_ref(&world)).await?;
        Ok(world)
    }

    /// Makes an entity known in a room; the caller tells of it.
    pub(super) async fn make_entity(&self, id: Uuid, name: &str, room: Uuid) -> Result<Entity, StoreError> {
        let store = self.store();
        let entity = match store.entities(&[id]).await?.into_iter().next() {
            Some(entity) => entity,
            None => {
                let made =
                    Entity { id, agent: self.id(), names: vec![name.to_owned()], metadata: Map::new() };
                store.put_entities(std::slice::from_ref(&made)).await?;
                made
            }
        };
        store.add_participants(room, &[id, self.id()]).await?;
        Ok(entity)
    }
}
