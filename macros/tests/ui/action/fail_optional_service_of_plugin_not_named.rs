use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// HTTP.
#[plugin("http")]
pub struct Http;

/// A client.
pub struct Client;

/// Sends requests.
#[service(plugin = Http)]
impl Client {
    async fn start() -> Self {
        Self
    }
}

/// Weather.
#[action(plugin = Weather)]
async fn get_weather(_client: Option<Service<Client>>) {}

fn main() {}
