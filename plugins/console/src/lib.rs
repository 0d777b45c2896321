//! The web console: chat, plugins, memories, runs, approvals, logs and metrics in a browser.
//!
//! The pages are built from `web` into `dist`, which is committed and embedded: who builds the program needs no Node. They
//! read and change everything through `/api/v1`, as the one who is signed in there; this plugin gives out files that are
//! the same for everybody. `docs/console.md` tells more.

mod files;

use axum::Router;
use galatea::prelude::*;
use galatea_server::{Directory, HttpServer, MountError, Part};

/// Where the console is.
pub const AT: &str = "/console";

/// The web console: chat, plugins, memories, runs, approvals, logs and metrics in a browser.
#[plugin("console", requires(galatea_server::Server))]
pub struct Console;

/// Mounts the console beside the API.
#[on_load(plugin = Console)]
async fn mount(server: Service<HttpServer>) -> Result<(), MountError> {
    server.mount(Part { at: AT, about: "The web console", router, openapi: None, errors: None })
}

fn router(_directory: Directory) -> Router {
    Router::new().fallback(files::serve)
}
