//! Objects that plugins share: one for each kind and config, such as a pool of connections.

use crate::{
    agent::Agent,
    extract::{ExtractError, kind::extract_for},
};
use serde::Serialize;
use serde_json::Value;
use std::{
    any::{Any, TypeId},
    collections::BTreeMap,
    fmt::{self, Display},
    future::Future,
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// One shared object for each kind and config, across all plugins of the agent; it lives as long as somebody holds it.
///
/// ```
/// use galatea::{prelude::*, service::PoolError};
/// use std::sync::Arc;
/// # #[derive(Clone, serde::Serialize)] struct Settings { host: String }
/// # struct Connections;
/// # impl Connections { async fn open(_: Settings) -> Result<Self, String> { Ok(Self) } }
///
/// async fn connections(pool: &Pool, settings: &Settings) -> Result<Arc<Connections>, PoolError> {
///     pool.get("postgres", settings, |settings| async move { Connections::open(settings).await }).await
/// }
/// ```
///
/// It is the agent's, not the process's: configs name secrets by where they are found, and what one character may
/// reach with its secrets is no other character's. What is held in a service is shared until that service stops;
/// what is held in a handler only until the handler ends.
#[derive(Clone, Debug)]
pub struct Pool(Agent);

extract_for!(for Pool, |invocation| Ok::<_, ExtractError>(Self(invocation.agent.lasting())));

/// Why a shared object could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The config cannot be told from others: it cannot be written as JSON, for instance because it holds a secret
    /// in clear instead of a reference to one.
    #[error("the config of a shared `{kind}` cannot be compared with others: {why}")]
    Config {
        /// The kind asked for.
        kind: String,
        /// Why not.
        why: String,
    },
    /// The object could not be made; the next one who asks tries again.
    #[error("a shared `{kind}` could not be made: {why}")]
    Make {
        /// The kind asked for.
        kind: String,
        /// Why not, in the words of who makes it.
        why: String,
    },
}

impl Pool {
    /// The pool of an agent; for code that is not a handler.
    #[must_use]
    pub fn of(agent: &Agent) -> Self {
        Self(agent.lasting())
    }

    /// The object of this kind and config: the one that somebody holds, or else a new one. Who asks while it is made
    /// waits for it; if it cannot be made, each who waits tries in turn. `T` is part of what tells objects apart, the
    /// order of keys in the config is not. If the future is dropped while it makes the object, the next who waits
    /// makes it.
    ///
    /// # Errors
    /// [`PoolError`].
    pub async fn get<T, C, F, E>(
        &self,
        kind: &str,
        config: &C,
        make: impl FnOnce(C) -> F + Send,
    ) -> Result<Arc<T>, PoolError>
    where
        T: Send + Sync + 'static,
        C: Serialize + Clone + Sync,
        F: Future<Output = Result<T, E>> + Send,
        E: Display,
    {
        let failed = |why: String| PoolError::Make { kind: kind.to_owned(), why };
        let config_text = canonical(config)
            .map_err(|error| PoolError::Config { kind: kind.to_owned(), why: error.to_string() })?;
        let place = self.0.shared().pools.place((kind.to_owned(), config_text, TypeId::of::<T>()));
        // Held while the object is made: one maker at a time.
        let mut held = place.lock().await;
        if let Some(shared) = held.upgrade().and_then(|object| object.downcast().ok()) {
            return Ok(shared);
        }
        let made = Arc::new(make(config.clone()).await.map_err(|error| failed(error.to_string()))?);
        let weak: Weak<T> = Arc::downgrade(&made);
        *held = weak;
        Ok(made)
    }
}

/// JSON whose keys are sorted: equal configs give equal texts.
fn canonical(config: &impl Serialize) -> Result<String, serde_json::Error> {
    fn sorted(value: Value) -> Value {
        match value {
            Value::Object(map) => {
                let mut pairs: Vec<_> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
                pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
                Value::Object(pairs.into_iter().collect())
            }
            Value::Array(values) => values.into_iter().map(sorted).collect(),
            other => other,
        }
    }
    Ok(sorted(serde_json::to_value(config)?).to_string())
}

type Place = Arc<tokio::sync::Mutex<Weak<dyn Any + Send + Sync>>>;
/// Kind, config, type.
type Key = (String, String, TypeId);

/// What is shared in one agent. Nothing here keeps an object alive.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<BTreeMap<Key, Place>>);

/// The configs are not shown.
impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_list().entries(places.keys().map(|(kind, ..)| kind)).finish()
    }
}

impl Shelf {
    fn place(&self, key: Key) -> Place {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Places that nobody holds or waits at are forgotten.
        places.retain(|_, place| {
            Arc::strong_count(place) > 1 || place.try_lock().is_ok_and(|held| held.strong_count() > 0)
        });
        let nobody = || -> Place {
            let nothing: Weak<dyn Any + Send + Sync> = Weak::<()>::new();
            Arc::new(tokio::sync::Mutex::new(nothing))
        };
        Arc::clone(places.entry(key).or_insert_with(nobody))
    }
}
