//! Services of a plugin, and one of another plugin that is required or optional.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{extract::Signature, prelude::*, registry::Registry};
use std::{any::TypeId, time::Duration};

/// HTTP.
#[plugin("http", permissions(Network))]
pub struct Http;

/// Places.
#[plugin("geo")]
pub struct Geo;

/// Weather.
#[plugin("weather", requires(Http), optional(Geo), permissions(Network))]
pub struct Weather;

/// A client.
pub struct HTTPClient;

/// Sends requests.
#[service(plugin = Http, permission = Network, kind = "http-client", timeout = "3s")]
impl HTTPClient {
    async fn start(_config: Config<Http>) -> Result<Self, String> {
        Ok(Self)
    }

    async fn stop(&self) {}

    async fn health(&self) -> Result<(), String> {
        Ok(())
    }

    /// Everything else stays as it is.
    pub fn get(&self) -> &'static str {
        "ok"
    }
}

/// A map.
pub struct Map;

/// Knows where things are.
#[service(plugin = Geo, name = "world-map")]
impl Map {
    async fn start() -> Self {
        Self
    }
}

/// Forecasts.
pub struct Forecasts {
    client: Service<HTTPClient>,
}

/// Asks for forecasts.
#[service(plugin = Weather)]
impl Forecasts {
    async fn start(client: Service<HTTPClient>, _map: Option<Service<Map>>) -> Self {
        Self { client }
    }

    async fn stop(&self) -> Result<(), String> {
        Err(self.client.get().to_owned())
    }
}

fn main() {
    let registry = Registry::linked().unwrap();
    let client = registry.get("http").unwrap().services[0];
    assert_eq!((client.name, client.kind), ("http-client", Some("http-client")));
    assert_eq!(
        (client.timeout, client.health.is_some()),
        (Duration::from_secs(3), true)
    );
    assert_eq!(client.description, "Sends requests.");
    assert_eq!((client.type_id)(), TypeId::of::<HTTPClient>());
    assert_eq!(registry.get("geo").unwrap().services[0].name, "world-map");
    let forecasts = registry.get("weather").unwrap().services[0];
    assert_eq!(
        (forecasts.name, forecasts.timeout),
        ("forecasts", Duration::from_secs(10))
    );
    assert!(forecasts.health.is_none());
    assert_eq!(
        Signature::of(forecasts.describe).services,
        [TypeId::of::<HTTPClient>()]
    );
}
