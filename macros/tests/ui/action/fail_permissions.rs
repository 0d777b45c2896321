use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action(permissions(Netwrok, Network = "api.example.com", "Filesystem", Process()))]
async fn get_weather() {}

/// Weather.
#[action(permissions)]
async fn get_more_weather() {}

fn main() {}
