//! A cache that needs no plugin: values of the process, each with a time to live, and durable ones in the storage.

mod durable;
mod held;

pub use durable::DurableCache;

use crate::{
    agent::Agent,
    extract::{Extract, ExtractError, HandlerKind, Invocation},
};
use held::{Held, Outcome};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    future::Future,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How many values a plugin may keep; beyond that those that are used least go.
const MOST_VALUES: u64 = 10_000;

type Values = moka::future::Cache<String, Held>;

/// The caches of an agent, by plugin.
#[derive(Default)]
pub(crate) struct Caches(Mutex<BTreeMap<&'static str, (u64, Values)>>);

impl Caches {
    /// The values of one loading of a plugin: a new loading, with another config perhaps, begins with none, and one
    /// that was replaced keeps none any more.
    fn of(&self, plugin: &'static str, load: u64) -> Values {
        let mut caches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (newest, values) = caches.entry(plugin).or_insert_with(|| (load, Values::new(MOST_VALUES)));
        match (*newest).cmp(&load) {
            std::cmp::Ordering::Greater => Values::new(MOST_VALUES),
            std::cmp::Ordering::Equal => values.clone(),
            std::cmp::Ordering::Less => {
                (*newest, *values) = (load, Values::new(MOST_VALUES));
                values.clone()
            }
        }
    }
}

/// The plugin's own cache in this agent; take it as a parameter.
///
/// Values are of any type that can be cloned; the key of one plugin is nothing to another. At most 10 000 values a
/// plugin are kept, by use. Times are those of the agent's clock. All is gone when the agent ends; see
/// [`durable`](Self::durable) for what shall stay.
#[derive(Clone)]
pub struct Cache {
    agent: Agent,
    plugin: &'static str,
    values: Values,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}

/// Why a value could not be made. It is not cached: the next one who asks makes it anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value `{key}` could not be made: {why}")]
pub struct CacheError {
    /// The key.
    pub key: String,
    /// Why not, in the words of who makes it.
    pub why: String,
}

impl<P: crate::definition::Plugin, K: HandlerKind> Extract<P, K> for Cache {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        Ok(Self::of(&invocation.agent, invocation.plugin.name))
    }
}

impl Cache {
    /// The cache of a plugin; for code that is not a handler.
    #[must_use]
    pub fn of(agent: &Agent, plugin: &'static str) -> Self {
        Self {
            agent: agent.lasting(),
            plugin,
            values: agent.shared().caches.of(plugin, agent.parts().load_number(plugin)),
        }
    }

    /// The value of a key; `None` if there is none, its time is over, or it is no `T`.
    pub async fn get<T: Clone + Send + Sync + 'static>(&self, key: &str) -> Option<T> {
        let held = self.values.get(key).await;
        let value = held.and_then(|held| held.fresh(self.now()).then(|| held.value()).flatten());
        self.count(value.is_some());
        value
    }

    /// Keeps a value for a time; it replaces what was there.
    pub async fn set<T: Clone + Send + Sync + 'static>(&self, key: &str, value: T, ttl: Duration) {
        let until = self.after(ttl);
        self.values.insert(key.to_owned(), Held::new(value, until, until)).await;
    }

    /// The value of a key, made if there is none that is fresh. However many ask at once, one makes it and all get
    /// what it gave, an error too.
    ///
    /// # Errors
    /// That it could not be made.
    pub async fn get_or_make<T, F, E>(
        &self,
        key: &str,
        ttl: Duration,
        make: impl FnOnce() -> F + Send,
    ) -> Result<T, CacheError>
    where
        T: Clone + Send + Sync + 'static,
        F: Future<Output = Result<T, E>> + Send,
        E: Display,
    {
        self.made(key, ttl, Duration::ZERO, make).await
    }

    /// The value of a key, as [`get_or_make`](Self::get_or_make), but for `stale` after its time is over the old
    /// value is given at once, while one new value is made in the background. If that fails, the old one stays until
    /// `stale` is over, and each use tries again.
    ///
    /// # Errors
    /// That it could not be made, where there is no old one.
    pub async fn get_or_renew<T, F, E>(
        &self,
        key: &str,
        fresh: Duration,
        stale: Duration,
        make: impl FnOnce() -> F + Send + 'static,
    ) -> Result<T, CacheError>
    where
        T: Clone + Send + Sync + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let old = self.values.get(key).await;
        let Some((held, value)) = old.and_then(|held| held.value::<T>().map(|value| (held, value))) else {
            return self.made(key, fresh, stale, make).await;
        };
        let now = self.now();
        if !held.usable(now) {
            return self.made(key, fresh, stale, make).await;
        }
        self.count(true);
        if held.fresh(now) {
            return Ok(value);
        }
        if held.begin_renewal() {
            let (cache, key) = (self.clone(), key.to_owned());
            self.agent.spawn(async move { cache.renew(&key, fresh, stale, held, make()).await });
        }
        Ok(value)
    }

    async fn renew<T, E>(
        &self,
        key: &str,
        fresh: Duration,
        stale: Duration,
        old: Held,
        make: impl Future<Output = Result<T, E>>,
    ) where
        T: Clone + Send + Sync + 'static,
        E: Display,
    {
        // Also where it panics: another use may try again.
        let _over = old.renewal();
        match make.await {
            Ok(value) => {
                let (fresh, stale) = (self.after(fresh), self.after(fresh.saturating_add(stale)));
                self.values.insert(key.to_owned(), Held::new(value, fresh, stale)).await;
            }
            Err(error) => tracing::warn!(plugin = self.plugin, key, "the old value stays: {error}"),
        }
    }

    async fn made<T, F, E>(
        &self,
        key: &str,
        fresh: Duration,
        stale: Duration,
        make: impl FnOnce() -> F + Send,
    ) -> Result<T, CacheError>
    where
        T: Clone + Send + Sync + 'static,
        F: Future<Output = Result<T, E>> + Send,
        E: Display,
    {
        let now = self.now();
        let init = async {
            match make().await {
                Ok(value) => Held::new(value, self.after(fresh), self.after(fresh.saturating_add(stale))),
                Err(error) => Held::failed(error.to_string()),
            }
        };
        let entry = self.values.entry(key.to_owned());
        let entry =
            entry.or_insert_with_if(init, |held| !held.fresh(now) || held.value::<T>().is_none()).await;
        self.count(!entry.is_fresh());
        match entry.into_value().outcome() {
            Outcome::Value(value) => Ok(value),
            Outcome::Failed(why) => {
                // What failed must not stay: it is nobody's value.
                self.values.invalidate(key).await;
                Err(CacheError { key: key.to_owned(), why })
            }
            Outcome::OfAnotherType => Err(CacheError {
                key: key.to_owned(),
                why: "the key holds a value of another type; use another key".to_owned(),
            }),
        }
    }

    /// Forgets the value of a key; that there is none is no error.
    pub async fn remove(&self, key: &str) {
        self.values.invalidate(key).await;
    }

    /// Forgets everything of this plugin.
    pub fn clear(&self) {
        self.values.invalidate_all();
    }

    /// The plugin's values in the agent's storage, which stay after its end.
    #[must_use]
    pub fn durable(&self) -> DurableCache {
        DurableCache::new(self.agent.clone(), self.plugin)
    }

    fn count(&self, hit: bool) {
        self.agent.shared().tally.cache("plugin", self.plugin, hit);
    }

    fn now(&self) -> Timestamp {
        self.agent.clock().now()
    }

    fn after(&self, time: Duration) -> Timestamp {
        self.now().checked_add(time).unwrap_or(Timestamp::MAX)
    }
}
