//! Components of entities.

use super::InMemory;
use crate::store::{ComponentKey, ComponentQuery, ComponentStore, StoreError, StoredComponent};
use async_trait::async_trait;

#[async_trait]
impl ComponentStore for InMemory {
    async fn put_components(&self, components: &[StoredComponent]) -> Result<(), StoreError> {
        self.write().components.put(components);
        Ok(())
    }

    async fn component(&self, key: &ComponentKey) -> Result<Option<StoredComponent>, StoreError> {
        Ok(self.read().components.get(key))
    }

    async fn components(&self, query: &ComponentQuery) -> Result<Vec<StoredComponent>, StoreError> {
        Ok(self.read().components.find(query))
    }

    async fn delete_components(&self, keys: &[ComponentKey]) -> Result<usize, StoreError> {
        Ok(self.write().components.delete(keys))
    }
}
