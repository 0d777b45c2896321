//! Who calls a route.

use super::RouteError;
use crate::memory::Role;
use async_trait::async_trait;
use axum::http::HeaderMap;
use std::{fmt::Debug, sync::Arc};
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
}

impl Caller {
    /// An entity with its roles.
    #[must_use]
    pub fn new(entity: impl Into<Option<Uuid>>, roles: impl Into<Vec<Role>>) -> Self {
        Self { entity: entity.into(), roles: roles.into() }
    }

    /// Whether it has this role or one that may do more; everyone is a guest.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        role == Role::Guest || self.roles.iter().any(|own| *own >= role)
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
}

#[async_trait]
impl<A: Authenticate + ?Sized> Authenticate for Arc<A> {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Caller>, RouteError> {
        self.as_ref().authenticate(headers).await
    }
}
