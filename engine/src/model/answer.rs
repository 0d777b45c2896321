//! What a model answers, and what that used.

use super::{ModelError, ToolCall};
use crate::{budget::Money, service::kind::Media};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What a call used; zero where the model does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Usage {
    /// Tokens of the request, those of [`cached`](Self::cached) and [`stored`](Self::stored) among them.
    pub prompt: u64,
    /// Tokens of the answer, those of [`reasoning`](Self::reasoning) among them.
    pub completion: u64,
    /// Tokens of the request that the provider knew from an earlier one.
    #[serde(skip_serializing_if = "is_zero")]
    pub cached: u64,
    /// Tokens of the request that the provider keeps for later ones, where it asks more for that.
    #[serde(skip_serializing_if = "is_zero")]
    pub stored: u64,
    /// Tokens of the answer that are thoughts.
    #[serde(skip_serializing_if = "is_zero")]
    pub reasoning: u64,
    /// Pictures made.
    #[serde(skip_serializing_if = "is_zero")]
    pub pictures: u64,
    /// Milliseconds of sound heard or made.
    #[serde(skip_serializing_if = "is_zero")]
    pub sound: u64,
    /// Characters spoken.
    #[serde(skip_serializing_if = "is_zero")]
    pub characters: u64,
    /// What it cost, where the provider says so itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Usage {
    /// Tokens of a request and of its answer; nothing else.
    #[must_use]
    pub fn new(prompt: u64, completion: u64) -> Self {
        Self { prompt, completion, ..Self::default() }
    }

    /// All tokens, of the request and of the answer.
    #[must_use]
    pub const fn tokens(&self) -> u64 {
        self.prompt.saturating_add(self.completion)
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            prompt: self.prompt.saturating_add(other.prompt),
            completion: self.completion.saturating_add(other.completion),
            cached: self.cached.saturating_add(other.cached),
            stored: self.stored.saturating_add(other.stored),
            reasoning: self.reasoning.saturating_add(other.reasoning),
            pictures: self.pictures.saturating_add(other.pictures),
            sound: self.sound.saturating_add(other.sound),
            characters: self.characters.saturating_add(other.characters),
            cost: self.cost.map_or(other.cost, |cost| Some(cost + other.cost.unwrap_or_default())),
        }
    }
}

/// What a model answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct ModelAnswer {
    /// What it says.
    pub text: String,
    /// What it wants done.
    pub calls: Vec<ToolCall>,
    /// The providers it wants to hear before it decides, by name. They run, and it is asked once more.
    pub providers: Vec<String>,
    /// The text ends in the middle, e.g. because the answer grew too long. The rest is asked for once.
    pub cut: bool,
    /// Why it cannot be used as it is, as the end of a sentence that begins with "Your last message". The model is told
    /// so, once in a turn, and answers again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What it used.
    pub usage: Usage,
    /// The model's own name, e.g. `gpt-5-mini`.
    pub model: String,
    /// The vectors of the texts of an [embedding request](super::ModelRequest::embedding), in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vectors: Vec<Vec<f32>>,
    /// What was made: pictures, sound, moving pictures, each with its media type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// The tokens of a text, from `tokenizer-encode`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<u32>,
}

impl ModelAnswer {
    /// An answer of text only.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// An answer of vectors only.
    #[must_use]
    pub fn of_vectors(vectors: Vec<Vec<f32>>) -> Self {
        Self { vectors, ..Self::default() }
    }
    /// An answer of pictures, sound or moving pictures only.
    #[must_use]
    pub fn of_media(media: impl IntoIterator<Item = Media>) -> Self {
        Self { media: media.into_iter().collect(), ..Self::default() }
    }

    /// An answer of tokens only.
    #[must_use]
    pub fn of_tokens(tokens: impl Into<Vec<u32>>) -> Self {
        Self { tokens: tokens.into(), ..Self::default() }
    }

    /// Its text as JSON of a type.
    ///
    /// # Errors
    /// [`ModelError::Unfit`] if it is no JSON, or none of this type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ModelError> {
        serde_json::from_str(&self.text).map_err(|error| ModelError::Unfit(error.to_string()))
    }
}
