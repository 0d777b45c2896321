//! A request as the parameters of a route read it.

use super::{Caller, RouteError};
use axum::{
    body::Body,
    extract::Request,
    http::{Extensions, request::Parts},
};
use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

/// A request to a route.
pub struct RouteRequest {
    parts: Parts,
    body: Mutex<Option<Body>>,
    caller: Option<Caller>,
    noted: Extensions,
}

impl fmt::Debug for RouteRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and bodies hold secrets.
        write!(f, "RouteRequest({} {})", self.parts.method, self.parts.uri.path())
    }
}

impl RouteRequest {
    /// A request of this caller. The largest body is what axum's `DefaultBodyLimit` says of the request.
    #[must_use]
    pub fn new(request: Request, caller: Option<Caller>) -> Self {
        let (parts, body) = request.into_parts();
        Self { parts, body: Mutex::new(Some(body)), caller, noted: Extensions::new() }
    }

    /// The same with what the layers before the agent's router noted on the request.
    #[must_use]
    pub fn with_noted(mut self, noted: Extensions) -> Self {
        self.noted = noted;
        self
    }

    /// What a layer before the agent's router noted on the request, by its type.
    #[must_use]
    pub fn noted<T: Clone + Send + Sync + 'static>(&self) -> Option<&T> {
        self.noted.get()
    }

    /// Everything that the layers before the agent's router noted on the request.
    #[must_use]
    pub const fn all_noted(&self) -> &Extensions {
        &self.noted
    }

    /// Everything but the body.
    #[must_use]
    pub const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Who calls, if that is known.
    #[must_use]
    pub const fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// The request with its body, which can be had once.
    ///
    /// # Errors
    /// If the body has been taken already.
    pub fn take(&self) -> Result<Request, RouteError> {
        let body = self.body.lock().unwrap_or_else(PoisonError::into_inner).take();
        let body = body.ok_or_else(|| RouteError::internal("two parameters of the route take the body"))?;
        Ok(Request::from_parts(self.parts.clone(), body))
    }
}
