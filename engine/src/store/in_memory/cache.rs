//! Values with an end.

use super::InMemory;
use crate::store::{CacheStore, StoreError};
use async_trait::async_trait;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

#[async_trait]
impl CacheStore for InMemory {
    async fn set_cache(&self, key: &str, value: &Value, ttl: Option<Duration>) -> Result<(), StoreError> {
        self.write().cache.set(key, value, ttl);
        Ok(())
    }

    async fn cache(&self, key: &str) -> Result<Option<Value>, StoreError> {
        let data = self.read();
        let cached = data.cache.values.get(key).filter(|cached| cached.is_current(Instant::now()));
        Ok(cached.map(|cached| cached.value.clone()))
    }

    async fn delete_cache(&self, key: &str) -> Result<(), StoreError> {
        self.write().cache.values.remove(key);
        Ok(())
    }
}

/// Values with an end. Those whose time is over are dropped when as many again have been written, so that it
/// does not grow for ever.
#[derive(Debug, Default)]
pub(super) struct Cache {
    values: BTreeMap<String, Cached>,
    sweep_at: usize,
}

#[derive(Debug)]
struct Cached {
    value: Value,
    /// `None`: for ever.
    until: Option<Instant>,
}

impl Cached {
    fn is_current(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl Cache {
    const SMALL: usize = 64;

    fn set(&mut self, key: &str, value: &Value, ttl: Option<Duration>) {
        let now = Instant::now();
        if self.values.len() >= self.sweep_at.max(Self::SMALL) {
            self.values.retain(|_, cached| cached.is_current(now));
            self.sweep_at = self.values.len() * 2;
        }
        // A time too far to be told is for ever.
        let until = ttl.and_then(|ttl| now.checked_add(ttl));
        self.values.insert(key.to_owned(), Cached { value: value.clone(), until });
    }
}
