use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[derive(schemars::JsonSchema)]
struct City {
    _city: String,
}

/// Weather.
#[action]
async fn get_weather(_city: Args<City>) {}

fn main() {}
