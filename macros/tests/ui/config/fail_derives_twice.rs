use galatea::prelude::*;

/// Settings.
#[config(rename)]
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
pub struct Settings {
    /// A key.
    pub key: String,
}

fn main() {}
