//! Configs of plugins.

use super::{KindFault, kind};
use async_trait::async_trait;
use serde_json::Value;

/// Something that is wrong with a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The key, with dots between levels; empty for the whole.
    pub key: String,
    /// What is wrong, and what to write.
    pub what: String,
}

/// Reads and changes configs of plugins. Secrets are references (`{"env": "NAME"}`) in both directions, never in clear.
/// [`KindFault::NotFound`] is for a plugin that this build does not have.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `PluginConfiguration`",
    label = "`PluginConfiguration` is not implemented",
    note = "write `#[async_trait] impl PluginConfiguration for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait PluginConfiguration: Send + Sync {
    /// The JSON Schema of a plugin's config.
    ///
    /// # Errors
    /// See the trait.
    async fn schema(&self, plugin: &str) -> Result<Value, KindFault>;

    /// The config that a plugin has, or its defaults; an object.
    ///
    /// # Errors
    /// See the trait.
    async fn config(&self, plugin: &str) -> Result<Value, KindFault>;

    /// Everything that is wrong with a config, by key: missing keys, unknown ones, wrong values. Empty if it can be set.
    ///
    /// # Errors
    /// See the trait.
    async fn problems(&self, plugin: &str, config: &Value) -> Result<Vec<ConfigProblem>, KindFault>;

    /// Sets the config of a plugin; one that is loaded goes on with it.
    ///
    /// # Errors
    /// See the trait; [`KindFault::Refused`] with the problems, then nothing is changed.
    async fn set(&self, plugin: &str, config: &Value) -> Result<(), KindFault>;
}

kind!(PluginConfiguration = "plugin-configuration");
