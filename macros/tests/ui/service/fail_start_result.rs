use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

pub struct Client;

/// A client.
#[service]
impl Client {
    async fn start() -> Option<Self> {
        None
    }
}

fn main() {}
