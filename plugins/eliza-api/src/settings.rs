//! What a character may say about its elizaOS routes.

use galatea::prelude::*;

/// Settings of the elizaOS routes; all have defaults, those of elizaOS.
#[config]
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a session lasts after what was last said in it, in minutes.
    #[serde(default = "timeout")]
    #[schemars(range(min = 5, max = 1440))]
    pub session_timeout: u32,
    /// How long a session lasts at most, however often it is renewed, in minutes.
    #[serde(default = "longest")]
    #[schemars(range(min = 60, max = 20160))]
    pub session_longest: u32,
    /// So many minutes before its end a session counts as near it.
    #[serde(default = "warning")]
    #[schemars(range(min = 1, max = 60))]
    pub session_warning: u32,
    /// What is said in a session renews it.
    #[serde(default = "yes")]
    pub session_renews: bool,
}

const fn timeout() -> u32 {
    30
}

const fn longest() -> u32 {
    720
}

const fn warning() -> u32 {
    5
}

const fn yes() -> bool {
    true
}
