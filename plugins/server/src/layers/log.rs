//! Tells of every request: what was asked for and what came of it, never what was in it.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode},
};
use galatea::telemetry;
use std::{net::SocketAddr, time::Instant};
use tracing::Span;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The most characters of an id that a caller gives a request.
const LONGEST: usize = 64;

/// A request that was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    id: String,
    method: Method,
    /// Without the query: people write secrets into those.
    path: String,
    peer: SocketAddr,
    begun: Instant,
}

impl Seen {
    /// A request; its id is the caller's, if it gives one that can be one.
    pub(crate) fn of(request: &Request, peer: SocketAddr) -> Self {
        let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let id = given.filter(|id| is_id(id)).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned);
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        Self { id, method, path, peer, begun: Instant::now() }
    }

    /// What happens for it belongs to this; `route` is one of few.
    pub(crate) fn span(&self, route: &str, headers: &HeaderMap) -> Span {
        let method = match self.method.as_str() {
            known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
            _ => "_OTHER",
        };
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok());
        telemetry::request(method, route, parent)
    }

    /// It was answered.
    pub(crate) fn answered(&self, caller: &str, status: StatusCode, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            headers.insert(REQUEST_ID, id);
        }
        let (status, micros) = (status.as_u16(), self.begun.elapsed().as_micros() as u64);
        Span::current().record("http.response.status_code", status);
        // What is only looked at is of little interest, and a console looks at much.
        if matches!(self.method, Method::GET | Method::HEAD) && status < 400 {
            tracing::debug!(id = self.id, method = %self.method, path = self.path, peer = %self.peer, caller, status, micros, "answered");
        } else {
            tracing::info!(id = self.id, method = %self.method, path = self.path, peer = %self.peer, caller, status, micros, "answered");
        }
    }
}

fn is_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(fits)
}
