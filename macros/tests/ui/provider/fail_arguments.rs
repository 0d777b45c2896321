use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct City {
    _city: String,
}

/// The time.
#[provider]
async fn local_time(_city: Args<City>) -> Context {
    Context::default()
}

fn main() {}
