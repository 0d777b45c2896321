use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action]
async fn get_weather() -> Vec<u8> {
    Vec::new()
}

fn main() {}
