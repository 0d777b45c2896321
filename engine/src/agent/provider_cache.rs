//! Results of providers that may be used again, per provider, room and who is answered: one person's context is
//! nobody else's.

use super::{Agent, RegisteredProvider};
use crate::{extract::Invocation, memory::Memory, provider::Context, turn::guarded};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// At most so many results are kept; beyond that all that are over are forgotten.
const MOST_RESULTS: usize = 4096;

/// The cached results of one agent.
#[derive(Debug, Default)]
pub(super) struct ProviderCache(Mutex<BTreeMap<Key, Cached>>);

/// Provider, room, sender.
type Key = (&'static str, Uuid, Uuid);

impl ProviderCache {
    /// Forgets what the providers of these plugins gave.
    pub(super) fn forget(&self, plugins: &[&'static str]) {
        let mut results = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        results.retain(|_, cached| !plugins.contains(&cached.plugin));
    }
}

#[derive(Clone, Debug)]
struct Cached {
    plugin: &'static str,
    at: Instant,
    ttl: Duration,
    context: Context,
    /// Somebody is already making a new one.
    renewing: bool,
}

impl Agent {
    /// A result that is fresh, or stale while a new one is made in the background.
    pub(crate) fn cached_context(
        &self,
        provider: &RegisteredProvider,
        message: &Memory,
        invocation: &Invocation,
    ) -> Option<Context> {
        let cache = provider.def.cache?;
        let mut results = self.0.contexts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_current(provider.plugin.name) {
            return None;
        }
        let cached = results.get_mut(&key(provider, message))?;
        if cached.at.elapsed() < cache.ttl {
            return Some(cached.context.clone());
        }
        if !cache.stale_while_revalidate {
            return None;
        }
        if !cached.renewing {
            cached.renewing = true;
            self.renew(*provider, message.clone(), invocation.clone());
        }
        Some(cached.context.clone())
    }

    pub(crate) fn cache_context(&self, provider: &RegisteredProvider, message: &Memory, context: &Context) {
        let Some(cache) = provider.def.cache else { return };
        let mut results = self.0.contexts.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A change forgets results after it is made: what is put in before it goes, what comes later is not
        // taken from plugins that it replaced.
        if !self.is_current(provider.plugin.name) {
            return;
        }
        if results.len() >= MOST_RESULTS {
            results.retain(|_, cached| cached.at.elapsed() < cached.ttl);
        }
        if results.len() >= MOST_RESULTS {
            // Everything is fresh: better to ask again than to grow.
            results.clear();
        }
        let cached = Cached {
            plugin: provider.plugin.name,
            at: Instant::now(),
            ttl: cache.ttl,
            context: context.clone(),
            renewing: false,
        };
        results.insert(key(provider, message), cached);
    }

    fn renew(&self, provider: RegisteredProvider, message: Memory, invocation: Invocation) {
        let agent = self.clone();
        self.spawn(async move {
            let invocation = Arc::new(invocation);
            match guarded(provider.def.timeout, (provider.def.call)(&invocation)).await {
                Ok(Ok(context)) => agent.cache_context(&provider, &message, &context),
                Ok(Err(error)) => agent.not_renewed(&provider, &message, &error.to_string()),
                Err(failure) => agent.not_renewed(&provider, &message, &failure.to_string()),
            }
        });
    }

    fn not_renewed(&self, provider: &RegisteredProvider, message: &Memory, why: &str) {
        tracing::warn!(provider = provider.def.name, "the cached result could not be renewed: {why}");
        let mut results = self.0.contexts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = results.get_mut(&key(provider, message)) {
            cached.renewing = false;
        }
    }
}

fn key(provider: &RegisteredProvider, message: &Memory) -> Key {
    (provider.def.name, message.room, message.entity)
}
