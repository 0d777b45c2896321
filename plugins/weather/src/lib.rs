//! Weather information and forecasts: the plugin to read first.
//!
//! It shows each part that a plugin may have: a config (`settings`), a service that others may share
//! (`service`), an action that the model can choose (`action`), a provider that tells the model something
//! unasked (`provider`), an address that other programs can ask (`route`), and a test that it ships (`plugin_tests`). Data
//! come from [Open-Meteo](https://open-meteo.com/en/docs), which needs no key; a
//! commercial key goes into `api-key`.

mod action;
mod plugin_tests;
mod provider;
mod report;
mod route;
mod service;
mod settings;

pub use action::{Place, get_weather};
pub use provider::weather_context;
pub use report::{Report, Sky};
pub use route::weather_now;
pub use service::{WeatherApi, WeatherError};
pub use settings::{Settings, Units};

use galatea::prelude::*;

/// Weather information and forecasts for any place on Earth.
#[plugin(
    "weather",
    requires(galatea_http::Http),
    permissions(Network(config = "base-url"), Network(config = "geocoding-url")),
    config = Settings,
)]
pub struct Weather;
