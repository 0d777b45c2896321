//! The HTTP client with which spans are sent.

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use std::time::Duration;
use tokio::runtime::Handle;

/// What a collector answers is a few bytes; more of it is not read.
const MOST: usize = 64 * 1024;

/// Sends to a collector, on a runtime of its own: who exports runs on a plain thread.
#[derive(Debug)]
pub(super) struct Collector {
    http: reqwest::Client,
    runtime: Handle,
}

impl Collector {
    pub(super) fn new(runtime: Handle, patience: Duration) -> Result<Self, reqwest::Error> {
        // The process may have chosen its cryptography already; then that one serves.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .timeout(patience)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("galatea/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, runtime })
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (http, request) = (self.http.clone(), reqwest::Request::try_from(request)?);
        let sent = self.runtime.spawn(async move { answer(http.execute(request).await?).await });
        Ok(sent.await??)
    }
}

async fn answer(mut response: reqwest::Response) -> Result<Response<Bytes>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let left = MOST - body.len();
        body.extend_from_slice(chunk.get(..left.min(chunk.len())).unwrap_or_default());
        if body.len() >= MOST {
            break;
        }
    }
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    Ok(answer)
}
