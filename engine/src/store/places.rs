//! Worlds and rooms.

use super::StoreError;
use crate::memory::{Attention, Room, World};
use async_trait::async_trait;
use uuid::Uuid;

/// Worlds, rooms, who takes part, and how the agent stands to a room. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait PlaceStore: Send + Sync {
    /// Writes worlds, new or changed.
    async fn put_worlds(&self, worlds: &[World]) -> Result<(), StoreError>;
    /// All worlds, by id.
    async fn worlds(&self) -> Result<Vec<World>, StoreError>;
    /// Writes rooms, new or changed.
    async fn put_rooms(&self, rooms: &[Room]) -> Result<(), StoreError>;
    /// All rooms, by id.
    async fn rooms(&self) -> Result<Vec<Room>, StoreError>;
    /// Adds participants to a room; who is there stays.
    async fn add_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError>;
    /// Removes participants from a room; who is not there is no error.
    async fn remove_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError>;
    /// Sets how the agent stands to a room.
    async fn set_attention(&self, room: Uuid, attention: Attention) -> Result<(), StoreError>;
}
