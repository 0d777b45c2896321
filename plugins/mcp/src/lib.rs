//! The Model Context Protocol, both ways: tools of other servers become actions, and the agent's actions become tools of others.

use galatea::prelude::*;

/// The Model Context Protocol, both ways: tools of other servers become actions, and the agent's actions become tools of others.
#[plugin("mcp", requires(galatea_http::Http), optional(galatea_server::Server))]
pub struct Mcp;
