use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action]
fn get_weather() {}

fn main() {}
