use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

pub struct Client<T>(T);

/// A client.
#[service]
impl<T> Client<T> {
    async fn start() -> Client<u8> {
        Client(1)
    }
}

/// A client.
#[service]
impl Default for Weather {
    fn default() -> Self {
        Self
    }
}

fn main() {}
