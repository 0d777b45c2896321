use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[action]
async fn get_weather() {}

fn main() {}
