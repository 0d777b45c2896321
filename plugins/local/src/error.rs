//! Why a model in process cannot be had, or does not answer.

use galatea::model::ModelError;
use std::{io, path::PathBuf};

/// Why a model in process cannot be had, or does not answer.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The program was built without what runs models.
    #[error(
        "this program was built without the feature `local`, which runs models in process: build it with `--features local`, as in \
         `cargo run --features local`, or take `[plugins.local]` out of the character"
    )]
    NotBuilt,
    /// The file is not there, or may not be read.
    #[error(
        "cannot read `{}`: {error}; `model` of `[plugins.local]` must name a GGUF file, or one of the hub to be fetched: \
         `hub:OWNER/REPOSITORY/FILE.gguf`", .path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file is no GGUF file, or only a part of one.
    #[error("`{}` is damaged, or no GGUF file: {why}; fetch it anew", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The model is built in a way that cannot be run.
    #[error("`{}` holds a model of the architecture `{architecture}`, and only these can be run: {known}", .path.display())]
    UnknownArchitecture {
        /// The file.
        path: PathBuf,
        /// What `general.architecture` says.
        architecture: String,
        /// Those that can be run, separated by commas.
        known: String,
    },
    /// Something of the model besides its weights cannot be used.
    #[error("cannot use `{}`: {why}", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// This is another file than the character wants.
    #[error("`{}` has the SHA-256 {found}, and {wanted} is wanted: fetch the file anew, or change `sha256`", .path.display())]
    OtherFile {
        /// The file.
        path: PathBuf,
        /// The SHA-256 of the file.
        found: String,
        /// The SHA-256 that is wanted.
        wanted: String,
    },
    /// The model cannot be fetched.
    #[error("cannot fetch `{model}`: {why}")]
    Fetch {
        /// The model, as the character names it.
        model: String,
        /// Why not, and what helps.
        why: String,
    },
    /// The model is being fetched.
    #[error("`{model}` is being fetched: {} of {} MB are here", .have / 1_000_000, .of / 1_000_000)]
    Fetching {
        /// The model, as the character names it.
        model: String,
        /// How many bytes are here.
        have: u64,
        /// How many there will be; 0 where the hub has not said yet.
        of: u64,
    },
    /// The prompt leaves no room for an answer.
    #[error("the prompt has {tokens} tokens, and `context-tokens` is {limit}, the answer included")]
    TooLong {
        /// How many tokens the prompt has.
        tokens: usize,
        /// How many prompt and answer may have.
        limit: usize,
    },
    /// An answer cannot be held to the schema.
    #[error("answers cannot be held to this schema: {0}")]
    Schema(String),
    /// The conversation cannot be written as the model wants it.
    #[error("the model's chat template failed: {0}")]
    Template(String),
    /// The computation failed.
    #[error("the model failed: {0}")]
    Compute(String),
    /// Nobody waits for the answer any more.
    #[error("cancelled")]
    Cancelled,
}

impl From<LocalError> for ModelError {
    fn from(error: LocalError) -> Self {
        match error {
            LocalError::TooLong { limit, .. } => {
                Self::TooLong { limit: u64::try_from(limit).ok(), why: error.to_string() }
            }
            LocalError::Schema(_) | LocalError::Template(_) => Self::Rejected(error.to_string()),
            LocalError::Cancelled => Self::Cancelled,
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
