//! Values of a plugin in the agent's storage.

use crate::{agent::Agent, store::StoreError};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, time::Duration};

/// A plugin's values in the agent's storage: JSON, there again after a restart where the storage is durable. A key of
/// one plugin is nothing to another.
#[derive(Clone)]
pub struct DurableCache {
    agent: Agent,
    plugin: &'static str,
}

impl fmt::Debug for DurableCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableCache").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}

impl DurableCache {
    pub(super) fn new(agent: Agent, plugin: &'static str) -> Self {
        Self { agent, plugin }
    }

    /// The value of a key; `None` if there is none, its time is over, or it is no `T`: what an older version of the
    /// plugin wrote is as good as nothing.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let value = self.agent.store().cache(&self.key(key)).await?;
        Ok(value.and_then(|value| serde_json::from_value(value).ok()))
    }

    /// Keeps a value for a time, or for ever; it replaces what was there.
    ///
    /// # Errors
    /// If the storage fails, or the value cannot be written as JSON.
    pub async fn set(
        &self,
        key: &str,
        value: &(impl Serialize + Sync),
        ttl: Option<Duration>,
    ) -> Result<(), StoreError> {
        let json = serde_json::to_value(value)
            .map_err(|error| StoreError::Failed(format!("`{key}` cannot be written as JSON: {error}")))?;
        self.agent.store().set_cache(&self.key(key), &json, ttl).await
    }

    /// Forgets the value of a key; that there is none is no error.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.agent.store().delete_cache(&self.key(key)).await
    }

    fn key(&self, key: &str) -> String {
        format!("plugin:{}:{key}", self.plugin)
    }
}
