use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[action(timout = "10s", priority = first)]
fn get_weather<T>(&self, _city: &str) {}

fn main() {}
