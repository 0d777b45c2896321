//! Models: what the engine asks of them and what they answer, apart from any provider.
//!
//! A model handler is a function annotated with `#[model(TextLarge, …)]`; [`Models`](crate::extract::Models)
//! picks one by kind, rank and the character's choice. No type of a provider's library appears here.
//!
//! `request` and `answer` are what goes in and out, `wanted` what is wanted of pictures and sound, `sink` where text goes
//! while it is made, `error` why there is none, `choose` who is asked, `health` who
//! is left alone because it failed, `status` tells of that.

mod answer;
mod choose;
mod error;
mod health;
mod request;
mod sink;
mod status;
mod wanted;

pub use answer::*;
pub use choose::*;
pub use error::*;
pub use request::*;
pub use sink::{Piece, TextSink};
pub use status::{ModelRest, ModelStatus};
pub use wanted::Wanted;

pub(crate) use health::{Health, Provider};

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

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

impl schemars::JsonSchema for ModelKind {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ModelKind".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "What a model is for, e.g. `text-large`." })
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
