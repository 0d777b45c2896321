//! Models: what the engine asks of them and what they answer, apart from any provider.
//!
//! A model handler is a function annotated with `#[model(TextLarge, …)]`; [`Models`](crate::extract::Models)
//! picks one by kind, rank and the character's choice. No type of a provider's library appears here.

mod choose;
mod request;

pub use choose::*;
pub use request::*;

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, time::Duration};

/// What a model is for. Serialised in kebab-case: `text-large`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModelKind {
    /// Short, cheap text: decisions, summaries.
    TextSmall,
    /// The text model that holds the conversation.
    TextLarge,
    /// Text with long thinking, small.
    ReasoningSmall,
    /// Text with long thinking, large.
    ReasoningLarge,
    /// Plain continuation of a text.
    TextCompletion,
    /// Vectors of texts.
    TextEmbedding,
    /// Text to tokens.
    TokenizerEncode,
    /// Tokens to text.
    TokenizerDecode,
    /// Pictures from text.
    Image,
    /// Text from pictures.
    ImageDescription,
    /// Text from speech.
    Transcription,
    /// Speech from text.
    TextToSpeech,
    /// Other sound.
    Audio,
    /// Moving pictures.
    Video,
    /// JSON that fits a schema, cheap.
    ObjectSmall,
    /// JSON that fits a schema.
    ObjectLarge,
    /// A kind of a plugin's own.
    Custom(Cow<'static, str>),
}

impl ModelKind {
    /// The kinds the engine knows, without [`Custom`](Self::Custom).
    pub const KNOWN: [Self; 16] = [
        Self::TextSmall,
        Self::TextLarge,
        Self::ReasoningSmall,
        Self::ReasoningLarge,
        Self::TextCompletion,
        Self::TextEmbedding,
        Self::TokenizerEncode,
        Self::TokenizerDecode,
        Self::Image,
        Self::ImageDescription,
        Self::Transcription,
        Self::TextToSpeech,
        Self::Audio,
        Self::Video,
        Self::ObjectSmall,
        Self::ObjectLarge,
    ];

    /// The name, e.g. `text-large`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::TextSmall => "text-small",
            Self::TextLarge => "text-large",
            Self::ReasoningSmall => "reasoning-small",
            Self::ReasoningLarge => "reasoning-large",
            Self::TextCompletion => "text-completion",
            Self::TextEmbedding => "text-embedding",
            Self::TokenizerEncode => "tokenizer-encode",
            Self::TokenizerDecode => "tokenizer-decode",
            Self::Image => "image",
            Self::ImageDescription => "image-description",
            Self::Transcription => "transcription",
            Self::TextToSpeech => "text-to-speech",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::ObjectSmall => "object-small",
            Self::ObjectLarge => "object-large",
            Self::Custom(name) => name,
        }
    }

    /// The kind of this name; a name that the engine does not know is a [`Custom`](Self::Custom) kind.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|kind| kind.name() == name)
            .unwrap_or_else(|| Self::Custom(Cow::Owned(name.to_owned())))
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for ModelKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ModelKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_name(&String::deserialize(deserializer)?))
    }
}

/// Why a model did not answer. The kinds decide whether another one is tried.
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
    /// The provider's limit is reached.
    #[error("the model's limit is reached{}", after(.retry_after))]
    RateLimited {
        /// When to try again, if the provider said so.
        retry_after: Option<Duration>,
    },
    /// The key is missing or refused.
    #[error("the model refused the credentials: {0}")]
    Unauthorized(String),
    /// The request itself is at fault; trying again will not help.
    #[error("the model refused the request: {0}")]
    Rejected(String),
    /// The provider cannot be reached or failed on its side.
    #[error("the model is unavailable: {0}")]
    Unavailable(String),
    /// No answer in time.
    #[error("the model did not answer within {0:?}")]
    Timeout(Duration),
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
