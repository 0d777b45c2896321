//! Values with an end.

use super::StoreError;
use async_trait::async_trait;
use serde_json::Value;

/// Values with an end. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait CacheStore: Send + Sync {
    /// Writes a value under a key, for `ttl` or for ever; both, value and time, replace what was there.
    async fn set_cache(
        &self,
        key: &str,
        value: &Value,
        ttl: Option<std::time::Duration>,
    ) -> Result<(), StoreError>;
    /// Reads a value; `None` if there is none or its time is over.
    async fn cache(&self, key: &str) -> Result<Option<Value>, StoreError>;
    /// Deletes a value; that there is none is no error.
    async fn delete_cache(&self, key: &str) -> Result<(), StoreError>;
}
