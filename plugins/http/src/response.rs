//! An answer, read to its end.

use crate::{HttpError, incoming::text_of};
use reqwest::header::{self, HeaderMap};
use serde::de::DeserializeOwned;

/// How much of an error's body is kept for the message, in characters.
const ERROR_TEXT: usize = 200;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// What the body is, as the host says: `text/html; charset=utf-8`.
    pub media_type: Option<String>,
    host: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Response {
    pub(crate) fn new(host: String, status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        let media_type = text_of(&headers, header::CONTENT_TYPE.as_str()).map(str::to_owned);
        Self { status, media_type, host, headers, body }
    }

    /// The text of a header; the first of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        text_of(&self.headers, name)
    }

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

    /// This, unless its status is 400 or more.
    ///
    /// # Errors
    /// [`HttpError::Status`] with the beginning of the body.
    pub fn or_status(self) -> Result<Self, HttpError> {
        if self.status < 400 {
            return Ok(self);
        }
        let text = self.text().trim().chars().take(ERROR_TEXT).collect();
        Err(HttpError::Status { host: self.host, status: self.status, text })
    }
}
