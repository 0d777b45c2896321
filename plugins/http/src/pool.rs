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
}

/// Keeps HTTP connections open and shares them.
#[service]
impl Pool {
    async fn start(config: Config<Http>) -> Result<Self, reqwest::Error> {
        Self::new(&config)
    }
}

/// What makes a client: connections live on the runtime that opened them.
type Key = (Option<Id>, Duration, String);

/// A handful: agents differ in this where their characters say so.
static CLIENTS: Mutex<Vec<(Key, Weak<reqwest::Client>)>> = Mutex::new(Vec::new());

impl Pool {
    /// A pool with these settings.
    ///
    /// # Errors
    /// If the machine's certificates cannot be read.
    pub fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        let runtime = Handle::try_current().ok().map(|runtime| runtime.id());
        let key = (runtime, settings.timeout, settings.user_agent.clone());
        let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
        let same = clients.iter().find(|(other, _)| *other == key);
        let http = match same.and_then(|(_, client)| client.upgrade()) {
            Some(http) => http,
            None => {
                let http = Arc::new(client(settings)?);
                clients.retain(|(_, client)| client.strong_count() > 0);
                clients.push((key, Arc::downgrade(&http)));
                http
            }
        };
        Ok(Self { http, most_bytes: settings.max_response_kb.saturating_mul(1024) })
    }
}

fn client(settings: &Settings) -> Result<reqwest::Client, reqwest::Error> {
    // The process may have chosen its cryptography already; then that one serves.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .timeout(settings.timeout)
        .user_agent(&settings.user_agent)
        // The client follows redirects itself, so that each host on the way is checked.
        .redirect(reqwest::redirect::Policy::none())
        .build()
}
