//! What the plugin answers over HTTP: `GET /weather/now/{place}`.

use crate::{Place, Report, WeatherApi, WeatherError};
use galatea::prelude::*;

/// The weather at a place now.
#[route(GET, "/now/{place}", timeout = "20s")]
pub async fn weather_now(
    route::Path(Place { place }): route::Path<Place>,
    weather: Service<WeatherApi>,
) -> Result<route::Json<Report>, RouteError> {
    match weather.current(&place).await {
        Ok(report) => Ok(route::Json(report)),
        Err(unknown @ WeatherError::UnknownPlace(_)) => Err(RouteError::not_found(unknown.to_string())),
        Err(away @ WeatherError::Service(_)) => Err(RouteError::unavailable(away.to_string())),
        Err(other) => Err(other.into()),
    }
}
