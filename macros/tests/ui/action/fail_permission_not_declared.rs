use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// HTTP.
#[plugin("http", permissions(Network))]
pub struct Http;

/// A client.
pub struct Client;

/// Sends requests.
#[service(plugin = Http, permission = Network)]
impl Client {
    async fn start() -> Self {
        Self
    }
}

/// News.
#[plugin("news", requires(Http))]
pub struct News;

/// News.
#[action(plugin = News)]
async fn get_news(_client: Service<Client>) {}

fn main() {}
