//! Results of providers that may be used again, per provider and room.

use super::{Agent, RegisteredProvider};
use crate::{extract::Invocation, provider::Context, turn::guarded};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use uuid::Uuid;

/// At most so many results are kept; beyond that all that are over are forgotten.
const MOST_RESULTS: usize = 4096;

/// The cached results of one agent.
#[derive(Debug, Default)]
pub(super) struct ProviderCache(Mutex<BTreeMap<(&'static str, Uuid), Cached>>);

#[derive(Clone, Debug)]
struct Cached {
    at: Instant,
    context: Context,
    /// Somebody is already making a new one.
    renewing: bool,
}

impl Agent {
    /// A result that is fresh, or stale while a new one is made in the background.
    pub(crate) fn cached_context(
        &self,
        provider: &RegisteredProvider,
        room: Uuid,
        invocation: &Invocation,
    ) -> Option<Context> {
        let cache = provider.def.cache?;
        let mut results = self.0.contexts.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = results.get_mut(&(provider.def.name, room))?;
        if cached.at.elapsed() < cache.ttl {
            return Some(cached.context.clone());
        }
        if !cache.stale_while_revalidate {
            return None;
        }
        if !cached.renewing {
            cached.renewing = true;
            self.renew(*provider, room, invocation.clone());
        }
        Some(cached.context.clone())
    }

    pub(crate) fn cache_context(&self, provider: &RegisteredProvider, room: Uuid, context: &Context) {
        let Some(cache) = provider.def.cache else { return };
        let mut results = self.0.contexts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if results.len() >= MOST_RESULTS {
            results.retain(|_, cached| cached.at.elapsed() < cache.ttl);
        }
        let cached = Cached { at: Instant::now(), context: context.clone(), renewing: false };
        results.insert((provider.def.name, room), cached);
    }

    fn renew(&self, provider: RegisteredProvider, room: Uuid, invocation: Invocation) {
        let agent = self.clone();
        self.spawn(async move {
            let invocation = Arc::new(invocation);
            match guarded(provider.def.timeout, (provider.def.call)(&invocation)).await {
                Ok(Ok(context)) => agent.cache_context(&provider, room, &context),
                Ok(Err(error)) => agent.not_renewed(&provider, room, &error.to_string()),
                Err(failure) => agent.not_renewed(&provider, room, &failure.to_string()),
            }
        });
    }

    fn not_renewed(&self, provider: &RegisteredProvider, room: Uuid, why: &str) {
        tracing::warn!(provider = provider.def.name, "the cached result could not be renewed: {why}");
        let mut results = self.0.contexts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = results.get_mut(&(provider.def.name, room)) {
            cached.renewing = false;
        }
    }
}
