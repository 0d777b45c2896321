//! What is stored about one person: given out, and erased.

use super::{Effect, Score, StoreError, StoredComponent, StoredRun};
use crate::memory::{Entity, Memory, Relationship};
use async_trait::async_trait;
use serde::Serialize;
use uuid::Uuid;

/// Everything that a storage has about an entity.
#[derive(Clone, Debug, Default)]
pub struct Belongings {
    /// The entity, if it is known.
    pub entity: Option<Entity>,
    /// What it said and what is remembered as its own, in the order of adding.
    pub memories: Vec<Memory>,
    /// Typed data about it, and what it said about others.
    pub components: Vec<StoredComponent>,
    /// Its relationships, on either side.
    pub relationships: Vec<Relationship>,
    /// The rooms in which it takes part.
    pub rooms: Vec<Uuid>,
    /// The records of turns about its messages, deleted ones included, oldest first.
    pub runs: Vec<StoredRun>,
    /// What actions of these turns were about to do, where a turn is not over.
    pub effects: Vec<Effect>,
    /// What evaluators thought of these turns.
    pub scores: Vec<Score>,
}

/// How many records of a person were erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Erased {
    /// Entities: one or none.
    pub entities: u64,
    /// Memories.
    pub memories: u64,
    /// Components.
    pub components: u64,
    /// Relationships.
    pub relationships: u64,
    /// Rooms in which it took part.
    pub rooms: u64,
    /// Records of turns.
    pub runs: u64,
    /// What actions of these turns were about to do.
    pub effects: u64,
    /// Scores.
    pub scores: u64,
}

/// What is stored about one person. A part of [`Store`](super::Store), whose rules hold here.
///
/// What the agent itself said stays: its answers are its own memories, also where they name somebody.
#[async_trait]
pub trait PersonStore: Send + Sync {
    /// The entities that have this name, in any case, by id.
    async fn entities_named(&self, name: &str) -> Result<Vec<Entity>, StoreError>;

    /// Everything about an entity, as of one moment.
    async fn belongings(&self, entity: Uuid) -> Result<Belongings, StoreError>;

    /// Deletes everything about an entity, its roles in worlds and the vectors and words of its memories; all or nothing.
    /// When it returns, what was written is nowhere in the storage any more, free space and, where they are files of the
    /// storage, logs of changes included; a server keeps its own log as long as it is set to. What stays are the ids of
    /// deleted messages, so that a message that is sent again is no new one. Copies that were made before have it all
    /// still.
    async fn erase(&self, entity: Uuid) -> Result<Erased, StoreError>;
}
