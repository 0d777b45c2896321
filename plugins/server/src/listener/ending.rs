//! Tells long answers of the end.

use axum::{extract::FromRequestParts, http::request::Parts};
use galatea::{
    definition::Plugin,
    extract::{Extract, ExtractError, Input, Invocation, kind},
};
use std::convert::Infallible;
use tokio_util::sync::CancellationToken;

/// The end of what a request came through, for answers that last: an extractor of axum's handlers, and noted on the request
/// for `#[route]`s. Streams of server-sent events end by themselves; what goes on over an upgraded connection looks here.
#[derive(Clone, Debug)]
pub struct Ending {
    pub(crate) listener: CancellationToken,
    /// Of the agent that is named in the path.
    pub(crate) agent: Option<CancellationToken>,
}

impl Ending {
    /// Waits until the server ends, or the agent that the path names leaves it.
    pub async fn ended(&self) {
        match &self.agent {
            Some(agent) => tokio::select! {
                () = self.listener.cancelled() => {}
                () = agent.cancelled() => {}
            },
            None => self.listener.cancelled().await,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ending {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let never = || Self { listener: CancellationToken::new(), agent: None };
        Ok(parts.extensions.get().cloned().unwrap_or_else(never))
    }
}

impl<P: Plugin> Extract<P, kind::Route> for Ending {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        let noted = match &invocation.input {
            Input::Route(request) => request.noted::<Self>().cloned(),
            _ => None,
        };
        Ok(noted.unwrap_or_else(|| Self { listener: CancellationToken::new(), agent: None }))
    }
}
