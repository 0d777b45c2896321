//! An answer whose body has yet to come.

use crate::{
    HttpError, Response,
    client::{host, unreachable},
};
use reqwest::{Url, header::HeaderMap};

/// An answer of which the head has come, and the body comes piece by piece.
#[derive(Debug)]
pub struct Incoming {
    response: reqwest::Response,
    url: Url,
    most_bytes: u64,
    seen: u64,
}

impl Incoming {
    pub(crate) const fn new(response: reqwest::Response, url: Url, most_bytes: u64) -> Self {
        Self { response, url, most_bytes, seen: 0 }
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The text of a header; the first of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        text_of(self.response.headers(), name)
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// If the connection breaks or takes too long, or the body is larger than allowed.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        let chunk = self.response.chunk().await.map_err(|error| unreachable(&self.url, error))?;
        let Some(chunk) = chunk else { return Ok(None) };
        self.seen = self.seen.saturating_add(chunk.len() as u64);
        if self.seen > self.most_bytes {
            return Err(HttpError::TooLarge { host: host(&self.url), limit: self.most_bytes });
        }
        Ok(Some(chunk.into()))
    }

    /// Reads the rest of the body, whatever the status.
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk).
    pub async fn read(mut self) -> Result<Response, HttpError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(self.with_body(body))
    }

    /// The answer with what was read of its body, [piece](Self::chunk) by piece; what has yet to come is left.
    #[must_use]
    pub fn with_body(mut self, body: Vec<u8>) -> Response {
        let status = self.status();
        Response::new(host(&self.url), status, std::mem::take(self.response.headers_mut()), body)
    }
}

pub(crate) fn text_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
