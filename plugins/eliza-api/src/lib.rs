//! The messaging routes of elizaOS 1.7.2, for its published client.

use galatea::prelude::*;

/// The messaging routes of elizaOS 1.7.2, for its published client.
#[plugin("eliza-api", requires(galatea_server::Server))]
pub struct ElizaApi;
