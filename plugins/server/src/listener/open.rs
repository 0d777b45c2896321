//! Opens listeners, one for each address of the process, and closes them.

use super::{Listener, Seat, accept};
use crate::Settings;
use galatea::agent::Agent;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::Mutex,
};

/// Where an agent listens that does not say where.
const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);

/// How many ports are tried where the character names none.
const TRIES: u16 = 10;

/// How many connections may wait to be taken: whoever comes when there are more tries again after a second, so it is more than
/// what tokio takes by itself. The system has its own limit (`net.core.somaxconn`).
const BACKLOG: u32 = 4096;

/// The fewest characters of an owner's token: it can be guessed from anywhere.
const SHORTEST: usize = 16;

/// The listeners of this process. Who opens or closes one holds it until that is done.
static LISTENERS: Mutex<Vec<Arc<Listener>>> = Mutex::const_new(Vec::new());

/// Why an agent cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// What is written is no address.
    #[error(
        "`{0}` is no address to listen at; write e.g. `127.0.0.1:3000`, `0.0.0.0:3000` or `localhost:3000`"
    )]
    Malformed(String),
    /// The owner's token can be guessed.
    #[error(
        "the `token` of `[plugins.server]` has less than 16 characters and can be guessed; take e.g. what `openssl rand -hex 32` prints"
    )]
    Weak,
    /// Another program listens there.
    #[error(
        "another program listens at {0} already; end it, or choose another `address` in `[plugins.server]` (port 0 takes any that is free)"
    )]
    Taken(SocketAddr),
    /// Other programs listen at every address that is tried.
    #[error(
        "other programs listen at 127.0.0.1 on all ports from {first} to {last}; choose another `address` in `[plugins.server]`"
    )]
    AllTaken {
        /// The first port.
        first: u16,
        /// The last port.
        last: u16,
    },
    /// The system does not let it listen there.
    #[error("cannot listen at {at}: {why}")]
    Refused {
        /// The address.
        at: SocketAddr,
        /// What the system says.
        why: io::Error,
    },
}

/// Gives an agent a seat at the listener of its address, which is opened if this is the first one.
pub(crate) async fn join(agent: Agent, settings: Arc<Settings>) -> Result<Seat, ListenError> {
    if settings.token.as_ref().is_some_and(|token| token.expose().trim().len() < SHORTEST) {
        return Err(ListenError::Weak);
    }
    let written = agent.address().map(str::to_owned).or_else(|| settings.address.clone());
    let wanted = written.map(|text| parse(&text).ok_or(ListenError::Malformed(text))).transpose()?;
    let mut listeners = LISTENERS.lock().await;
    // One whose runtime ended without a word serves nobody.
    listeners.retain(|listener| !listener.done.is_cancelled());
    let found = listeners.iter().find(|listener| match wanted {
        // A plugin that is changed stays where it is, whatever port that is.
        Some(wanted) if wanted.port() == 0 => listener.wanted == Some(wanted) && listener.has(&agent),
        Some(wanted) => listener.address == wanted,
        None => listener.wanted.is_none() || listener.address == DEFAULT,
    });
    if let Some(listener) = found {
        listener.compare(&agent, &settings);
        return Ok(listener.admit(agent, settings));
    }
    let socket = match wanted {
        Some(wanted) => bind(wanted)?,
        None => bind_default()?,
    };
    let address =
        socket.local_addr().map_err(|why| ListenError::Refused { at: wanted.unwrap_or(DEFAULT), why })?;
    let listener = Listener::new(address, wanted, Arc::clone(&settings), agent.clock().clone());
    accept::run(Arc::clone(&listener), socket);
    let seat = listener.admit(agent, settings);
    listeners.push(listener);
    Ok(seat)
}

/// Closes a listener that nobody sits at any more, and waits until what runs there has finished.
pub(super) async fn close(listener: &Arc<Listener>) {
    {
        let mut listeners = LISTENERS.lock().await;
        if !listener.read().members.is_empty() {
            // Somebody joined meanwhile.
            return;
        }
        listeners.retain(|other| !Arc::ptr_eq(other, listener));
        listener.ending.cancel();
        // Whoever opens one at the same address next finds it free.
        listener.closed.cancelled().await;
    }
    listener.done.cancelled().await;
}

impl Listener {
    /// Tells of settings that do not count because another agent opened the listener with others.
    fn compare(&self, agent: &Agent, settings: &Settings) {
        let own = self.settings();
        let is_same = own.cors == settings.cors
            && own.body_limit == settings.body_limit
            && own.rate == settings.rate
            && own.connections == settings.connections
            && own.drain == settings.drain;
        if !is_same {
            tracing::warn!(
                agent = agent.character().name,
                address = %self.address,
                "settings of `[plugins.server]` differ from those of the agent that opened this address; those count"
            );
        }
    }
}

/// Reads `127.0.0.1:3000`, `[::1]:3000` or `localhost:3000`.
pub(crate) fn parse(text: &str) -> Option<SocketAddr> {
    let text = text.trim();
    let local = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    local.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).or_else(|| text.parse().ok())
}

fn bind(at: SocketAddr) -> Result<TcpListener, ListenError> {
    let listen = || {
        let socket = if at.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // As tokio's own `bind` does; without it a server that ended lately keeps its port.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(at)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|why| match why.kind() {
        io::ErrorKind::AddrInUse => ListenError::Taken(at),
        _ => ListenError::Refused { at, why },
    })
}

fn bind_default() -> Result<TcpListener, ListenError> {
    let (first, last) = (DEFAULT.port(), DEFAULT.port() + TRIES - 1);
    for port in first..=last {
        match bind(SocketAddr::new(DEFAULT.ip(), port)) {
            Err(ListenError::Taken(taken)) => tracing::info!("another program listens at {taken}"),
            bound => return bound,
        }
    }
    Err(ListenError::AllTaken { first, last })
}
