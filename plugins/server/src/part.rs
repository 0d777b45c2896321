//! What other plugins mount.

use crate::Directory;
use axum::{Router, response::Response};
use galatea::route::RouteError;
use serde_json::Value;
use std::fmt;

/// What another plugin answers, below a prefix at the root of the server.
#[derive(Clone, Copy)]
pub struct Part {
    /// The prefix: `/v1`, `/mcp`, `/console`. The router gets paths without it: `/v1/models` as `/models`, `/v1` and `/v1/` as `/`;
    /// [`Whole`](crate::Whole) tells all of it.
    pub at: &'static str,
    /// What it is, in one line, for people.
    pub about: &'static str,
    /// Makes its router, once for all agents of an address. Handlers take [`Access`](crate::Access) and ask it.
    pub router: fn(Directory) -> Router,
    /// What it adds to the OpenAPI document: `{"paths": {…}, "components": {…}}`, with whole paths.
    pub openapi: Option<fn() -> Value>,
    /// How refusals of the server itself look below the prefix (401, 413, 429 …). Default: as everywhere.
    pub errors: Option<fn(RouteError) -> Response>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("at", &self.at).field("about", &self.about).finish_non_exhaustive()
    }
}

impl Part {
    /// What the path is below its prefix, with a `/` first; `None` if it is not below it.
    pub(crate) fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        match path.strip_prefix(self.at)? {
            "" => Some("/"),
            rest => rest.starts_with('/').then_some(rest),
        }
    }
}

/// Why something was not mounted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MountError {
    /// The prefix is none.
    #[error("`{0}` is no prefix: write it with a `/` first and none at its end, e.g. `/v1`")]
    Malformed(&'static str),
    /// The server answers there itself.
    #[error("`{0}` belongs to the server itself; choose another prefix")]
    Reserved(&'static str),
    /// Another plugin answers there.
    #[error(
        "`{at}` belongs to plugin `{plugin}`; take one of the two plugins out of the characters of this address"
    )]
    Taken {
        /// The prefix.
        at: &'static str,
        /// The plugin.
        plugin: &'static str,
    },
}

/// Prefixes at which, and below which, the server answers itself.
pub(crate) const OWN: [&str; 3] = ["/api/v1", "/agents", "/metrics"];

/// Refuses prefixes that cannot be.
pub(crate) fn check(at: &'static str) -> Result<(), MountError> {
    let is_whole = at.starts_with('/') && at.len() > 1 && !at.ends_with('/') && !at.contains("//");
    if !is_whole {
        return Err(MountError::Malformed(at));
    }
    let is_own = |own: &str| at == own || at.starts_with(&format!("{own}/"));
    if OWN.into_iter().any(is_own) { Err(MountError::Reserved(at)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_checked_and_taken_off() {
        for (at, fine) in [
            ("/v1", true),
            ("/api", true),
            ("/a/b", true),
            ("/api/v1", false),
            ("/api/v1/x", false),
            ("/agents", false),
            ("/", false),
            ("v1", false),
            ("/v1/", false),
            ("", false),
        ] {
            assert_eq!(check(at).is_ok(), fine, "{at}");
        }
        let part = Part { at: "/v1", about: "", router: |_| Router::new(), openapi: None, errors: None };
        for (path, below) in [
            ("/v1", Some("/")),
            ("/v1/", Some("/")),
            ("/v1/models", Some("/models")),
            ("/v12", None),
            ("/", None),
        ] {
            assert_eq!(part.below(path), below, "{path}");
        }
    }
}
