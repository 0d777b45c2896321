//! Tables that grow with the program.

use super::{KindFault, kind};
use async_trait::async_trait;
use jiff::Timestamp;

/// A step from one state of somebody's tables to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStep {
    /// 1, 2, 3 …, without gaps.
    pub version: u32,
    /// What it does, in a word or two.
    pub name: String,
    /// One or several statements; they do not begin or end a transaction.
    pub sql: String,
}

/// A step that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedStep {
    /// Its version.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// Makes and changes tables of plugins. Each owner (a plugin's name) has steps of its own; a step is applied once, in
/// order, wholly or not at all, and must not be changed afterwards.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `DatabaseMigration`",
    label = "`DatabaseMigration` is not implemented",
    note = "write `#[async_trait] impl DatabaseMigration for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait DatabaseMigration: Send + Sync {
    /// Applies what is not applied yet; gives the versions that were.
    ///
    /// # Errors
    /// [`KindFault::Refused`] if versions have gaps, an applied step was changed or is missing, or a step fails: then the
    /// steps before it stay, and nothing of it.
    async fn migrate(&self, owner: &str, steps: &[MigrationStep]) -> Result<Vec<u32>, KindFault>;

    /// What was applied for an owner, by version.
    ///
    /// # Errors
    /// If the database cannot be asked.
    async fn applied(&self, owner: &str) -> Result<Vec<AppliedStep>, KindFault>;
}

kind!(DatabaseMigration = "database-migration");
