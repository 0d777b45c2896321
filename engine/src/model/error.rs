//! Why a model did not answer.

use super::ModelKind;
use std::time::Duration;

/// Why a model did not answer. The kinds decide whether the same model is asked once more, and whether another one is.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Nothing serves this kind.
    #[error("no plugin serves the model kind `{kind}`; add one to the character, e.g. `[plugins.offline]`")]
    NoModel {
        /// The kind asked for.
        kind: ModelKind,
    },
    /// The character or the caller named a provider that does not serve the kind.
    #[error("`{provider}` does not serve the model kind `{kind}`; these do: {known}")]
    UnknownProvider {
        /// The kind asked for.
        kind: ModelKind,
        /// The name given.
        provider: String,
        /// The plugins that serve the kind, separated by commas.
        known: String,
    },
    /// The provider's limit is reached: asked once more after `retry_after`, if that is soon; else another one is.
    #[error("the model's limit is reached{}", after(.retry_after))]
    RateLimited {
        /// When to try again, if the provider said so.
        retry_after: Option<Duration>,
    },
    /// The key is missing or refused: this provider is left alone for a while, another one is asked.
    #[error("the model refused the credentials: {0}")]
    Unauthorized(String),
    /// The request is longer than the model takes. The text is the provider's; the conversation is cut and asked once
    /// more, then another model is.
    #[error("the request is too long for the model{}: {why}", most(.limit))]
    TooLong {
        /// How many tokens the model takes, if the provider said so.
        limit: Option<u64>,
        /// What the provider said.
        why: String,
    },
    /// The request itself is at fault; asking this model again will not help. Another one may take it.
    #[error("the model refused the request: {0}")]
    Rejected(String),
    /// The provider cannot be reached, failed on its side, or broke off: asked once more after a pause, then another one is.
    #[error("the model is unavailable: {0}")]
    Unavailable(String),
    /// No answer in time.
    #[error("the model did not answer within {0:?}")]
    Timeout(Duration),
    /// It had begun to answer, and then nothing came any more.
    #[error("the model broke off: nothing more came for {0:?}")]
    Stalled(Duration),
    /// It failed too often lately, so it is not asked for a while.
    #[error("the model is not asked for another {left:?}, because it failed: {why}")]
    Resting {
        /// How long it is left alone from now on.
        left: Duration,
        /// Why it failed last.
        why: String,
    },
    /// What it answered does not fit the schema, also after it was told so.
    #[error("the model's answer does not fit the schema: {0}")]
    Unfit(String),
    /// The call would exceed what the character lets be spent.
    #[error("{0}")]
    OverBudget(Box<crate::budget::OverBudget>),
    /// The turn was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A parameter of the handler could not be had.
    #[error(transparent)]
    Extract(#[from] crate::extract::ExtractError),
}

fn after(wait: &Option<Duration>) -> String {
    wait.map(|wait| format!("; try again in {wait:?}")).unwrap_or_default()
}

fn most(limit: &Option<u64>) -> String {
    limit.map(|limit| format!(", which takes {limit} tokens")).unwrap_or_default()
}

impl ModelError {
    /// Whether the same request may go well a moment later, at the same provider.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::Unavailable(_)
                | Self::Timeout(_)
                | Self::Stalled(_)
                | Self::Resting { .. }
        )
    }

    /// Whether another provider may answer where this one did not.
    #[must_use]
    pub const fn others_may_answer(&self) -> bool {
        !matches!(
            self,
            Self::NoModel { .. } | Self::UnknownProvider { .. } | Self::OverBudget(_) | Self::Cancelled
        )
    }
}
