//! The Model Context Protocol, both ways.
//!
//! `client` connects to servers that the character names: their tools become actions, their resources and prompts are read
//! by the actions and providers of this plugin. `serve` is the way in for programs that speak the protocol: an agent's
//! actions are their tools, its memories their resources.

mod actions;
pub mod client;
mod providers;
pub mod serve;
mod settings;

pub use client::{Connection, McpServers, Standing};
pub use settings::{ServerSettings, Settings, Trust};

use galatea::prelude::*;

/// The Model Context Protocol, both ways: tools of other servers become actions, and the agent's actions become tools of others.
#[plugin(
    "mcp",
    requires(galatea_http::Http),
    optional(galatea_server::Server),
    config = Settings,
    permissions(Process(of = settings::programs), Network(of = settings::hosts)),
)]
pub struct Mcp;
