use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// HTTP.
#[plugin("http")]
pub struct Http;

/// Weather.
#[action(plugin = Weather)]
async fn get_weather(_config: Config<Http>) {}

fn main() {}
