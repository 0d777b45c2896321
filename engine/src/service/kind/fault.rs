//! Why a service of a kind did not do what it was asked.

use std::time::Duration;

/// Why a service of a kind did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindFault {
    /// What was named is not there.
    #[error("{0} was not found")]
    NotFound(String),
    /// What was asked is wrong or not allowed; asking the same again will not help.
    #[error("refused: {0}")]
    Refused(String),
    /// This implementation cannot do it at all.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The credentials are missing or refused.
    #[error("the credentials were refused: {0}")]
    Unauthorized(String),
    /// A limit is reached.
    #[error("the limit is reached{}", after(.retry_after))]
    RateLimited {
        /// When to try again, if that is known.
        retry_after: Option<Duration>,
    },
    /// What it depends on cannot be reached or failed.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

impl KindFault {
    /// Whether asking the same again later may help.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable(_))
    }
}

fn after(wait: &Option<Duration>) -> String {
    wait.map(|wait| format!("; try again in {wait:?}")).unwrap_or_default()
}
