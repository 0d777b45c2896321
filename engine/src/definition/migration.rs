//! The tables of plugins, as steps from one state to the next.

use super::Origin;

/// A step from one state of a plugin's tables to the next. Once it was applied anywhere it is never changed; what is
/// to be different comes in a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigrationDef {
    /// 1, 2, 3 …, without gaps.
    pub version: u32,
    /// What it does, in a word or two, e.g. `visits`.
    pub name: &'static str,
    /// Its statements for SQLite; `None` where the plugin has none for it. They are applied in a transaction, so they
    /// must not begin or end one.
    pub sqlite: Option<&'static str>,
    /// Its statements for PostgreSQL; `None` where the plugin has none for it.
    pub postgres: Option<&'static str>,
}

/// Every migration of a plugin, as `migrations(…)` of `#[plugin]` declares them.
#[derive(Debug)]
pub struct MigrationsDef {
    /// The plugin they belong to.
    pub plugin: &'static str,
    /// Where they are declared.
    pub origin: Origin,
    /// The migrations, by version.
    pub migrations: &'static [MigrationDef],
}
