//! What an agent has of the server.

use crate::{
    ListenError, MountError, Part, Server, Settings,
    listener::{self, Seat},
    part,
};
use async_trait::async_trait;
use galatea::{
    agent::Loading,
    prelude::*,
    route::{Admission, WebServer},
    store::StoreError,
};
use std::{net::SocketAddr, sync::Arc};

/// What an agent has of the server: its seat at the listener of its address. Where the program did not say that the agent
/// listens, it has none, and nothing that is mounted is to be seen.
#[derive(Debug)]
pub struct HttpServer {
    seat: Option<Seat>,
}

/// The place of this agent at the listener of its address.
#[service(kind = WebServer, timeout = "90s")]
impl HttpServer {
    async fn start(agent: Agent, config: Config<Server>) -> Result<Self, ListenError> {
        if !agent.listens() {
            return Ok(Self { seat: None });
        }
        let settings: Arc<Settings> = config.0;
        Ok(Self { seat: Some(listener::join(agent, settings).await?) })
    }

    async fn stop(&self) {
        if let Some(seat) = &self.seat {
            seat.leave().await;
        }
    }
}

impl HttpServer {
    /// Mounts a part for this agent. To be called in the `#[on_load]` of a plugin or when a service of it starts: it is
    /// there until that plugin is unloaded, or this one. Called anywhere else, it is there for as long as this one.
    ///
    /// # Errors
    /// [`MountError`]: the prefix is none, or belongs to somebody else.
    pub fn mount(&self, part: Part) -> Result<(), MountError> {
        part::check(part.at)?;
        match &self.seat {
            Some(seat) => seat.mount(part, Loading::current()),
            None => Ok(()),
        }
    }

    /// Where it can be called from this machine, without a `/` at the end: `http://127.0.0.1:3000`. `None` if it does not
    /// listen.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let address = self.address()?;
        let ip = match address.ip() {
            ip if !ip.is_unspecified() => ip,
            std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        Some(format!("http://{}", SocketAddr::new(ip, address.port())))
    }

    /// The address at which it listens; `None` if it does not.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.seat.as_ref().map(Seat::address)
    }
}

#[async_trait]
impl WebServer for HttpServer {
    fn page(&self) -> Option<String> {
        let has_console = self.seat.as_ref().is_some_and(|seat| seat.has("/console"));
        let page = if has_console { "/console/" } else { "/api/v1/docs" };
        self.url().map(|url| url + page)
    }

    async fn admits(&self) -> Result<Admission, StoreError> {
        match &self.seat {
            Some(seat) => seat.admits().await,
            None => Ok(Admission::Nobody),
        }
    }
}
