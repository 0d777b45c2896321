use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

fn always() -> bool {
    true
}

/// Weather.
#[action(validate = always)]
async fn get_weather() {}

fn main() {}
