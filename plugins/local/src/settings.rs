//! What a character may say about a model in process.

use galatea::{definition::PermissionKind, plan::wanted_scope, prelude::*};
use serde_json::Value;
use std::path::PathBuf;

/// Where models are fetched from if nothing else is said.
const HUB: &str = "https://huggingface.co";

/// What the name of a model of the hub begins with.
const ON_HUB: &str = "hub:";

/// Settings of a model in process.
#[config]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The model: a path to a GGUF file, a relative one below the working directory, or `hub:OWNER/REPOSITORY/FILE.gguf`, which is fetched
    /// once, through the plugin `http`, from hosts that `[grants.local]` names.
    pub model: String,
    /// The model's `tokenizer.json`. Default: what the GGUF file says; where that is of a kind that cannot be read, a `tokenizer.json` beside it.
    #[serde(default)]
    pub tokenizer: Option<PathBuf>,
    /// How long prompt and answer may be together, in tokens; more takes more memory. At most what the model was made for.
    #[serde(default = "context_tokens")]
    #[schemars(range(min = 64, max = 1_000_000))]
    pub context_tokens: u32,
    /// The longest answer in tokens, where the one who asks does not say.
    #[serde(default = "max_tokens")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: u32,
    /// The SHA-256 of the GGUF file, as 64 hexadecimal digits; another file is refused. Default: any, but what is fetched must be what the hub says.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The folder that fetched models are kept in. Default: `galatea/models` in the user's folder for caches (`$XDG_CACHE_HOME` or `~/.cache`).
    #[serde(default)]
    pub cache: Option<PathBuf>,
    /// The hub, or a server that answers as Hugging Face does.
    #[serde(default = "hub")]
    pub hub: String,
}

fn context_tokens() -> u32 {
    4096
}

fn max_tokens() -> u32 {
    512
}

fn hub() -> String {
    HUB.to_owned()
}

/// A model of the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "local"), allow(dead_code, reason = "nothing is fetched without the feature"))]
pub(crate) struct OnHub {
    /// `OWNER/REPOSITORY`.
    pub(crate) repository: String,
    /// The file in it, perhaps in a folder.
    pub(crate) file: String,
}

#[cfg_attr(not(feature = "local"), allow(dead_code, reason = "nothing is fetched without the feature"))]
impl Settings {
    /// The model as one of the hub; nothing where it is a path.
    pub(crate) fn on_hub(&self) -> Option<Result<OnHub, String>> {
        let name = self.model.strip_prefix(ON_HUB)?;
        let parts: Vec<&str> = name.split('/').collect();
        let is_safe = |part: &&str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(plain)
        };
        Some(match parts.as_slice() {
            [owner, repository, file @ ..] if !file.is_empty() && parts.iter().all(is_safe) => {
                Ok(OnHub { repository: format!("{owner}/{repository}"), file: file.join("/") })
            }
            _ => Err(format!(
                "`{}` is no model of the hub; write `hub:OWNER/REPOSITORY/FILE.gguf`",
                self.model
            )),
        })
    }
}

/// The hosts that a config needs: the hub's, where the model is there.
pub(crate) fn hosts(config: &Value) -> Vec<String> {
    let text = |key: &str| config.get(key).and_then(Value::as_str);
    match text("model") {
        Some(model) if model.starts_with(ON_HUB) => {
            vec![wanted_scope(PermissionKind::Network, text("hub").unwrap_or(HUB))]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]

    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_model_of_the_hub_needs_a_host() {
        let hub = "hub:bartowski/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct-Q8_0.gguf";
        assert_eq!(hosts(&json!({ "model": hub })), ["huggingface.co"]);
        assert_eq!(hosts(&json!({ "model": hub, "hub": "http://mirror.test:81/x" })), ["mirror.test"]);
        assert_eq!(hosts(&json!({ "model": "models/a/b.gguf" })), Vec::<String>::new());
    }

    #[test]
    fn a_name_of_the_hub_cannot_leave_the_cache() {
        let read = |model: &str| -> Option<bool> {
            let settings: Settings = serde_json::from_value(json!({ "model": model })).unwrap();
            settings.on_hub().map(|read| read.is_ok())
        };
        for (model, expected) in [
            ("models/a.gguf", None),
            ("hub:owner/repository/a.gguf", Some(true)),
            ("hub:owner/repository/folder/a-b_c.Q8_0.gguf", Some(true)),
            ("hub:owner/a.gguf", Some(false)),
            ("hub:owner/repository/../../a.gguf", Some(false)),
            ("hub:owner/repository/", Some(false)),
            ("hub:owner/repository/a.gguf?b", Some(false)),
            ("hub:", Some(false)),
        ] {
            assert_eq!(read(model), expected, "{model}");
        }
    }
}
