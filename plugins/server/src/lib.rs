//! Agents over HTTP: REST, server-sent events and WebSocket below `/api/v1`, for callers that are known.
//!
//! ```toml
//! [plugins.server]
//! address = "127.0.0.1:3000"
//! token = { env = "GALATEA_TOKEN" }      # an owner's token; more are made by `galatea token new`
//! ```
//!
//! Every agent whose character selects the plugin has a [`HttpServer`]; those with one address share a listener, which the
//! first one opens and the last one closes (`listener`). Nothing listens unless the program says so
//! ([`StartOptions::listens`](galatea::agent::StartOptions::listens)). `access` finds out who sends a request and what that one
//! may do; `layers` are around every answer: limits, headers, the log; `site` is what the process answers, `api` what each agent answers below `/api/v1/agents/{agent}`, `tokens`
//! among it; other plugins
//! [mount](HttpServer::mount) what else there is, as [`Part`]s.

mod access;
mod api;
mod directory;
mod layers;
mod listener;
mod part;
mod service;
mod settings;
mod site;
mod sse;
mod tokens;

pub use access::{Access, SOURCE, Scope, name_in_rooms};
pub use directory::Directory;
pub use listener::{Ending, ListenError, Whole};
pub use part::{MountError, Part};
pub use service::HttpServer;
pub use settings::{Anonymous, Settings};
pub use sse::event_stream;

use galatea::prelude::*;

/// Agents over HTTP: REST, server-sent events and WebSocket below `/api/v1`, for callers that are known.
#[plugin("server", config = Settings)]
pub struct Server;
