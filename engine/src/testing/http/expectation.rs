//! What a test expects of a request, and how it is answered.

use super::{
    super::stand_in::locked,
    server::{Body, Expected, State},
};
use serde_json::Value;
use std::{sync::Mutex, time::Duration};

/// A request that is expected, and its answer. Made by [`HttpDouble::on`](super::HttpDouble::on); every method changes what
/// the server does at once, so the value itself need not be kept.
#[derive(Debug)]
pub struct Expectation<'a> {
    state: &'a Mutex<State>,
    index: usize,
}

impl<'a> Expectation<'a> {
    pub(super) const fn new(state: &'a Mutex<State>, index: usize) -> Self {
        Self { state, index }
    }

    /// Only with this parameter in the query.
    pub fn with_query(self, name: &str, value: &str) -> Self {
        self.change(|expected| expected.queries.push((name.to_owned(), value.to_owned())))
    }

    /// Only with this header; its name in any case.
    pub fn with_header(self, name: &str, value: &str) -> Self {
        self.change(|expected| expected.headers.push((name.to_owned(), value.to_owned())))
    }

    /// Only with this JSON as its body.
    pub fn with_json(self, body: Value) -> Self {
        self.change(|expected| expected.json = Some(body))
    }

    /// Answers with this status.
    pub fn status(self, status: u16) -> Self {
        self.change(|expected| expected.answer.status = status)
    }

    /// Answers with one more header.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.change(|expected| expected.answer.headers.push((name.to_owned(), value.to_owned())))
    }

    /// Answers with JSON.
    pub fn json(self, body: Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// Answers with plain text.
    pub fn text(self, body: &str) -> Self {
        self.header("content-type", "text/plain; charset=utf-8").body(body)
    }

    /// Answers with these bytes.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        self.change(|expected| expected.answer.body = Body::Bytes(body))
    }

    /// Answers only after a while.
    pub fn delay(self, delay: Duration) -> Self {
        self.change(|expected| expected.answer.delay = delay)
    }

    /// Drops the connection instead of answering.
    pub fn drops_connection(self) -> Self {
        self.change(|expected| expected.answer.body = Body::None)
    }

    /// Has to be asked exactly so many times; the next one goes to a later expectation that fits, or is unexpected.
    pub fn times(self, times: usize) -> Self {
        self.change(|expected| expected.times = Some(times))
    }

    /// May be asked as often as one likes, or not at all.
    pub fn maybe(self) -> Self {
        self.change(|expected| expected.optional = true)
    }

    fn change(self, change: impl FnOnce(&mut Expected)) -> Self {
        if let Some(expected) = locked(self.state).expected.get_mut(self.index) {
            change(expected);
        }
        self
    }
}
