//! The middleware of the engine itself: `logging`, `timing`, `retry`, `cache`.

mod cache;
mod logging;
mod retry;
mod timing;

pub use cache::{CacheSettings, Sharing};
pub use logging::{LogLevel, LoggingSettings};
pub use retry::RetrySettings;
pub use timing::PartTiming;

pub(crate) use timing::Timings;

use super::{Middleware, PartKind, Settings};
use crate::definition::MiddlewareDef;
use serde::Deserialize;
use std::sync::Arc;

/// What belongs to no plugin, sorted by name.
pub(crate) static ENGINE: [&MiddlewareDef; 4] = [&CACHE, &LOGGING, &RETRY, &TIMING];

static CACHE: MiddlewareDef = MiddlewareDef {
    name: "cache",
    description: "Gives what a part gave before: of idempotent actions, of providers that do not read the state, of models whose text nobody follows.",
    plugin: "",
    origin: crate::__origin!(),
    kinds: &[PartKind::Action, PartKind::Provider, PartKind::Model],
    schema: |generator| generator.subschema_for::<CacheSettings>(),
    make: |settings| made(settings, cache::cache),
};

static LOGGING: MiddlewareDef = MiddlewareDef {
    name: "logging",
    description: "Logs every call: how it ended and how long it took.",
    plugin: "",
    origin: crate::__origin!(),
    kinds: &PartKind::ALL,
    schema: |generator| generator.subschema_for::<LoggingSettings>(),
    make: |settings| made(settings, logging::logging),
};

static RETRY: MiddlewareDef = MiddlewareDef {
    name: "retry",
    description: "Tries again what failed, after growing pauses, within the time limit of the part.",
    plugin: "",
    origin: crate::__origin!(),
    kinds: &PartKind::ALL,
    schema: |generator| generator.subschema_for::<RetrySettings>(),
    make: |settings| made(settings, retry::retry),
};

static TIMING: MiddlewareDef = MiddlewareDef {
    name: "timing",
    description: "Counts the calls of every part and how long they take.",
    plugin: "",
    origin: crate::__origin!(),
    kinds: &PartKind::ALL,
    schema: |generator| generator.subschema_for::<NoSettings>(),
    make: |settings| made(settings, timing::timing),
};

/// The settings of a middleware that has none: an empty table.
#[derive(Clone, Copy, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

fn made<S: Settings, M: Middleware>(
    settings: serde_json::Value,
    make: fn(S) -> M,
) -> Result<Arc<dyn Middleware>, serde_json::Error> {
    Ok(Arc::new(make(serde_json::from_value(settings)?)))
}
