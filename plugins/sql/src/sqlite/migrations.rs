//! Tables of plugins, in the file of the memories.

use super::{SqliteStore, database::Database, own_migrations, own_tables};
use crate::{
    error::{SqlError, explain},
    migrate::{Migration, Owned, Rules, migrate, status},
};
use async_trait::async_trait;
use galatea::store::{MigrationStatus, MigrationStore, PluginMigrations, StoreError};

#[async_trait]
impl MigrationStore for SqliteStore {
    async fn migrations(&self, plugins: &[PluginMigrations]) -> Result<Vec<MigrationStatus>, StoreError> {
        let mut owners = vec![own_migrations()];
        owners.extend(Owned::of(plugins)?);
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
        let now = jiff::Timestamp::now().to_string();
        let told = |(owner, migration): (&'static str, Migration)| MigrationStatus {
            owner: owner.to_owned(),
            version: u32::try_from(migration.version).unwrap_or(u32::MAX),
            name: migration.name.to_owned(),
            applied_at: Some(now.clone()),
            destroys: None,
        };
        Ok(applied.into_iter().map(told).collect())
    }
}

/// Applies what is pending of plugins.
pub(crate) async fn of_plugins(
    database: &Database,
    plugins: &[PluginMigrations],
    allow_destructive: bool,
) -> Result<Vec<(&'static str, Migration)>, SqlError> {
    let owners = Owned::of(plugins)?;
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let rules = Rules {
        forbidden: own_tables().collect(),
        allow_destructive: allow_destructive || database.allows_destructive(),
    };
    let failed = |error: sqlx::Error| SqlError::Failed(explain(database.place(), &error));
    let mut connection = database.writer().acquire().await.map_err(failed)?;
    migrate(&mut connection, database.place(), &owners, Some(&rules)).await
}
