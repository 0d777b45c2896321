use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action(timeout = "10 sec", rate_limit = "often")]
async fn get_weather() {}

/// Weather.
#[action(timeout = "0s", rate_limit("10/min", per = rooms))]
async fn get_forecast() {}

/// Weather.
#[action(timeout = 10, rate_limit)]
async fn get_rain() {}

fn main() {}
