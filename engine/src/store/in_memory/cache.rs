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

    /// Drops the values whose time is over, and those that end first until the others fit into so many bytes; how many.
    pub(super) fn sweep(&mut self, bytes: Option<u64>, now: Instant) -> u64 {
        let before = self.values.len();
        self.values.retain(|_, cached| cached.is_current(now));
        let size =
            |key: &str, cached: &Cached| -> u64 { (key.len() + cached.value.to_string().len()) as u64 };
        let mut total: u64 = self.values.iter().map(|(key, cached)| size(key, cached)).sum();
        let mut first_to_end: Vec<(bool, Option<Instant>, String)> = self
            .values
            .iter()
            .map(|(key, cached)| (cached.until.is_none(), cached.until, key.clone()))
            .collect();
        first_to_end.sort_unstable();
        for (_, _, key) in first_to_end {
            if bytes.is_none_or(|bytes| total <= bytes) {
                break;
            }
            if let Some(cached) = self.values.remove(&key) {
                total -= size(&key, &cached);
            }
        }
        (before - self.values.len()) as u64
    }

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
