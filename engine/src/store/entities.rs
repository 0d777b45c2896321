//! Entities and their relationships.

use super::StoreError;
use crate::memory::{Entity, Relationship};
use async_trait::async_trait;
use uuid::Uuid;

/// Entities and what binds them. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait EntityStore: Send + Sync {
    /// Writes entities, new or changed.
    async fn put_entities(&self, entities: &[Entity]) -> Result<(), StoreError>;
    /// Reads entities by id, in no order, each once.
    async fn entities(&self, ids: &[Uuid]) -> Result<Vec<Entity>, StoreError>;
    /// Writes relationships. One of the same id, or from the same source to the same target, is replaced; the
    /// other direction is another relationship.
    async fn put_relationships(&self, relationships: &[Relationship]) -> Result<(), StoreError>;
    /// Relationships in which an entity takes part, on either side, by source and target.
    async fn relationships(&self, entity: Uuid) -> Result<Vec<Relationship>, StoreError>;
}
