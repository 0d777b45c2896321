use galatea::prelude::*;

/// Settings.
#[config]
pub struct Settings {
    /// A key.
    pub enabled: bool,
    /// A key.
    #[serde(rename = "fallback")]
    pub other: u8,
    /// A key.
    #[serde(alias = "version")]
    pub edition: u8,
}

/// Settings.
#[config]
#[serde(rename_all = "lowercase")]
pub struct Raw {
    /// A key.
    pub r#version: u8,
    /// Another name, no mistake.
    #[serde(rename = "on")]
    pub enabled: bool,
}

fn main() {}
