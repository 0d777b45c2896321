//! The client that a plugin takes as a parameter.

use crate::{Http, HttpError, Pool, Request, Route};
use galatea::{
    definition::{PermissionKind, Plugin, permission},
    extract::{Extract, ExtractError, HandlerKind, Invocation, Signature},
};
use reqwest::{Method, Url};
use std::{any::TypeId, sync::Arc};

/// An HTTP client that calls only the hosts that the character grants the plugin. Take it as a parameter; it needs
/// `requires(galatea_http::Http)` and `permissions(Network(…))`.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) pool: Arc<Pool>,
    plugin: &'static str,
    granted: Arc<galatea::character::Grants>,
}

impl<P: Plugin, K: HandlerKind> Extract<P, K> for Client {
    type From = Http;
    type Perhaps = P;
    type Permission = permission::Network;

    fn describe(signature: &mut Signature) {
        signature.services.push(TypeId::of::<Pool>());
    }

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        let pool = invocation.agent.service::<Pool>();
        let pool = pool.ok_or(ExtractError::Service { service: "galatea_http::Pool", hint: "" })?;
        Ok(Self { pool, plugin: invocation.plugin.name, granted: Arc::new(invocation.grants()) })
    }
}

impl Client {
    /// A client for tests and for code that is not a handler.
    #[must_use]
    pub fn new(pool: Arc<Pool>, plugin: &'static str, granted: galatea::character::Grants) -> Self {
        Self { pool, plugin, granted: Arc::new(granted) }
    }

    /// The same by another way: through a proxy, or with less patience for connecting.
    ///
    /// # Errors
    /// If the proxy's address is none, or its host is not granted.
    pub fn by(&self, route: Route) -> Result<Self, HttpError> {
        if let Some(proxy) = &route.proxy {
            self.check(&address(proxy)?)?;
        }
        let unusable = |error: reqwest::Error| HttpError::Unusable { why: error.without_url().to_string() };
        let pool = Arc::new(self.pool.by(route).map_err(unusable)?);
        Ok(Self { pool, ..self.clone() })
    }

    /// A GET request.
    ///
    /// # Errors
    /// If the address is not one, or its host is not granted.
    pub fn get(&self, url: &str) -> Result<Request, HttpError> {
        self.request(Method::GET, url)
    }

    /// A POST request.
    ///
    /// # Errors
    /// If the address is not one, or its host is not granted.
    pub fn post(&self, url: &str) -> Result<Request, HttpError> {
        self.request(Method::POST, url)
    }

    /// A DELETE request.
    ///
    /// # Errors
    /// If the address is not one, or its host is not granted.
    pub fn delete(&self, url: &str) -> Result<Request, HttpError> {
        self.request(Method::DELETE, url)
    }

    fn request(&self, method: Method, url: &str) -> Result<Request, HttpError> {
        let url = address(url)?;
        self.check(&url)?;
        Ok(Request::new(self.clone(), self.pool.http.request(method, url)))
    }

    pub(crate) fn check(&self, url: &Url) -> Result<(), HttpError> {
        let host = host(url);
        if self.granted.allow(PermissionKind::Network, &host) {
            return Ok(());
        }
        Err(HttpError::NotGranted { plugin: self.plugin, host })
    }
}

fn address(url: &str) -> Result<Url, HttpError> {
    let bad = |why: String| HttpError::BadUrl { url: without_query(url), why };
    let url = Url::parse(url).map_err(|error| bad(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("write http:// or https://".to_owned()));
    }
    Ok(url)
}

pub(crate) fn unreachable(url: &Url, error: reqwest::Error) -> HttpError {
    let host = host(url);
    if error.is_timeout() && error.is_connect() {
        return HttpError::Unreachable { host, why: "it takes too long to connect".to_owned() };
    }
    if error.is_timeout() {
        return HttpError::Timeout { host };
    }
    // The innermost cause says what happened; the outer ones repeat the address, which may hold a key.
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    HttpError::Unreachable { host, why: cause.to_string() }
}

pub(crate) fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

pub(crate) fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}
