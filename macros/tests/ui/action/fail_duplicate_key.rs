use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action(timeout = "10s", approval, timeout = "20s", approval)]
async fn get_weather() {}

fn main() {}
