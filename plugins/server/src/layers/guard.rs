//! Ends what takes too long, and what panics.

use axum::response::Response;
use futures_util::FutureExt;
use galatea::route::{RouteError, StatusCode};
use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

/// An answer begins within this time. Routes have shorter limits of their own.
const BEGINS: Duration = Duration::from_secs(600);

/// The answer, if it begins in time and without a panic.
pub(crate) async fn guarded(answer: impl Future<Output = Response>) -> Result<Response, RouteError> {
    // What a handler changed is dropped with it; nothing half-changed is looked at again.
    match tokio::time::timeout(BEGINS, AssertUnwindSafe(answer).catch_unwind()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(_)) => Err(RouteError::internal("a handler panicked")),
        Err(_) => {
            Err(RouteError::new(StatusCode::GATEWAY_TIMEOUT, format!("no answer came within {BEGINS:?}")))
        }
    }
}
