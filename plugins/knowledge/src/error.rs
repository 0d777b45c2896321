//! Why something is not known.

use crate::{files::FileError, read::ReadError};
use galatea::{service::kind::KindFault, store::StoreError};
use galatea_http::HttpError;

/// Why something is not known.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// The file is not there, or may not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The address gives nothing, or may not be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The document cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody wrote to it meanwhile.
    #[error("it changed while it was read; it is read again when it has come to rest")]
    Changed,
    /// The engine or a library failed.
    #[error("the reading broke off: {0}")]
    Broken(String),
    /// What was found cannot be JSON.
    #[error("what was found cannot be passed on: {0}")]
    Data(#[from] serde_json::Error),
    /// No document is meant by this.
    #[error("no document is called `{0}`")]
    Unknown(String),
}

impl From<KnowledgeError> for KindFault {
    fn from(error: KnowledgeError) -> Self {
        match error {
            KnowledgeError::File(FileError::NotFound(path)) => Self::NotFound(format!("`{path}`")),
            KnowledgeError::Unknown(name) => Self::NotFound(format!("a document called `{name}`")),
            KnowledgeError::File(refused) => Self::Refused(refused.to_string()),
            KnowledgeError::Read(unreadable) => Self::Refused(unreadable.to_string()),
            KnowledgeError::Http(
                refused @ (HttpError::NotGranted { .. }
                | HttpError::BadUrl { .. }
                | HttpError::TooLarge { .. }),
            ) => Self::Refused(refused.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
