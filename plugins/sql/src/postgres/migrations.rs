//! Tables of plugins, in the schema of the memories.

use super::{
    PostgresStore,
    database::Database,
    explain::explain,
    migrate::{applied, migrate, own_migrations},
};
use crate::{
    database::Dialect,
    error::SqlError,
    migrate::{Owned, Pending, Rules, applied_now, told},
};
use async_trait::async_trait;
use galatea::store::{MigrationStatus, MigrationStore, PluginMigrations, StoreError};

#[async_trait]
impl MigrationStore for PostgresStore {
    async fn migrations(&self, plugins: &[PluginMigrations]) -> Result<Vec<MigrationStatus>, StoreError> {
        let mut owners = vec![own_migrations()];
        owners.extend(Owned::of(plugins, Dialect::Postgres)?);
        let read = async {
            let mut connection = self.database.pool().acquire().await?;
            applied(&mut connection, None).await
        };
        let applied = read.await.map_err(|error| self.told(error.into()))?;
        Ok(told(&owners, &applied, Dialect::Postgres))
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
    let owners = Owned::of(plugins, Dialect::Postgres)?;
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let rules = Rules::new(allow_destructive || database.allows_destructive(), Dialect::Postgres);
    let mut connection = database.pool().acquire().await.map_err(|error| {
        database.lost(&error);
        SqlError::Failed(explain(database.place(), &error))
    })?;
    migrate(&mut connection, database.place(), database.schema(), &owners, Some(&rules)).await
}
