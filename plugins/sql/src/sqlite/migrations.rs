//! Tables of plugins, in the file of the memories.

use super::{SqliteStore, database::Database, own_migrations};
use crate::{
    database::Dialect,
    error::{SqlError, explain},
    migrate::{Owned, Pending, Rules, applied_now, migrate, status},
};
use async_trait::async_trait;
use galatea::store::{MigrationStatus, MigrationStore, PluginMigrations, StoreError};

#[async_trait]
impl MigrationStore for SqliteStore {
    async fn migrations(&self, plugins: &[PluginMigrations]) -> Result<Vec<MigrationStatus>, StoreError> {
        let mut owners = vec![own_migrations()];
        owners.extend(Owned::of(plugins, Dialect::Sqlite)?);
        let failed = |error: sqlx::Error| StoreError::Failed(explain(self.database.place(), &error));
        let mut connection = self.database.readers().acquire().await.map_err(failed)?;
        status(&mut connection, &owners).await.map_err(failed)
    }

    async fn migrate(
        &self,
        plugins: &[PluginMigrations],
        allow_destructive: bool,
    ) -> Result<Vec<MigrationStatus>, StoreError> {
        let applied = of_plugins(&self.database, plugins, allow_destructive).await?;
        Ok(applied_now(&applied))
    }
}

/// Applies what is pending of plugins.
pub(crate) async fn of_plugins(
    database: &Database,
    plugins: &[PluginMigrations],
    allow_destructive: bool,
) -> Result<Pending, SqlError> {
    let owners = Owned::of(plugins, Dialect::Sqlite)?;
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let rules = Rules::new(allow_destructive || database.allows_destructive(), Dialect::Sqlite);
    let failed = |error: sqlx::Error| SqlError::Failed(explain(database.place(), &error));
    let mut connection = database.writer().acquire().await.map_err(failed)?;
    migrate(&mut connection, database.place(), &owners, Some(&rules)).await
}
