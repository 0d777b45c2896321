//! What the agent can do about the weather.

use crate::{WeatherApi, WeatherError};
use galatea::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// Where.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Place {
    /// The city or place, e.g. "Oslo" or "San Francisco".
    pub place: String,
}

/// Tells the current weather at a place: temperature, sky, wind.
#[action(
    similes("WEATHER", "FORECAST", "CHECK_WEATHER", "TEMPERATURE"),
    example(user = "What's the weather in London?", agent = "Let me look."),
    example(user = "Is it raining in Tokyo?", agent = "Let me check."),
    example(user = "How cold is it in Oslo today?"),
    example(user = "Will I need an umbrella in Paris?"),
    tags("weather", "forecast"),
    timeout = "20s",
    rate_limit = "30/min",
    idempotent
)]
pub async fn get_weather(
    Args(Place { place }): Args<Place>,
    weather: Service<WeatherApi>,
) -> Result<ActionResult, WeatherError> {
    let report = weather.current(&place).await?;
    Ok(ActionResult::text(report.to_string()).with_value("weather", report.to_string()).with_data(&report)?)
}
