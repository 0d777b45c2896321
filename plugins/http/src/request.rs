//! A request before it is sent.

use crate::{
    Client, HttpError, Incoming, Response,
    client::{host, unreachable, without_query},
};
use galatea::telemetry;
use reqwest::{
    Method, RequestBuilder,
    header::{self, HeaderMap, HeaderName},
};
use serde::Serialize;
use std::time::Duration;

/// How many redirects are followed.
const MOST_REDIRECTS: usize = 5;

/// What another server than the one that was asked is told; all else may be a key.
const FOR_ANYBODY: [HeaderName; 3] = [header::ACCEPT, header::RANGE, header::USER_AGENT];

/// A request that is not sent yet.
#[derive(Debug)]
pub struct Request {
    client: Client,
    builder: RequestBuilder,
    most_bytes: u64,
}

impl Request {
    pub(crate) fn new(client: Client, builder: RequestBuilder) -> Self {
        let most_bytes = client.pool.most_bytes;
        Self { client, builder, most_bytes }
    }

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

    /// The same with a body of a media type.
    #[must_use]
    pub fn body(self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let builder = self.builder.header(header::CONTENT_TYPE, media_type).body(body.into());
        Self { builder, ..self }
    }

    /// The same with another limit for all of it, from connecting to the end of the answer, than `timeout` of the plugin `http`.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        Self { builder: self.builder.timeout(time), ..self }
    }

    /// The same with another limit for the answer's body, in bytes, than `max-response-kb` of the plugin `http`.
    #[must_use]
    pub fn at_most(self, bytes: u64) -> Self {
        Self { most_bytes: bytes, ..self }
    }

    /// Sends it and reads the whole answer. Redirects of a GET are followed where their hosts are granted.
    ///
    /// # Errors
    /// [`HttpError`]; a status of 400 and more is one.
    pub async fn send(self) -> Result<Response, HttpError> {
        self.open().await?.read().await?.or_status()
    }

    /// Sends it and waits for the head of the answer, whatever its status. Redirects of a GET are followed where their
    /// hosts are granted. Dropping what comes of it ends the connection.
    ///
    /// # Errors
    /// [`HttpError`] if no head comes.
    pub async fn open(self) -> Result<Incoming, HttpError> {
        let (client, most_bytes) = (self.client, self.most_bytes);
        let mut request = self.builder.build().map_err(|error| HttpError::BadUrl {
            url: String::new(),
            why: error.without_url().to_string(),
        })?;
        if client.pool.traceparent
            && let Some(place) = telemetry::traceparent()
            && let Ok(place) = header::HeaderValue::from_str(&place.to_string())
        {
            // What the plugin says itself counts.
            request.headers_mut().entry("traceparent").or_insert(place);
        }
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
                    if next.origin() != url.origin() {
                        *again.headers_mut() = for_anybody(again.headers());
                    }
                    *again.url_mut() = next;
                    request = again;
                }
                _ => return Ok(Incoming::new(response, url, most_bytes)),
            }
        }
        Err(HttpError::Redirects { host: host(request.url()) })
    }
}

fn for_anybody(headers: &HeaderMap) -> HeaderMap {
    let kept = |name: HeaderName| headers.get(&name).cloned().map(|value| (name, value));
    FOR_ANYBODY.into_iter().filter_map(kept).collect()
}
