//! What a character may say about its server.

use galatea::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Settings of the server. Those of several agents on one address must be the same but for `token` and `anonymous`: the first
/// agent's count.
#[config]
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens: `127.0.0.1:3000`, `0.0.0.0:3000`, `[::1]:3000`, `localhost:3000`; port 0 takes any that is free.
    /// Default: `127.0.0.1:3000`, or the next free port of ten.
    #[serde(default)]
    pub address: Option<String>,
    /// A token with which its owner may do everything: `{ env = "GALATEA_TOKEN" }`. More are made by `galatea token new`.
    #[serde(default)]
    pub token: Option<Secret>,
    /// Who may do everything without a token: whoever sits at this machine, or nobody.
    #[serde(default)]
    pub anonymous: Anonymous,
    /// The web pages of other origins that may call it, with a token: `https://app.example`.
    #[serde(default)]
    pub cors: Vec<String>,
    /// The largest body of a request: `512kb`, `32mb`. Routes may take less.
    #[serde(with = "size", default = "body_limit")]
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(b|kb|mb|gb)$"))]
    pub body_limit: usize,
    /// How many requests a caller may send in a minute; all of them at once, if it did not before.
    #[serde(default = "rate")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub rate: u32,
    /// How many connections there may be at once; more wait.
    #[serde(default = "connections")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub connections: u32,
    /// How long requests that run may take to finish when the server ends: `500ms`, `10s`, `1m`.
    #[serde(with = "galatea::text::duration", default = "drain")]
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m)$"))]
    pub drain: Duration,
}

/// Who may do everything without a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Anonymous {
    /// Programs and browsers of this machine, where the server listens to nobody else.
    #[default]
    Loopback,
    /// Nobody.
    Never,
}

/// Sizes as people write them: `512kb`, `32mb`.
mod size {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    const UNITS: [(&str, usize); 4] = [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10), ("b", 1)];

    pub(super) fn serialize<S: Serializer>(bytes: &usize, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = UNITS.into_iter().find(|(_, unit)| bytes.is_multiple_of(*unit));
        let (name, unit) = whole.unwrap_or(("b", 1));
        serializer.collect_str(&format_args!("{}{name}", bytes / unit))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parsed = UNITS.iter().find_map(|(name, unit)| {
            text.strip_suffix(name)?.parse::<usize>().ok()?.checked_mul(*unit).filter(|bytes| *bytes > 0)
        });
        parsed.ok_or_else(|| D::Error::custom(format!("`{text}` is no size; write e.g. `512kb` or `32mb`")))
    }
}

fn body_limit() -> usize {
    32 << 20
}

fn rate() -> u32 {
    6000
}

fn connections() -> u32 {
    2048
}

fn drain() -> Duration {
    Duration::from_secs(10)
}
