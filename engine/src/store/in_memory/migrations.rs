//! Tables of plugins: there are none.

use super::InMemory;
use crate::store::{MigrationStatus, MigrationStore, PluginMigrations, StoreError};
use async_trait::async_trait;

#[async_trait]
impl MigrationStore for InMemory {
    async fn migrations(&self, _: &[PluginMigrations]) -> Result<Vec<MigrationStatus>, StoreError> {
        Ok(Vec::new())
    }

    async fn migrate(&self, _: &[PluginMigrations], _: bool) -> Result<Vec<MigrationStatus>, StoreError> {
        Ok(Vec::new())
    }
}
