use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

pub struct Client(std::cell::Cell<u8>);

/// A client.
#[service]
impl Client {
    async fn start() -> Self {
        Self(std::cell::Cell::new(1))
    }
}

fn main() {}
