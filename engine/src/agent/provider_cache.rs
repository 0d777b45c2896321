//! Results of a provider that may be used again. Each registration has a cache of its own, so nothing outlives the
//! plugin; and a result counts only under the plan it was made under, so nothing outlives a config.

use super::{Agent, RegisteredProvider};
use crate::{
    definition::{CacheDef, CacheScope},
    extract::Invocation,
    memory::Memory,
    middleware,
    plan::Plan,
    provider::Context,
    telemetry::span,
    turn::guarded,
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;
use tracing::Instrument;
use uuid::Uuid;

/// At most so many results of a provider are kept; beyond that those that are over go, then the oldest.
const MOST_RESULTS: usize = 1024;

/// The results of one provider.
#[derive(Debug, Default)]
pub(crate) struct ProviderCache(Mutex<BTreeMap<Key, Slot>>);

/// Who shares a result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Agent,
    Room(Uuid),
    User { room: Uuid, entity: Uuid },
    Text(String),
}

impl Key {
    fn of(scope: CacheScope, message: &Memory) -> Self {
        match scope {
            CacheScope::Agent => Self::Agent,
            CacheScope::Room => Self::Room(message.room),
            CacheScope::User => Self::User { room: message.room, entity: message.entity },
            CacheScope::Key(text) => Self::Text(text(message)),
        }
    }
}

/// A result that is being made; whoever waits for it gets the same one, or the same error.
type Making = Shared<BoxFuture<'static, Result<Context, String>>>;

#[derive(Debug)]
struct Slot {
    plan: Arc<Plan>,
    made: Option<(Timestamp, Context)>,
    making: Option<Making>,
}

impl Slot {
    fn is_fresh(&self, ttl: Duration, now: Timestamp) -> bool {
        // A result from the future was made before the clock was set back; how old it is, nobody knows.
        let age = |at: Timestamp| Duration::try_from(now.duration_since(at)).ok();
        self.made.as_ref().and_then(|(at, _)| age(*at)).is_some_and(|age| age < ttl)
    }
}

impl ProviderCache {
    fn slots(&self) -> MutexGuard<'_, BTreeMap<Key, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for one more.
    fn shrink(slots: &mut BTreeMap<Key, Slot>, ttl: Duration, now: Timestamp) {
        if slots.len() < MOST_RESULTS {
            return;
        }
        slots.retain(|_, slot| slot.making.is_some() || slot.is_fresh(ttl, now));
        while slots.len() >= MOST_RESULTS {
            let made = |slot: &Slot| slot.made.as_ref().map(|(at, _)| *at);
            let oldest = slots.iter().min_by_key(|(_, slot)| made(slot)).map(|(key, _)| key.clone());
            // What is being made is still told to those who wait for it.
            if oldest.and_then(|key| slots.remove(&key)).is_none() {
                return;
            }
        }
    }
}

impl Agent {
    /// What a cached provider tells in a turn: a fresh result, a stale one while a new one is made, or a new one,
    /// made once for all who want it at that moment.
    pub(crate) async fn cached_context(
        &self,
        provider: &RegisteredProvider,
        (cache, def): (&Arc<ProviderCache>, CacheDef),
        message: &Memory,
        invocation: &Invocation,
    ) -> Result<Context, String> {
        let (tally, name) = (&self.shared().tally, provider.def.name);
        let key = Key::of(def.by, message);
        let making = {
            let now = self.clock().now();
            let plan = self.plan();
            let mut slots = cache.slots();
            if slots.get(&key).is_some_and(|slot| !Arc::ptr_eq(&slot.plan, &plan)) {
                slots.remove(&key);
            }
            if !slots.contains_key(&key) {
                ProviderCache::shrink(&mut slots, def.ttl, now);
            }
            let slot = slots.entry(key.clone()).or_insert_with(|| Slot { plan, made: None, making: None });
            let begin = || self.make(provider, Arc::clone(cache), key, invocation.clone());
            match &slot.made {
                Some((_, context)) if slot.is_fresh(def.ttl, now) => {
                    tally.cache("provider", name, true);
                    return Ok(context.clone());
                }
                Some((_, context)) if def.stale_while_revalidate => {
                    tally.cache("provider", name, true);
                    let context = context.clone();
                    slot.making.get_or_insert_with(begin);
                    return Ok(context);
                }
                _ => {
                    tally.cache("provider", name, false);
                    slot.making.get_or_insert_with(begin).clone()
                }
            }
        };
        making.await
    }

    /// Makes a result, on a task of its own: who asked first may be cancelled, who waits must not be.
    fn make(
        &self,
        provider: &RegisteredProvider,
        cache: Arc<ProviderCache>,
        key: Key,
        invocation: Invocation,
    ) -> Making {
        let (told, waiting) = oneshot::channel();
        let (def, clock, plan) = (provider.def, self.clock().clone(), self.plan());
        let (parts, provider) = (self.parts(), provider.clone());
        let span = span::provider_apart(self, provider.plugin.name, def.name);
        self.spawn(async move {
            let call = middleware::provider(&parts, &provider, &invocation);
            let made = match guarded(def.timeout, call).instrument(span.clone()).await {
                Ok(made) => made.map_err(|error| error.to_string()),
                Err(failure) => Err(failure.to_string()),
            };
            if let Err(why) = &made {
                span::failed(&span, "failed", why);
                tracing::debug!(provider = def.name, "no result to keep: {why}");
            }
            // A slot of another plan is somebody else's.
            let mut slots = cache.slots();
            if let Some(slot) = slots.get_mut(&key).filter(|slot| Arc::ptr_eq(&slot.plan, &plan)) {
                slot.making = None;
                if let Ok(context) = &made {
                    slot.made = Some((clock.now(), context.clone()));
                } else if slot.made.is_none() {
                    slots.remove(&key);
                }
            }
            drop(slots);
            // Everybody who waited may have gone.
            drop(told.send(made));
        });
        waiting
            .map(|made| made.unwrap_or_else(|_| Err("making the result ended with the program".to_owned())))
            .boxed()
            .shared()
    }
}
