//! Pages of other origins: none but those that the character names, and those with a token, not with a cookie.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use galatea::route::RouteError;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// The headers that callers send here.
const HEADERS: &str = "authorization, content-type, accept, idempotency-key, last-event-id, x-api-key, x-request-id, traceparent, mcp-session-id, mcp-protocol-version";

/// The headers that pages may read.
const SHOWN: &str = "x-request-id, retry-after, etag, location, mcp-session-id";

/// What a page of another origin is told.
#[derive(Debug)]
pub(crate) struct Cors {
    /// The origin, if it is one that the character names.
    allowed: Option<HeaderValue>,
    /// Whether any page sent the request.
    is_page: bool,
}

impl Cors {
    /// For a request with these headers.
    pub(crate) fn of(origins: &[String], headers: &HeaderMap) -> Self {
        let origin = headers.get(header::ORIGIN);
        let allowed = origin.filter(|origin| origins.iter().any(|one| one.as_bytes() == origin.as_bytes()));
        Self { allowed: allowed.cloned(), is_page: origin.is_some() }
    }

    /// The answer to a page that asks whether it may send something; `None` if that is not what it asks.
    pub(crate) fn preflight(&self, request: &Request) -> Option<Result<Response, RouteError>> {
        let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if request.method() != Method::OPTIONS || !asks || !self.is_page {
            return None;
        }
        if self.allowed.is_none() {
            let why = "pages of this origin may not call this server; `cors` of `[plugins.server]` names those that may";
            return Some(Err(RouteError::forbidden(why).with_code("origin-not-allowed")));
        }
        let told = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        Some(Ok((StatusCode::NO_CONTENT, told).into_response()))
    }

    /// Lets the page read the answer, if it is one that may.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        // Whether a page is named decides what is answered: no cache may give one the answer of another.
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = self.allowed {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
            headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
        }
    }
}
