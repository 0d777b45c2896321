//! How long a server may be silent.

use crate::{Timeouts, failure};
use galatea::model::ModelError;
use galatea_http::{Incoming, Response};
use std::time::{Duration, Instant};

/// The most that is read of a refusal, in bytes.
const MOST_OF_REFUSAL: usize = 1024 * 1024;

/// How long the next piece of an answer may take.
#[derive(Clone, Debug)]
pub(crate) struct Patience {
    /// From when on the first piece is waited for, and how long; `None` once it has come.
    first: Option<(Instant, Duration)>,
    idle: Duration,
    total: Duration,
}

impl Patience {
    /// With a server that was asked at a moment.
    pub(crate) const fn since(begun: Instant, timeouts: &Timeouts) -> Self {
        Self { first: Some((begun, timeouts.first)), idle: timeouts.idle, total: timeouts.total }
    }

    /// Waits for the next piece.
    pub(crate) async fn wait<T>(&mut self, piece: impl Future<Output = T>) -> Result<T, ModelError> {
        let (left, late) = match self.first.take() {
            Some((begun, limit)) => (limit.saturating_sub(begun.elapsed()), ModelError::Timeout(limit)),
            None => (self.idle, ModelError::Stalled(self.idle)),
        };
        tokio::time::timeout(left, piece).await.map_err(|_| late)
    }

    /// Reads the rest of an answer.
    pub(crate) async fn read(&mut self, mut incoming: Incoming) -> Result<Response, ModelError> {
        let mut body = Vec::new();
        loop {
            let chunk = self.wait(incoming.chunk()).await?;
            match chunk.map_err(|error| failure::of_http(error, self.total))? {
                Some(chunk) => body.extend_from_slice(&chunk),
                None => return Ok(incoming.with_body(body)),
            }
        }
    }

    /// Reads what comes of a refusal. Its status and headers say what it means, also where the rest never comes.
    pub(crate) async fn read_refusal(&self, mut incoming: Incoming) -> Response {
        let mut patience = Self { first: None, ..self.clone() };
        let mut body = Vec::new();
        while body.len() < MOST_OF_REFUSAL
            && let Ok(Ok(Some(chunk))) = patience.wait(incoming.chunk()).await
        {
            body.extend_from_slice(&chunk);
        }
        incoming.with_body(body)
    }
}
