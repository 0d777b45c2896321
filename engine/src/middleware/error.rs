//! What a call through layers can fail with.

use super::Part;
use crate::{definition::HandlerError, extract::ExtractError, model::ModelError};
use std::error::Error;

/// Why a call gave nothing. What each kind of part fails with is kept as it is, so that layers can tell a model's
/// limit from a parameter that could not be had.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// A provider or an evaluator failed.
    #[error(transparent)]
    Handler(#[from] HandlerError),
    /// A parameter of an action could not be had.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// A model did not answer.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The part panicked; the text is the panic's message.
    #[error("panicked: {0}")]
    Panicked(String),
    /// A layer failed, or refused the call.
    #[error("{0}")]
    Layer(String),
    /// A layer gave the outcome of another kind of part.
    #[error("a middleware around {kind} {name} of `{plugin}` gave what is no outcome of one; mend the middleware", kind = .0.kind, name = .0.name, plugin = .0.plugin)]
    Mismatch(Part),
}

impl CallError {
    /// Whether trying again cannot help: the request or its arguments are at fault, or nobody waits any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Model(error) => matches!(
                error,
                ModelError::Cancelled
                    | ModelError::Rejected(_)
                    | ModelError::TooLong { .. }
                    | ModelError::OverBudget(_)
                    | ModelError::Unauthorized(_)
                    | ModelError::NoModel { .. }
                    | ModelError::UnknownProvider { .. }
                    | ModelError::Extract(_)
            ),
            Self::Extract(ExtractError::Arguments(_)) | Self::Mismatch(_) => true,
            _ => false,
        }
    }

    /// The same as an error of a model, for who called one.
    pub(crate) fn into_model_error(self) -> ModelError {
        match self {
            Self::Model(error) => error,
            Self::Extract(error) => ModelError::Extract(error),
            other => ModelError::Unavailable(other.to_string()),
        }
    }
}

impl From<Box<dyn Error + Send + Sync>> for CallError {
    /// Layers of tower box what goes wrong; what was one of these already comes out as it went in.
    fn from(error: Box<dyn Error + Send + Sync>) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => *error,
            Err(error) => Self::Layer(error.to_string()),
        }
    }
}
