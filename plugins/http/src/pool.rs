//! The connections that all plugins share.

use crate::{Http, Settings};
use galatea::prelude::*;
use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::runtime::{Handle, Id};

/// The connections that all plugins share; plugins take a [`Client`](crate::Client) instead, which knows what
/// they may call. Agents of a process with the same settings share them too: a client of its own, with the certificates of
/// the machine, would be the most of what an agent weighs.
#[derive(Debug)]
pub struct Pool {
    pub(crate) http: Arc<reqwest::Client>,
    pub(crate) most_bytes: u64,
    timeout: Duration,
    user_agent: String,
    pub(crate) traceparent: bool,
}

/// The way that requests take, where it is not the usual one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The proxy that all requests go through: `http://proxy.example:3128`. Default: what the environment says (`HTTPS_PROXY`,
    /// `HTTP_PROXY`, `NO_PROXY`), else none.
    pub proxy: Option<String>,
    /// How long connecting may take. Default: as long as the whole request.
    pub connect_timeout: Option<Duration>,
}

/// Keeps HTTP connections open and shares them.
#[service]
impl Pool {
    async fn start(config: Config<Http>) -> Result<Self, reqwest::Error> {
        Self::new(&config)
    }
}

/// What makes a client: connections live on the runtime that opened them.
#[derive(PartialEq, Eq)]
struct Key {
    runtime: Option<Id>,
    timeout: Duration,
    user_agent: String,
    route: Route,
}

/// A handful: agents differ in this where their characters say so.
static CLIENTS: Mutex<Vec<(Key, Weak<reqwest::Client>)>> = Mutex::new(Vec::new());

impl Pool {
    /// A pool with these settings.
    ///
    /// # Errors
    /// If the machine's certificates cannot be read.
    pub fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        let most_bytes = settings.max_response_kb.saturating_mul(1024);
        let pool = Self::with(settings.timeout, settings.user_agent.clone(), most_bytes, Route::default())?;
        Ok(Self { traceparent: settings.traceparent, ..pool })
    }

    /// The same over connections that go another way.
    pub(crate) fn by(&self, route: Route) -> Result<Self, reqwest::Error> {
        let pool = Self::with(self.timeout, self.user_agent.clone(), self.most_bytes, route)?;
        Ok(Self { traceparent: self.traceparent, ..pool })
    }

    fn with(
        timeout: Duration,
        user_agent: String,
        most_bytes: u64,
        route: Route,
    ) -> Result<Self, reqwest::Error> {
        let runtime = Handle::try_current().ok().map(|runtime| runtime.id());
        let key = Key { runtime, timeout, user_agent: user_agent.clone(), route };
        let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
        let same = clients.iter().find(|(other, _)| *other == key);
        let http = match same.and_then(|(_, client)| client.upgrade()) {
            Some(http) => http,
            None => {
                let http = Arc::new(client(&key)?);
                clients.retain(|(_, client)| client.strong_count() > 0);
                clients.push((key, Arc::downgrade(&http)));
                http
            }
        };
        Ok(Self { http, most_bytes, timeout, user_agent, traceparent: false })
    }
}

fn client(key: &Key) -> Result<reqwest::Client, reqwest::Error> {
    // The process may have chosen its cryptography already; then that one serves.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut builder = reqwest::Client::builder()
        .timeout(key.timeout)
        .user_agent(&key.user_agent)
        // The client follows redirects itself, so that each host on the way is checked.
        .redirect(reqwest::redirect::Policy::none());
    if let Some(proxy) = &key.route.proxy {
        builder = builder.proxy(reqwest::Proxy::all(proxy)?);
    }
    if let Some(limit) = key.route.connect_timeout {
        builder = builder.connect_timeout(limit);
    }
    builder.build()
}
