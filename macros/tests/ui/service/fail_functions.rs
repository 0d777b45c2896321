use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

pub struct Client;

/// A client.
#[service(name = "Client")]
impl Client {
    fn start(&self, _city: &str) {}

    async fn stop(self) {}

    fn health(&self) -> bool {
        true
    }
}

/// Still a service: this is no mistake of its own.
#[action]
async fn get_weather(_client: Service<Client>) {}

fn main() {}
