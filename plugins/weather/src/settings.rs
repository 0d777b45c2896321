//! What a character may say about the weather plugin.

use galatea::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the weather plugin; all have defaults.
#[config]
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where forecasts come from: a server that speaks Open-Meteo's forecast API.
    #[serde(default = "forecast")]
    pub base_url: String,
    /// Where places are looked up: a server that speaks Open-Meteo's geocoding API.
    #[serde(default = "geocoding")]
    pub geocoding_url: String,
    /// Key of a commercial account; the free service needs none.
    #[serde(default)]
    pub api_key: Option<Secret>,
    /// The units of temperatures and winds.
    #[serde(default)]
    pub units: Units,
    /// How long a report is used again, in minutes; 0 asks every time.
    #[serde(default = "ten")]
    #[schemars(range(max = 1440))]
    pub cache_minutes: u64,
}

/// Units of temperatures and winds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Units {
    /// Degrees Celsius, kilometres an hour.
    #[default]
    Metric,
    /// Degrees Fahrenheit, miles an hour.
    Imperial,
}

fn forecast() -> String {
    "https://api.open-meteo.com".to_owned()
}

fn geocoding() -> String {
    "https://geocoding-api.open-meteo.com".to_owned()
}

fn ten() -> u64 {
    10
}
