use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

pub struct Client;

/// A client.
#[service(permission = Net)]
impl Client {
    async fn start() -> Self {
        Self
    }
}

fn main() {}
