//! The definition of a route.

use super::{Call, HandlerError, Origin};
use crate::{extract::Signature, route::Answer};
use std::{fmt, time::Duration};

/// What a route is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteMethod {
    /// Reads something; answers HEAD too.
    Get,
    /// Makes something, or does something.
    Post,
    /// Replaces something.
    Put,
    /// Changes a part of something.
    Patch,
    /// Takes something away.
    Delete,
    /// Reads the files of a folder, with GET and HEAD.
    Static,
}

impl RouteMethod {
    /// The name as it stands in the attribute: `GET`, `STATIC` …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Static => "STATIC",
        }
    }

    /// The method as requests name it: `GET` where a folder is served.
    #[must_use]
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Static => "GET",
            other => other.name(),
        }
    }
}

impl fmt::Display for RouteMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A route: something that a plugin answers over HTTP, below `/{plugin}`.
#[derive(Debug)]
pub struct RouteDef {
    /// The name in kebab-case, unique in a plugin.
    pub name: &'static str,
    /// The doc comment: what people read in the description of the API.
    pub description: &'static str,
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// What it is asked with.
    pub method: RouteMethod,
    /// The path below the plugin's, with a `/` first: `/hello/{name}`, `/files/{*path}`.
    pub path: &'static str,
    /// Anyone may ask; otherwise the caller must be known.
    pub public: bool,
    /// Roles that may use it, lower-case; empty allows every known caller.
    pub roles: &'static [&'static str],
    /// The scope that the caller's token must have, e.g. `chat`; `None` leaves it to who serves the agent.
    pub scope: Option<&'static str>,
    /// How long it may run, reading the body included. Default 30 s.
    pub timeout: Duration,
    /// The largest body that it reads, in bytes. Default 2 MiB.
    pub body: usize,
    /// Collects what its parameters and its result say of it.
    pub describe: fn(&mut Signature),
    /// Runs it.
    pub call: Call<Result<Answer, HandlerError>>,
}
