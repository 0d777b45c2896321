//! What a character may say about its OpenAI API.

use galatea::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the OpenAI API; all have defaults.
#[config]
#[derive(Clone, Debug)]
pub struct Settings {
    /// A turn ends when the program that asked for it goes away. Else it goes on, and its reply is remembered.
    #[serde(default = "yes")]
    pub cancel_when_gone: bool,
    /// How replies are streamed.
    #[serde(default)]
    pub stream: Streaming,
}

/// How replies are streamed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Streaming {
    /// Piece by piece, as the model makes them. What the agent takes back stays with the program that reads; the reply follows as
    /// a paragraph of its own.
    #[default]
    Live,
    /// Each reply whole, when it is certain. Nothing is ever taken back.
    Settled,
}

const fn yes() -> bool {
    true
}
