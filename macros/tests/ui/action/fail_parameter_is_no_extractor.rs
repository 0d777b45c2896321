use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action]
async fn get_weather(_city: String) {}

fn main() {}
