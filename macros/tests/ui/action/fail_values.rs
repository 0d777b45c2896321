use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action(
    name = "get-weather",
    roles("Admin"),
    similes = "RAIN",
    tags(),
    example(agent = "Hi."),
    validate
)]
async fn get_weather() {}

fn main() {}
