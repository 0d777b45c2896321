//! Who calls the `#[route]`s of an agent: what the listener found out.

use super::{Access, Scope};
use async_trait::async_trait;
use axum::http::HeaderMap;
use galatea::{
    agent::Agent,
    definition::RouteMethod,
    route::{Authenticate, Caller, Knock, RouteError},
};

/// Tells the routes of an agent who calls.
#[derive(Debug)]
pub(crate) struct RouteAccess {
    agent: Agent,
    own: &'static str,
}

impl RouteAccess {
    /// For this agent; `own` is the plugin whose routes are the API, all others are routes of plugins.
    pub(crate) const fn new(agent: Agent, own: &'static str) -> Self {
        Self { agent, own }
    }

    /// What a token must be for: as the route says, else by its plugin and its method.
    fn scope(&self, knock: Knock<'_>) -> Scope {
        let written = knock.route.scope.and_then(Scope::from_name);
        written.unwrap_or_else(|| match knock.route.method {
            _ if knock.route.plugin != self.own => Scope::Routes,
            RouteMethod::Get | RouteMethod::Static => Scope::Read,
            _ => Scope::Manage,
        })
    }
}

#[async_trait]
impl Authenticate for RouteAccess {
    async fn authenticate(&self, _headers: &HeaderMap) -> Result<Option<Caller>, RouteError> {
        Ok(None)
    }

    async fn admit(&self, knock: Knock<'_>) -> Result<Option<Caller>, RouteError> {
        let Some(access) = knock.noted.get::<Access>() else { return Ok(None) };
        access.require(&self.agent, galatea::memory::Role::Guest, self.scope(knock)).map(Some)
    }
}
