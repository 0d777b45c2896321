//! What a character may say about Ollama.

use galatea::prelude::*;
use galatea_hosted::{Auth, Ollama, Setup, Timeouts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Settings of Ollama.
#[config]
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the server is.
    #[serde(default = "base_url")]
    pub base_url: String,
    /// The key, where a server on the network wants one.
    #[serde(default)]
    pub api_key: Option<Secret>,
    /// The models, by what they are for.
    #[serde(default)]
    pub model: Models,
    /// How long prompt and answer may be together, in tokens; more takes more memory. What is longer, Ollama cuts at the front.
    #[serde(default = "context_tokens")]
    #[schemars(range(min = 512, max = 10_000_000))]
    pub context_tokens: u32,
    /// How long a model stays loaded after it was asked, as Ollama writes it: `5m`, `-1` for ever. Default: as the server is set.
    #[serde(default)]
    pub keep_alive: Option<String>,
    /// How long the server may take.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// How many requests the server is asked at once; the others wait. A computer that runs models itself is fastest with few.
    #[serde(default = "one_at_once")]
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

/// The models of the server, by what they are for.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Models {
    /// Short, cheap text and objects. Default: that of `large`.
    pub small: Option<String>,
    /// Conversations and objects. Default: the newest one of the server that converses.
    pub large: Option<String>,
    /// Text with long thinking, small. Default: that of `large`.
    pub reasoning_small: Option<String>,
    /// Text with long thinking, large. Default: that of `large`.
    pub reasoning_large: Option<String>,
    /// Descriptions of pictures. Default: none are made here.
    pub vision: Option<String>,
    /// Vectors of texts. Default: none are made here.
    pub embedding: Option<String>,
}

impl Settings {
    /// The model that the config names for a kind.
    pub(crate) fn named(&self, kind: &ModelKind) -> Option<&str> {
        let Models { small, large, reasoning_small, reasoning_large, .. } = &self.model;
        let own = match kind {
            ModelKind::TextSmall | ModelKind::ObjectSmall => small,
            ModelKind::ReasoningSmall => reasoning_small,
            ModelKind::ReasoningLarge => reasoning_large,
            _ => large,
        };
        own.as_deref().or(large.as_deref())
    }

    pub(crate) fn wire(&self) -> Ollama {
        Ollama { context_tokens: Some(self.context_tokens), keep_alive: self.keep_alive.clone() }
    }

    pub(crate) fn setup(&self) -> Setup {
        Setup {
            base_url: self.base_url.clone(),
            auth: self.api_key.clone().map_or(Auth::None, Auth::Bearer),
            headers: self.headers.clone(),
            proxy: self.proxy.clone(),
            timeouts: self.timeouts.clone(),
            max_concurrent: self.max_concurrent,
            stream: self.stream,
        }
    }
}

fn base_url() -> String {
    "http://127.0.0.1:11434".to_owned()
}

fn context_tokens() -> u32 {
    8192
}

fn one_at_once() -> u32 {
    2
}

fn yes() -> bool {
    true
}
