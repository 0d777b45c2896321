//! Why an action, a provider or the reflection could not do its work.

use crate::people::NotFound;
use galatea::{model::ModelError, store::StoreError};

/// Why something could not be done. The text is what the model, and often the user, reads.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The storage failed.
    #[error("the storage failed: {0}")]
    Store(#[from] StoreError),
    /// No model answered.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The one who is meant was not found.
    #[error(transparent)]
    Person(#[from] NotFound),
    /// It must not or cannot be; the text says why and what to do instead.
    #[error("{0}")]
    Refused(String),
    /// Something could not be written as JSON.
    #[error("the result cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Problem {
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }
}
