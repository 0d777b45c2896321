//! What an agent shall know, and how it is cut.

use crate::source::{self, Meaning};
use galatea::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Settings of the knowledge plugin.
#[config]
#[derive(Clone, Debug, PartialEq)]
#[serde(default)]
pub struct Settings {
    /// What the agent shall know, beside the `knowledge` of its character: texts; files, folders (`docs/`) and patterns
    /// (`notes/**/*.md`), relative to the character file; addresses (`https://…`). A text of one line that ends like a file
    /// name (`handbook.md`) is a file; a table says it without doubt: `{ text = "…" }`, `{ path = "LICENSE" }`, `{ url = "https://…" }`.
    pub sources: Vec<Source>,
    /// How many tokens a fragment has at most, 50 to 8000. A token is about four letters.
    #[schemars(range(min = 50, max = 8000))]
    pub chunk_tokens: u32,
    /// How many tokens a fragment repeats of the one before it; a third of `chunk-tokens` at most.
    #[schemars(range(min = 0, max = 2666))]
    pub overlap_tokens: u32,
    /// Read files again when they change, while the agent runs.
    pub watch: bool,
    /// How many fragments a model reads in a turn, at most; 1 to 50.
    #[schemars(range(min = 1, max = 50))]
    pub results: u32,
    /// How many tokens they have together, at most.
    #[schemars(range(min = 100, max = 100_000))]
    pub prompt_tokens: u32,
    /// The largest HTML or PDF document that is read, in megabytes. Texts may be of any size.
    #[schemars(range(min = 1, max = 4096))]
    pub max_document_mb: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            chunk_tokens: 500,
            overlap_tokens: 100,
            watch: true,
            results: 5,
            prompt_tokens: 4000,
            max_document_mb: 64,
        }
    }
}

/// Something an agent shall know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Source {
    /// A text, a path or an address, told apart by how it is written.
    Short(String),
    /// A text.
    Text(TextSource),
    /// A file, a folder or a pattern.
    Path(PathSource),
    /// An address.
    Url(UrlSource),
}

/// A text that an agent shall know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TextSource {
    /// The text; headings, lists and the like as in Markdown.
    pub text: String,
    /// What it is called in citations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A file, a folder or a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PathSource {
    /// The path, relative to the character file. `*`, `?`, `[…]` and `**` make it a pattern.
    pub path: String,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UrlSource {
    /// The address, `http://` or `https://`.
    pub url: String,
}

impl Source {
    /// What is meant.
    pub(crate) fn meaning(&self) -> Meaning {
        match self {
            Self::Short(written) => source::meaning(written),
            Self::Text(TextSource { text, title }) => {
                Meaning::Text { text: text.clone(), title: title.clone() }
            }
            Self::Path(PathSource { path }) => Meaning::Path(path.clone()),
            Self::Url(UrlSource { url }) => Meaning::Url(url.clone()),
        }
    }
}

fn meanings(config: &Value) -> Vec<Meaning> {
    let sources = config.get("sources").and_then(Value::as_array).into_iter().flatten();
    let read = sources.filter_map(|source| serde_json::from_value::<Source>(source.clone()).ok());
    read.map(|source| source.meaning()).collect()
}

/// The paths that a config names: what must be granted.
pub(crate) fn paths(config: &Value) -> Vec<String> {
    let path = |meaning| match meaning {
        Meaning::Path(path) => Some(source::granted(&path)),
        Meaning::Text { .. } | Meaning::Url(_) => None,
    };
    meanings(config).into_iter().filter_map(path).collect()
}

/// The hosts that a config names: what must be granted.
pub(crate) fn hosts(config: &Value) -> Vec<String> {
    let host = |meaning| match meaning {
        Meaning::Url(url) => {
            Some(galatea::plan::wanted_scope(galatea::definition::PermissionKind::Network, &url))
        }
        Meaning::Text { .. } | Meaning::Path(_) => None,
    };
    meanings(config).into_iter().filter_map(host).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_config_asks_for_what_it_names() {
        let config = json!({ "sources": [
            "Dogs are welcome.", "docs/handbook.md", "docs/", "notes/**/*.md", "https://Example.com/a.html",
            { "path": "LICENSE" }, { "text": "See https://no.test" }, { "url": "http://b.test:81/x" },
        ] });
        assert_eq!(paths(&config), ["docs/handbook.md", "docs", "notes", "LICENSE"]);
        assert_eq!(hosts(&config), ["example.com", "b.test"]);
        assert_eq!((paths(&json!({})), hosts(&json!({}))), (Vec::new(), Vec::new()));
    }
}
