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
#[plugin("weather", requires(Http, capability("http-client")), optional(Geo), permissions(Network))]
pub struct Weather;

/// A client.
pub struct HTTPClient;

/// Sends requests.
#[service(plugin = Http, permission = Network, kind(Clients, Counters), timeout = "3s", health_every = "30s")]
impl HTTPClient {
    async fn start(_config: Config<Http>) -> Result<Self, String> {
        Ok(Self)
    }

    async fn stop(&self) {}

    async fn run(&self) -> Result<(), String> {
        Ok(())
    }

    async fn health(&self) -> Result<(), String> {
        Ok(())
    }

    /// Everything else stays as it is.
    pub fn get(&self) -> &'static str {
        "ok"
    }
}

/// A kind of its own.
pub trait Clients: Send + Sync {
    /// Its name.
    fn name(&self) -> String;
}

impl ServiceKind for dyn Clients {
    const NAME: &'static str = "http-client";
}

impl Clients for HTTPClient {
    fn name(&self) -> String {
        "one".to_owned()
    }
}

/// Another one.
pub trait Counters: Send + Sync {}

impl ServiceKind for dyn Counters {
    const NAME: &'static str = "counter";
}

impl Counters for HTTPClient {}

/// Takes a client, whoever provides it.
#[provider(plugin = Weather)]
async fn clients(client: Kind<dyn Clients>, all: Kinds<dyn Clients>, none: Option<Kind<dyn Counters>>) -> String {
    format!("{} {} {}", client.name(), all.len(), none.is_some())
}

/// A map.
pub struct Map;

/// Knows where things are.
#[service(plugin = Geo, name = "world-map", kind = WorldMaps)]
impl Map {
    async fn start() -> Self {
        Self
    }

    async fn run(&self) {}
}

/// A kind under another name.
pub trait Maps: Send + Sync {}

impl ServiceKind for dyn Maps {
    const NAME: &'static str = "map";
}

use Maps as WorldMaps;

impl Maps for Map {}

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
    let kinds: Vec<&str> = client.kinds.iter().map(|kind| kind.name).collect();
    assert_eq!((client.name, kinds), ("http-client", vec!["http-client", "counter"]));
    assert_eq!((client.kinds[0].type_id)(), TypeId::of::<dyn Clients>());
    assert_eq!(client.permission, Some(galatea::definition::PermissionKind::Network));
    assert_eq!(client.health_every, Some(Duration::from_secs(30)));
    assert!(client.run.is_some());
    let map = registry.get("geo").unwrap().services[0];
    assert_eq!((map.kinds[0].name, map.permission, map.health_every), ("map", None, None));
    assert_eq!(Signature::of(registry.get("weather").unwrap().providers[0].describe).kinds, ["http-client"]);
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
