//! Agents over HTTP: REST, server-sent events and WebSocket below `/api/v1`, for callers that are known.

use galatea::prelude::*;

/// Agents over HTTP: REST, server-sent events and WebSocket below `/api/v1`, for callers that are known.
#[plugin("server")]
pub struct Server;
