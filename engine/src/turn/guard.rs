//! The shell around every call of a plugin's code: a time limit, and panics become failures.

use crate::definition::HandlerError;
use futures_util::FutureExt;
use std::{any::Any, future::Future, panic::AssertUnwindSafe, time::Duration};

/// Why a call of a plugin's code gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It took too long.
    #[error("took longer than {0:?} and was stopped")]
    Timeout(Duration),
    /// It panicked; the text is the panic's message.
    #[error("panicked: {0}")]
    Panic(String),
    /// It said itself why not.
    #[error(transparent)]
    Handler(#[from] HandlerError),
    /// A parameter could not be had.
    #[error(transparent)]
    Extract(#[from] crate::extract::ExtractError),
}

/// Runs a future to its end, within a time limit; a panic inside becomes [`Failure::Panic`].
///
/// # Errors
/// [`Failure::Timeout`] or [`Failure::Panic`].
pub async fn guarded<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, Failure> {
    // A handler's values are dropped with it; nothing that it may have left half-changed is looked at again.
    match tokio::time::timeout(limit, AssertUnwindSafe(future).catch_unwind()).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(panic)) => Err(Failure::Panic(message(&*panic))),
        Err(_) => Err(Failure::Timeout(limit)),
    }
}

/// Runs a future to its end, however long that takes; a panic inside becomes [`Failure::Panic`].
///
/// # Errors
/// [`Failure::Panic`].
pub(crate) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|panic| Failure::Panic(message(&*panic)))
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
