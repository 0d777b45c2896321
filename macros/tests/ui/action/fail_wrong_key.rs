use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action(timout = "10s", colour = "red", "FORECAST")]
async fn get_weather() {}

fn main() {}
