//! What a character may say about Google's models.

use galatea::prelude::*;
use galatea_hosted::{Auth, Setup, Sizes, Timeouts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Settings of Google's models.
#[config]
#[derive(Clone, Debug)]
pub struct Settings {
    /// The key of the account: `{ env = "GEMINI_API_KEY" }`.
    pub api_key: Secret,
    /// Where the server is, with the version of its API.
    #[serde(default = "base_url")]
    pub base_url: String,
    /// The models, by what they are for.
    #[serde(default)]
    pub model: Models,
    /// Who speaks, where a request does not say.
    #[serde(default = "voice")]
    pub voice: String,
    /// How long the server may take.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// How many requests the server is asked at once; the others wait.
    #[serde(default = "most_at_once")]
    #[schemars(range(min = 1, max = 1000))]
    pub max_concurrent: u32,
    /// A proxy that all requests go through: `http://proxy.example:3128`. Default: what the environment says. Its host must be granted, too.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Headers of every request, beside those that the server wants.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Whether answers are asked for piece by piece; `false` for gateways that cannot.
    #[serde(default = "yes")]
    pub stream: bool,
}

/// The models of Google, by what they are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Models {
    /// Short, cheap text and objects.
    pub small: String,
    /// Conversations and objects.
    pub large: String,
    /// Text with long thinking, small.
    pub reasoning_small: String,
    /// Text with long thinking, large.
    pub reasoning_large: String,
    /// Descriptions of pictures.
    pub vision: String,
    /// Vectors of texts.
    pub embedding: String,
    /// Pictures.
    pub image: String,
    /// Text from speech.
    pub transcription: String,
    /// Speech from text.
    pub speech: String,
}

impl Default for Models {
    fn default() -> Self {
        Self {
            small: "gemini-3.5-flash-lite".to_owned(),
            large: "gemini-3.8-flash".to_owned(),
            reasoning_small: "gemini-3.5-flash-lite".to_owned(),
            reasoning_large: "gemini-3.8-flash".to_owned(),
            vision: "gemini-3.5-flash-lite".to_owned(),
            embedding: "gemini-embedding-001".to_owned(),
            image: "gemini-3.1-flash-image".to_owned(),
            transcription: "gemini-3.8-flash".to_owned(),
            speech: "gemini-3.8-flash-tts".to_owned(),
        }
    }
}

impl Settings {
    pub(crate) fn sizes(&self) -> Sizes<'_> {
        let Models { small, large, reasoning_small, reasoning_large, .. } = &self.model;
        Sizes { small, large, reasoning_small, reasoning_large }
    }

    pub(crate) fn setup(&self) -> Setup {
        Setup {
            base_url: self.base_url.clone(),
            auth: Auth::Header("x-goog-api-key", self.api_key.clone()),
            headers: self.headers.clone(),
            proxy: self.proxy.clone(),
            timeouts: self.timeouts.clone(),
            max_concurrent: self.max_concurrent,
            stream: self.stream,
        }
    }
}

fn base_url() -> String {
    "https://generativelanguage.googleapis.com/v1beta".to_owned()
}

fn voice() -> String {
    "Kore".to_owned()
}

fn most_at_once() -> u32 {
    8
}

fn yes() -> bool {
    true
}
