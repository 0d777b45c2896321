//! What the process answers itself, for all agents of an address.

mod agents;
mod docs;
mod health;
mod metrics;
mod openapi;
mod root;
mod session;

pub(crate) use openapi::Described;

use crate::{
    Access,
    listener::{Listener, missing},
};
use axum::{
    Extension, Router,
    http::{Method, Uri},
    response::Redirect,
    routing::get,
};
use galatea::route::{RouteError, StatusCode};
use std::sync::{Arc, OnceLock};

/// The listener through which a request came.
type Through = Extension<Arc<Listener>>;

/// The routes of the process.
pub(crate) fn router() -> Router {
    static ROUTER: OnceLock<Router> = OnceLock::new();
    ROUTER.get_or_init(build).clone()
}

fn build() -> Router {
    let wrong_method = |method: Method, uri: Uri| async move {
        let why = format!("{} does not answer {method}", uri.path());
        RouteError::new(StatusCode::METHOD_NOT_ALLOWED, why)
    };
    Router::new()
        .route("/", get(home))
        .route("/api/v1", get(root::root))
        .route("/api/v1/", get(root::root))
        .route("/api/v1/session", get(session::look).post(session::sign_in).delete(session::sign_out))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/docs", get(docs::page))
        .route("/api/v1/docs/{file}", get(docs::file))
        .route("/metrics", get(metrics::metrics))
        .route("/api/v1/health/live", get(health::live))
        .route("/api/v1/health/ready", get(health::ready))
        .route("/api/v1/agents", get(agents::list))
        .route("/api/v1/agents/", get(agents::list))
        .fallback(|uri: Uri| async move { missing(uri.path()) })
        .method_not_allowed_fallback(wrong_method)
}

/// To the console where there is one, else to the description of what is here.
async fn home(Extension(listener): Through) -> Redirect {
    let has_console = listener.part_of("/console").is_some();
    Redirect::temporary(if has_console { "/console/" } else { "/api/v1/docs" })
}

/// A part of a path as it was meant: `%20` is a blank. What cannot be read stays as it is.
pub(crate) fn decoded(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = (byte == b'%').then(|| part.get(at + 1..at + 3)).flatten();
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(meant) => {
                decoded.push(meant);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| part.to_owned())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn parts_of_paths_are_decoded() {
        for (part, meant) in [
            ("ada", "ada"),
            ("Ada%20Lovelace", "Ada Lovelace"),
            ("%C3%A9", "é"),
            ("50%", "50%"),
            ("%ff", "%ff"),
            ("%é1", "%é1"),
        ] {
            assert_eq!(decoded(part), meant, "{part}");
        }
    }
}
