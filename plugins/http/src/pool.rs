//! The connections that all plugins share.

use crate::{Http, Settings};
use galatea::prelude::*;

/// The connections that all plugins share; plugins take a [`Client`](crate::Client) instead, which knows what
/// they may call.
#[derive(Debug)]
pub struct Pool {
    pub(crate) http: reqwest::Client,
    pub(crate) most_bytes: u64,
}

/// Keeps HTTP connections open and shares them.
#[service]
impl Pool {
    async fn start(config: Config<Http>) -> Result<Self, reqwest::Error> {
        Self::new(&config)
    }
}

impl Pool {
    /// A pool with these settings.
    ///
    /// # Errors
    /// If the machine's certificates cannot be read.
    pub fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        // The process may have chosen its cryptography already; then that one serves.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .timeout(settings.timeout)
            .user_agent(&settings.user_agent)
            // The client follows redirects itself, so that each host on the way is checked.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { http, most_bytes: settings.max_response_kb.saturating_mul(1024) })
    }
}
