use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// A client.
#[service]
pub struct Client;

/// A client.
#[service]
async fn start() {}

fn main() {}
