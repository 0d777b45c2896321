use galatea::prelude::*;

/// A plugin.
#[plugin("http")]
pub struct Http;

/// A plugin.
#[plugin("weather")]
pub struct Weather;

/// Whose?
#[action]
async fn get_weather() {}

fn main() {}
