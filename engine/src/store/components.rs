//! Components of entities, as stores keep them.

use super::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Where a component holds: an entity may have one of a type in each scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ComponentScope {
    /// In this world only; `None` for everywhere.
    pub world: Option<Uuid>,
    /// As this entity says or sees it; `None` for nobody in particular.
    pub source: Option<Uuid>,
}

/// What a component is known by: there is at most one of each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ComponentKey {
    /// The entity that has it.
    pub entity: Uuid,
    /// The name of its type.
    pub name: String,
    /// Where it holds.
    pub scope: ComponentScope,
}

impl ComponentKey {
    fn is_of(&self, entity: Uuid) -> bool {
        self.entity == entity || self.scope.source == Some(entity)
    }
}

/// A component of an entity, its data as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StoredComponent {
    /// What it is known by.
    pub key: ComponentKey,
    /// The agent that keeps it.
    pub agent: Uuid,
    /// The room in which it was last written, if it was in one.
    pub room: Option<Uuid>,
    /// When it was last written.
    pub at: Timestamp,
    /// What it says.
    pub data: Value,
}

/// Which components to read; every field that is set must fit. The default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComponentQuery {
    /// Only of this entity.
    pub entity: Option<Uuid>,
    /// Only of the type with this name.
    pub name: Option<String>,
    /// Only of exactly this scope.
    pub scope: Option<ComponentScope>,
}

impl ComponentQuery {
    fn fits(&self, key: &ComponentKey) -> bool {
        self.entity.is_none_or(|entity| key.entity == entity)
            && self.name.as_ref().is_none_or(|name| key.name == *name)
            && self.scope.is_none_or(|scope| key.scope == scope)
    }
}

/// The components of a store in memory.
#[derive(Debug, Default)]
pub(super) struct Kept(BTreeMap<ComponentKey, StoredComponent>);

impl Kept {
    pub(super) fn put(&mut self, components: &[StoredComponent]) {
        self.0.extend(components.iter().map(|component| (component.key.clone(), component.clone())));
    }

    pub(super) fn get(&self, key: &ComponentKey) -> Option<StoredComponent> {
        self.0.get(key).cloned()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn find(&self, query: &ComponentQuery) -> Vec<StoredComponent> {
        self.0.iter().filter(|(key, _)| query.fits(key)).map(|(_, component)| component.clone()).collect()
    }

    /// About an entity, and what it says about others.
    pub(super) fn of_person(&self, entity: Uuid) -> Vec<StoredComponent> {
        let all = self.0.iter().filter(|(key, _)| key.is_of(entity));
        all.map(|(_, component)| component.clone()).collect()
    }

    pub(super) fn erase(&mut self, entity: Uuid) -> u64 {
        let before = self.0.len();
        self.0.retain(|key, _| !key.is_of(entity));
        (before - self.0.len()) as u64
    }

    pub(super) fn delete(&mut self, keys: &[ComponentKey]) -> usize {
        keys.iter().filter(|key| self.0.remove(key).is_some()).count()
    }
}

/// Typed data attached to entities. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait ComponentStore: Send + Sync {
    /// Writes components of entities, new or in the place of those of the same key.
    async fn put_components(&self, components: &[StoredComponent]) -> Result<(), StoreError>;
    /// A component by its key.
    async fn component(&self, key: &ComponentKey) -> Result<Option<StoredComponent>, StoreError>;
    /// Components that fit, by entity, name, world and source; a scope without one of them stands first.
    async fn components(&self, query: &ComponentQuery) -> Result<Vec<StoredComponent>, StoreError>;
    /// Deletes components; how many there were.
    async fn delete_components(&self, keys: &[ComponentKey]) -> Result<usize, StoreError>;
}
