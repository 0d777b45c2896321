//! Who calls a route.

use super::RouteError;
use crate::{definition::RouteDef, memory::Role};
use async_trait::async_trait;
use axum::http::{Extensions, HeaderMap};
use std::{
    fmt::{self, Debug},
    sync::Arc,
};
use uuid::Uuid;

/// Who calls a route, as the [authenticator](Authenticate) said.
///
/// As a parameter of a route it refuses callers that are not known; a public route takes `Option<Caller>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The entity that calls; `None` where a key stands for nobody in particular.
    pub entity: Option<Uuid>,
    /// What it may do.
    pub roles: Vec<Role>,
    /// What it is called, e.g. the name of its token; `None` where it has no name.
    pub name: Option<String>,
    /// What its token is for, e.g. `chat`; `None` for everything.
    pub scopes: Option<Vec<String>>,
}

impl Caller {
    /// An entity with its roles.
    #[must_use]
    pub fn new(entity: impl Into<Option<Uuid>>, roles: impl Into<Vec<Role>>) -> Self {
        Self { entity: entity.into(), roles: roles.into(), name: None, scopes: None }
    }

    /// The same with a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same for these purposes only.
    #[must_use]
    pub fn only_for(mut self, scopes: impl IntoIterator<Item: Into<String>>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Whether it has this role or one that may do more; everyone is a guest.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        role == Role::Guest || self.roles.iter().any(|own| *own >= role)
    }

    /// Whether its token is for this.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|own| own == scope))
    }
}

/// A request to a route, before it is known who sends it.
#[derive(Clone, Copy)]
pub struct Knock<'a> {
    /// The route.
    pub route: &'a RouteDef,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// What the layers before noted on the request.
    pub noted: &'a Extensions,
}

impl fmt::Debug for Knock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers hold secrets.
        write!(f, "Knock({} {})", self.route.method, self.route.path)
    }
}

/// Finds out who sends a request. Whoever serves an agent brings one:
/// [`Agent::router_with`](crate::agent::Agent::router_with).
#[async_trait]
pub trait Authenticate: Debug + Send + Sync + 'static {
    /// Who sends a request with these headers; `None` if they name nobody.
    ///
    /// # Errors
    /// Why what they name is not accepted, e.g. [`RouteError::unauthorized`]; public routes answer all the same,
    /// to nobody in particular.
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Caller>, RouteError>;

    /// The same for who needs to know more than headers: the route, and what other layers noted on the request. Default:
    /// [`authenticate`](Self::authenticate).
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    async fn admit(&self, knock: Knock<'_>) -> Result<Option<Caller>, RouteError> {
        self.authenticate(knock.headers).await
    }
}

#[async_trait]
impl<A: Authenticate + ?Sized> Authenticate for Arc<A> {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Caller>, RouteError> {
        self.as_ref().authenticate(headers).await
    }

    async fn admit(&self, knock: Knock<'_>) -> Result<Option<Caller>, RouteError> {
        self.as_ref().admit(knock).await
    }
}
