//! Worlds, rooms, entities and relationships.

use super::{InMemory, distinct};
use crate::{
    memory::{Attention, Entity, Relationship, Room, World},
    store::{EntityStore, PlaceStore, StoreError},
};
use async_trait::async_trait;
use uuid::Uuid;

#[async_trait]
impl PlaceStore for InMemory {
    async fn put_worlds(&self, worlds: &[World]) -> Result<(), StoreError> {
        self.write().worlds.extend(worlds.iter().map(|world| (world.id, Box::new(world.clone()))));
        Ok(())
    }

    async fn worlds(&self) -> Result<Vec<World>, StoreError> {
        Ok(self.read().worlds.values().map(|world| (**world).clone()).collect())
    }

    async fn put_rooms(&self, rooms: &[Room]) -> Result<(), StoreError> {
        self.write().rooms.extend(rooms.iter().map(|room| (room.id, Box::new(room.clone()))));
        Ok(())
    }

    async fn rooms(&self) -> Result<Vec<Room>, StoreError> {
        Ok(self.read().rooms.values().map(|room| (**room).clone()).collect())
    }

    async fn add_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError> {
        self.write().participants.entry(room).or_default().extend(entities);
        Ok(())
    }

    async fn remove_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError> {
        if let Some(participants) = self.write().participants.get_mut(&room) {
            for entity in entities {
                participants.remove(entity);
            }
        }
        Ok(())
    }

    async fn set_attention(&self, room: Uuid, attention: Attention) -> Result<(), StoreError> {
        self.write().attention.insert(room, attention);
        Ok(())
    }
}

#[async_trait]
impl EntityStore for InMemory {
    async fn put_entities(&self, entities: &[Entity]) -> Result<(), StoreError> {
        self.write().entities.extend(entities.iter().map(|entity| (entity.id, Box::new(entity.clone()))));
        Ok(())
    }

    async fn entities(&self, ids: &[Uuid]) -> Result<Vec<Entity>, StoreError> {
        let data = self.read();
        Ok(distinct(ids)
            .iter()
            .filter_map(|id| data.entities.get(id))
            .map(|entity| (**entity).clone())
            .collect())
    }

    async fn put_relationships(&self, relationships: &[Relationship]) -> Result<(), StoreError> {
        let mut data = self.write();
        for relationship in relationships {
            data.relationships.retain(|_, other| other.id != relationship.id);
            let pair = (relationship.source, relationship.target);
            data.relationships.insert(pair, relationship.clone());
        }
        Ok(())
    }

    async fn relationships(&self, entity: Uuid) -> Result<Vec<Relationship>, StoreError> {
        let data = self.read();
        let of_entity = |(source, target): &(Uuid, Uuid)| *source == entity || *target == entity;
        Ok(data.relationships.iter().filter(|(pair, _)| of_entity(pair)).map(|(_, it)| it.clone()).collect())
    }
}
