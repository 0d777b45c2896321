use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action(approval = "admin")]
async fn get_weather() {}

/// Weather.
#[action(approval(by = "boss", expires = "soon"))]
async fn get_forecast() {}

/// Weather.
#[action(approval(by = admin, until = "1h", "owner"))]
async fn get_rain() {}

fn main() {}
