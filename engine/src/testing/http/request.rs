//! A request that a server of a test got.

use axum::http::Method;
use serde_json::Value;
use std::fmt;

/// A request that a [`HttpDouble`](super::HttpDouble) got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The parameters of the query, decoded, in order.
    pub queries: Vec<(String, String)>,
    /// The headers, names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// A parameter of the query; the first of this name.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.queries, |found| found == name)
    }

    /// A header, by its name in any case; the first of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, |found| found.eq_ignore_ascii_case(name))
    }

    /// The body as text; what is no UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// If it is none.
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

fn find(pairs: &[(String, String)], wanted: impl Fn(&str) -> bool) -> Option<&str> {
    pairs.iter().find(|(name, _)| wanted(name)).map(|(_, value)| value.as_str())
}

impl fmt::Display for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (index, (name, value)) in self.queries.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        if !self.body.is_empty() {
            write!(f, " {}", self.text())?;
        }
        Ok(())
    }
}
