//! What ends a test that is not a failed assertion.

use crate::{
    agent::{AcceptError, StartError},
    registry::RegistryError,
    store::StoreError,
};
use std::{error::Error, fmt, time::Duration};

/// What a test gives, with `?` on whatever may fail: `async fn it_works() -> TestResult { …; Ok(()) }`.
pub type TestResult<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Why a test cannot go on. `Debug` writes the same as `Display`, because that is what test runners print.
#[derive(thiserror::Error)]
pub enum TestError {
    /// The plugins of this build do not make a registry.
    #[error("{}", lines(.0))]
    Registry(Vec<RegistryError>),
    /// The character of the test is not in order: every mistake, with its place.
    #[error("the character of the test is not in order\n{0}")]
    Character(String),
    /// A plugin was refused.
    #[error("the agent of the test did not start: {0}")]
    Start(#[from] StartError),
    /// A message was not accepted.
    #[error("the message was not accepted: {0}")]
    Accept(#[from] AcceptError),
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A model was asked what the test did not foresee; the text shows the request.
    #[error("{0}")]
    Unforeseen(String),
    /// Something took too long.
    #[error("{what} took longer than {limit:?}")]
    Slow {
        /// What.
        what: String,
        /// The limit.
        limit: Duration,
    },
    /// The test asks for what there is not; the text says what there is.
    #[error("{0}")]
    Wrong(String),
}

impl fmt::Debug for TestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn lines(errors: &[RegistryError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
