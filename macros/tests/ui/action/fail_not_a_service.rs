use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

pub struct Client;

/// Weather.
#[action]
async fn get_weather(_client: Service<Client>) {}

fn main() {}
