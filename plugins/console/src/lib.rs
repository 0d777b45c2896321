//! The web console: chat, plugins, memories, runs, approvals, logs and metrics in a browser.

use galatea::prelude::*;

/// The web console: chat, plugins, memories, runs, approvals, logs and metrics in a browser.
#[plugin("console", requires(galatea_server::Server))]
pub struct Console;
