//! The egress HTTP client of Galatea plugins.
//!
//! A plugin that requires [`Http`] takes a [`Client`] as a parameter. It calls only the hosts that the
//! character grants the plugin in `[grants.<plugin>] network = […]`, redirects included, within time and size
//! limits; connections are shared by all plugins.

mod client;
mod error;
mod incoming;
mod pool;
mod request;
mod response;

pub use client::Client;
pub use error::HttpError;
pub use incoming::Incoming;
pub use pool::{Pool, Route};
pub use request::Request;
pub use response::Response;

use galatea::prelude::*;

/// HTTP for other plugins: a shared client that calls only the hosts granted to each.
#[plugin("http", config = Settings, priority = 90)]
pub struct Http;

/// How requests are made.
#[config]
pub struct Settings {
    /// How long a request may take, with its body: `500ms`, `10s`, `2m`.
    #[serde(with = "galatea::text::duration", default = "ten_seconds")]
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    pub timeout: std::time::Duration,
    /// The largest body that is read, in kilobytes; a larger one is an error.
    #[serde(default = "one_megabyte")]
    #[schemars(range(min = 1, max = 1_048_576))]
    pub max_response_kb: u64,
    /// How the requests introduce themselves.
    #[serde(default = "user_agent")]
    pub user_agent: String,
    /// Whether requests say to which trace they belong, in the header `traceparent` of W3C, so that who answers can go on with
    /// it. Only where the program exports traces. Default false: it is nobody else's business what belongs together here.
    #[serde(default)]
    pub traceparent: bool,
}

fn ten_seconds() -> std::time::Duration {
    std::time::Duration::from_secs(10)
}

fn one_megabyte() -> u64 {
    1024
}

fn user_agent() -> String {
    concat!("galatea/", env!("CARGO_PKG_VERSION")).to_owned()
}
