//! The client that a plugin takes as a parameter.

use crate::{Http, HttpError, Pool};
use galatea::{
    definition::{Plugin, permission},
    extract::{Extract, ExtractError, HandlerKind, Invocation, Signature},
};
use reqwest::{Method, StatusCode, Url, header};
use serde::{Serialize, de::DeserializeOwned};
use std::{any::TypeId, sync::Arc};

/// How many redirects are followed.
const MOST_REDIRECTS: usize = 5;

/// How much of an error's body is kept for the message, in characters.
const ERROR_TEXT: usize = 200;

/// An HTTP client that calls only the hosts that the character grants the plugin. Take it as a parameter; it needs
/// `requires(galatea_http::Http)` and `permissions(Network(…))`.
#[derive(Clone, Debug)]
pub struct Client {
    pool: Arc<Pool>,
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

    fn request(&self, method: Method, url: &str) -> Result<Request, HttpError> {
        let bad = |why: String| HttpError::BadUrl { url: without_query(url), why };
        let url = Url::parse(url).map_err(|error| bad(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("write http:// or https://".to_owned()));
        }
        self.check(&url)?;
        Ok(Request { client: self.clone(), builder: self.pool.http.request(method, url) })
    }

    fn check(&self, url: &Url) -> Result<(), HttpError> {
        let host = host(url);
        if self.granted.allow(galatea::definition::PermissionKind::Network, &host) {
            return Ok(());
        }
        Err(HttpError::NotGranted { plugin: self.plugin, host })
    }
}

/// A request that is not sent yet.
#[derive(Debug)]
pub struct Request {
    client: Client,
    builder: reqwest::RequestBuilder,
}

impl Request {
    /// The same with parameters in its query.
    #[must_use]
    pub fn query(self, parameters: &(impl Serialize + ?Sized)) -> Self {
        Self { builder: self.builder.query(parameters), ..self }
    }

    /// The same with a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    /// The same with a JSON body.
    #[must_use]
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        Self { builder: self.builder.json(body), ..self }
    }

    /// Sends it and reads the whole answer. Redirects of a GET are followed where their hosts are granted.
    ///
    /// # Errors
    /// [`HttpError`]; a status of 400 and more is one.
    pub async fn send(self) -> Result<Response, HttpError> {
        let (client, request) = (self.client, self.builder.build());
        let mut request = request.map_err(|error| HttpError::BadUrl {
            url: String::new(),
            why: error.without_url().to_string(),
        })?;
        for _ in 0..=MOST_REDIRECTS {
            let (url, again) = (request.url().clone(), request.try_clone());
            let response =
                client.pool.http.execute(request).await.map_err(|error| unreachable(&url, error))?;
            let target = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            match (response.status().is_redirection(), target, again) {
                (true, Some(target), Some(mut again)) if again.method() == Method::GET => {
                    let next = url.join(target).map_err(|error| HttpError::Unexpected {
                        host: host(&url),
                        why: format!("a redirect to `{}`: {error}", without_query(target)),
                    })?;
                    client.check(&next)?;
                    *again.url_mut() = next;
                    request = again;
                }
                _ => return read(&client, &url, response).await,
            }
        }
        Err(HttpError::Redirects { host: host(request.url()) })
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// What the body is, as the host says: `text/html; charset=utf-8`.
    pub media_type: Option<String>,
    host: String,
    body: Vec<u8>,
}

impl Response {
    /// The body as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`HttpError::Unexpected`] if it is not JSON of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| HttpError::Unexpected { host: self.host.clone(), why: error.to_string() })
    }
}

async fn read(client: &Client, url: &Url, mut response: reqwest::Response) -> Result<Response, HttpError> {
    let (limit, host) = (client.pool.most_bytes, host(url));
    let status: StatusCode = response.status();
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.map(str::to_owned);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(url, error))? {
        body.extend_from_slice(&chunk);
        if body.len() as u64 > limit {
            return Err(HttpError::TooLarge { host, limit });
        }
    }
    if status.is_client_error() || status.is_server_error() {
        let text: String = String::from_utf8_lossy(&body).trim().chars().take(ERROR_TEXT).collect();
        return Err(HttpError::Status { host, status: status.as_u16(), text });
    }
    Ok(Response { status: status.as_u16(), media_type, host, body })
}

fn unreachable(url: &Url, error: reqwest::Error) -> HttpError {
    let host = host(url);
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

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}
