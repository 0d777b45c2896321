//! What a character may say about Anthropic.

use galatea::prelude::*;
use galatea_hosted::{Anthropic, Auth, Setup, Sizes, Timeouts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Settings of Anthropic's models.
#[config]
#[derive(Clone, Debug)]
pub struct Settings {
    /// The key of the account: `{ env = "ANTHROPIC_API_KEY" }`.
    pub api_key: Secret,
    /// Where the server is, without `/v1`.
    #[serde(default = "base_url")]
    pub base_url: String,
    /// The models, by what they are for.
    #[serde(default)]
    pub model: Models,
    /// How long an answer may be, in tokens, where nothing else says so.
    #[serde(default = "max_tokens")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: u32,
    /// Whether the parts of prompts that stay are marked for the server's cache, which makes them cheaper the next time.
    #[serde(default = "yes")]
    pub cache: bool,
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

/// The models of Anthropic, by what they are for.
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
}

impl Default for Models {
    fn default() -> Self {
        Self {
            small: "claude-haiku-5-5".to_owned(),
            large: "claude-sonnet-5-5".to_owned(),
            reasoning_small: "claude-sonnet-5-5".to_owned(),
            reasoning_large: "claude-opus-5-5".to_owned(),
            vision: "claude-haiku-5-5".to_owned(),
        }
    }
}

impl Settings {
    pub(crate) fn sizes(&self) -> Sizes<'_> {
        let Models { small, large, reasoning_small, reasoning_large, .. } = &self.model;
        Sizes { small, large, reasoning_small, reasoning_large }
    }

    pub(crate) const fn wire(&self) -> Anthropic {
        Anthropic { max_tokens: self.max_tokens, cache: self.cache }
    }

    pub(crate) fn setup(&self) -> Setup {
        Setup {
            base_url: self.base_url.clone(),
            auth: Auth::Header("x-api-key", self.api_key.clone()),
            headers: self.headers.clone(),
            proxy: self.proxy.clone(),
            timeouts: self.timeouts.clone(),
            max_concurrent: self.max_concurrent,
            stream: self.stream,
        }
    }
}

fn base_url() -> String {
    "https://api.anthropic.com".to_owned()
}

fn max_tokens() -> u32 {
    8192
}

fn most_at_once() -> u32 {
    8
}

fn yes() -> bool {
    true
}
