//! Plugins of a running agent.

use super::{KindFault, kind};
use async_trait::async_trait;
use serde_json::Value;

/// A plugin as an agent sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is for.
    pub description: String,
    /// It is loaded.
    pub loaded: bool,
    /// Why it is not loaded, where that is known.
    pub why_not: Option<String>,
}

/// Changes which plugins run. Every change is made wholly or not at all; turns that run end on the plugins they began
/// with. [`KindFault::NotFound`] is for a plugin that this build does not have.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `PluginManager`",
    label = "`PluginManager` is not implemented",
    note = "write `#[async_trait] impl PluginManager for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait PluginManager: Send + Sync {
    /// Every plugin that can be loaded or is, by name.
    ///
    /// # Errors
    /// If they cannot be listed.
    async fn plugins(&self) -> Result<Vec<PluginInfo>, KindFault>;

    /// Loads a plugin with this config.
    ///
    /// # Errors
    /// See the trait; [`KindFault::Refused`] if it is loaded already, its config is wrong, it needs what is not there or is
    /// not granted, or it does not start.
    async fn load(&self, name: &str, config: &Value) -> Result<(), KindFault>;

    /// Unloads a plugin.
    ///
    /// # Errors
    /// See the trait; [`KindFault::Refused`] if it is not loaded or another one that is needs it.
    async fn unload(&self, name: &str) -> Result<(), KindFault>;
}

kind!(PluginManager = "plugin-manager");
