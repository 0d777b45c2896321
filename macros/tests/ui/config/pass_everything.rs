//! Configs read tables in kebab-case, refuse unknown keys, and keep the author's own rules.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{definition::Plugin, prelude::*, registry::plugin_config_schema};
use serde_json::json;

/// Settings.
#[config]
#[derive(Debug)]
pub struct Settings {
    /// The key.
    pub api_key: String,
    /// A raw name.
    #[serde(default)]
    pub r#type: Option<String>,
    /// Not `version`, which belongs to the engine.
    #[serde(default, rename = "api-version")]
    pub version: u8,
    #[serde(skip)]
    _cache: (),
}

/// Settings in another spelling.
#[config]
#[serde(rename_all = "snake_case")]
pub struct Snake {
    /// The key.
    pub api_key: String,
}

/// Nothing to set.
#[config]
pub struct Empty {}

/// Kebab.
#[plugin("kebab", config = Settings)]
pub struct Kebab;

/// Snake.
#[plugin("snake", config = Snake)]
pub struct Snakes;

/// Empty.
#[plugin("empty", config = Empty)]
pub struct Nothing;

fn main() {
    for (plugin, value, readable) in [
        (Kebab::DEF, json!({ "api-key": "x" }), true),
        (
            Kebab::DEF,
            json!({ "api-key": "x", "type": "y", "api-version": 2 }),
            true,
        ),
        (Kebab::DEF, json!({ "api_key": "x" }), false),
        (Kebab::DEF, json!({ "api-key": "x", "other": 1 }), false),
        (Snakes::DEF, json!({ "api_key": "x" }), true),
        (Nothing::DEF, json!({}), true),
        (Nothing::DEF, json!({ "other": 1 }), false),
    ] {
        assert_eq!(
            (plugin.config.read)(value.clone()).is_ok(),
            readable,
            "{} {value}",
            plugin.name
        );
        assert_eq!(plugin_config_schema(plugin)["additionalProperties"], false);
    }
}
