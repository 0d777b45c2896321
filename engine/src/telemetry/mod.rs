//! What can be seen of running agents from outside: spans, logs, numbers, and the prompts of the last turns.
//!
//! `span` makes every span of the engine, `trace` lets traces go on across processes, `genai` is what spans of model calls say.
//! `log` keeps the newest log records, `layer` is where they come from, `redact` takes out of them what nobody may see.
//! `histogram` and `minutes` are what the counters of an agent ([`analytics`](crate::agent::Agent::analytics)) are made of,
//! `stats` shows them for plots, `prometheus` as metrics; `slow` is what must be asked of the storage for both. `prompts`
//! keeps what models were asked. Nothing in here is written to disk. What exports spans, and where logs go, is for the program to say.

mod genai;
mod histogram;
mod layer;
mod log;
mod minutes;
mod prometheus;
mod prompts;
mod redact;
mod slow;
pub(crate) mod span;
mod stats;
mod trace;

pub use layer::{LogLayer, log_layer};
pub use log::{Level, LogFilter, LogRecord, Logs, UnknownLevel, logs};
pub use minutes::Point;
pub use prometheus::{MEDIA_TYPE, prometheus};
pub use prompts::KeptPrompt;
pub use redact::{is_secret_name, redact, redact_json};
pub use slow::refresh;
pub use span::{CONTEXT, capture_content};
pub use stats::{CacheStats, PartStats, Spent, Stats};
pub use trace::{Propagation, TraceParent, propagate_with, request, traceparent};

pub(crate) use genai::{acted, answered, model, refused};
pub(crate) use histogram::{BOUNDS, Histogram, micros};
pub(crate) use minutes::Minutes;
pub(crate) use prompts::{Asked, Kept, Prompts, size_of, size_of_map};
pub(crate) use redact::remember;
pub(crate) use slow::Slow;
