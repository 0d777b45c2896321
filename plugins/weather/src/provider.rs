//! What the model should know about the weather unasked.

use crate::{WeatherApi, WeatherError};
use galatea::prelude::*;

/// The last weather report that somebody asked for, so that the conversation can come back to it.
#[provider(position = 20)]
pub async fn weather_context(weather: Service<WeatherApi>) -> Result<Option<Context>, WeatherError> {
    let Some(report) = weather.latest() else {
        return Ok(None);
    };
    let context = Context::text(format!("# Weather\n{report}")).with_value("weather", report.to_string());
    Ok(Some(context.with_data(&report)?))
}
