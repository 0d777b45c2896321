//! The tables of plugins, kept where the agent's memories are.

use super::StoreError;
use crate::{
    definition::MigrationDef,
    plan::{Activation, Plan},
    registry::Registry,
};
use async_trait::async_trait;
use serde::Serialize;

/// The migrations of one plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PluginMigrations {
    /// The plugin, which owns the tables.
    pub plugin: &'static str,
    /// Its migrations, by version.
    pub migrations: &'static [MigrationDef],
}

impl PluginMigrations {
    /// The migrations of the plugins of a plan that run here and now, in load order; plugins without any are left out.
    #[must_use]
    pub fn of(plan: &Plan, registry: &Registry) -> Vec<Self> {
        // With a conflict nothing is loaded; those of all plugins are as good an answer as any.
        let active = plan.activate(&|name| std::env::var(name).ok()).unwrap_or_default();
        let runs = |name: &str| active.get(name).is_none_or(|activation| *activation == Activation::Enabled);
        let plugins = plan.plugins.iter().filter(|planned| runs(planned.name));
        let with = plugins.filter_map(|planned| {
            let def = registry.get(planned.name)?.migrations?;
            Some(Self { plugin: def.plugin, migrations: def.migrations })
        });
        with.collect()
    }
}

/// How a migration stands in a storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MigrationStatus {
    /// Whose it is: a plugin, or the storage itself.
    pub owner: String,
    /// Its version, from 1.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// When it was applied, as RFC 3339; `None`: it is pending.
    pub applied_at: Option<String>,
    /// What it would destroy, e.g. `DROP TABLE visits`; `None` for nothing, and where it was applied already.
    pub destroys: Option<String>,
}

impl MigrationStatus {
    /// Whether it is yet to be applied.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.applied_at.is_none()
    }
}

/// Tables of plugins. A part of [`Store`](super::Store), whose rules hold here.
///
/// A storage without tables, as the one in memory, has no use for migrations: it applies and knows none.
#[async_trait]
pub trait MigrationStore: Send + Sync {
    /// How every migration stands: those of the storage first, then those of the plugins in the order in which they are
    /// given, then what was applied for plugins that are not among them.
    async fn migrations(&self, plugins: &[PluginMigrations]) -> Result<Vec<MigrationStatus>, StoreError>;

    /// Applies what is pending, in the order in which the plugins are given: all of it or, with an error, nothing. Of
    /// several processes that do so at once one does, and the others see what it did. Gives what it applied.
    ///
    /// What destroys data (`DROP TABLE`, `ALTER TABLE … DROP`, `DELETE` without `WHERE`, `TRUNCATE`) is an error unless
    /// the settings of the storage or `allow_destructive` allow it. So is a migration that was changed after it was
    /// applied, and a storage that knows more of them than the plugin.
    async fn migrate(
        &self,
        plugins: &[PluginMigrations],
        allow_destructive: bool,
    ) -> Result<Vec<MigrationStatus>, StoreError>;
}
