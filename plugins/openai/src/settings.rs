//! What a character may say about OpenAI.

use galatea::prelude::*;
use galatea_hosted::{Auth, Setup, Sizes, Timeouts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Settings of OpenAI's models.
#[config]
#[derive(Clone, Debug)]
pub struct Settings {
    /// The key of the account: `{ env = "OPENAI_API_KEY" }`.
    pub api_key: Secret,
    /// Where the server is. One that only imitates OpenAI's is better asked through the plugin `openai-compatible`.
    #[serde(default = "base_url")]
    pub base_url: String,
    /// The models, by what they are for.
    #[serde(default)]
    pub model: Models,
    /// The organisation that pays, for keys that belong to several: `org-…`.
    #[serde(default)]
    pub organisation: Option<String>,
    /// The project that pays, for keys that are not a project's own: `proj_…`.
    #[serde(default)]
    pub project: Option<String>,
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

/// The models of OpenAI, by what they are for.
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
            small: "gpt-6-luna".to_owned(),
            large: "gpt-6-sol".to_owned(),
            reasoning_small: "gpt-6-luna".to_owned(),
            reasoning_large: "gpt-6-sol".to_owned(),
            vision: "gpt-6-luna".to_owned(),
            embedding: "text-embedding-3-small".to_owned(),
            image: "gpt-image-1.5".to_owned(),
            transcription: "gpt-4o-mini-transcribe".to_owned(),
            speech: "gpt-4o-mini-tts".to_owned(),
        }
    }
}

impl Settings {
    pub(crate) fn sizes(&self) -> Sizes<'_> {
        let Models { small, large, reasoning_small, reasoning_large, .. } = &self.model;
        Sizes { small, large, reasoning_small, reasoning_large }
    }

    pub(crate) fn setup(&self) -> Setup {
        let mut headers = self.headers.clone();
        let mut add = |name: &str, value: &Option<String>| {
            headers.extend(value.clone().map(|value| (name.to_owned(), value)));
        };
        add("openai-organization", &self.organisation);
        add("openai-project", &self.project);
        Setup {
            base_url: self.base_url.clone(),
            auth: Auth::Bearer(self.api_key.clone()),
            headers,
            proxy: self.proxy.clone(),
            timeouts: self.timeouts.clone(),
            max_concurrent: self.max_concurrent,
            stream: self.stream,
        }
    }
}

fn base_url() -> String {
    "https://api.openai.com/v1".to_owned()
}

fn voice() -> String {
    "alloy".to_owned()
}

fn most_at_once() -> u32 {
    8
}

fn yes() -> bool {
    true
}
