//! What a character may say about a server that speaks as OpenAI does.

use galatea::prelude::*;
use galatea_hosted::{Auth, Setup, Timeouts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Settings of a server that speaks as OpenAI does: llama-server, LM Studio, vLLM, LocalAI, Groq, Together, Mistral …
#[config]
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the server is, up to what stands before `/chat/completions`: `http://127.0.0.1:8080/v1`.
    pub base_url: String,
    /// The key, where the server wants one.
    #[serde(default)]
    pub api_key: Option<Secret>,
    /// The models, by what they are for.
    #[serde(default)]
    pub model: Models,
    /// How models choose actions.
    #[serde(default)]
    pub tools: Tools,
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

/// How a model chooses actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tools {
    /// As tools, in the server's own form; as by `schema` from the first refusal on.
    #[default]
    Native,
    /// By a JSON schema that the answer is held to: for small models, which take no tools and are not told so.
    Schema,
}

/// The models of the server, by what they are for.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Models {
    /// Short, cheap text and objects. Default: that of `large`.
    pub small: Option<String>,
    /// Conversations and objects. Default: the first one that the server lists.
    pub large: Option<String>,
    /// Text with long thinking, small. Default: that of `large`.
    pub reasoning_small: Option<String>,
    /// Text with long thinking, large. Default: that of `large`.
    pub reasoning_large: Option<String>,
    /// Descriptions of pictures. Default: none are made here.
    pub vision: Option<String>,
    /// Vectors of texts. Default: none are made here.
    pub embedding: Option<String>,
    /// Pictures. Default: none are made here.
    pub image: Option<String>,
    /// Text from speech. Default: none is made here.
    pub transcription: Option<String>,
    /// Speech from text. Default: none is made here.
    pub speech: Option<String>,
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

fn voice() -> String {
    "alloy".to_owned()
}

fn most_at_once() -> u32 {
    8
}

fn yes() -> bool {
    true
}
