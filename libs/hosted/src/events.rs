//! The pieces of an answer that is streamed, each in its time.

use crate::{Framing, failure, patience::Patience};
use futures_util::{Stream, StreamExt, stream};
use galatea::model::ModelError;
use galatea_http::{HttpError, Incoming};
use sse_stream::SseByteStream;
use std::{collections::VecDeque, io::Cursor, pin::Pin, time::Duration};

/// How long a body may go on after the end of the answer in it before its connection is ended.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

type Pieces = Pin<Box<dyn Stream<Item = Result<String, ModelError>> + Send>>;

/// The pieces of an answer. Dropping them ends the connection, and with it the server's work.
pub(crate) struct Events {
    pieces: Pieces,
    patience: Patience,
}

impl Events {
    pub(crate) fn of(incoming: Incoming, framing: Framing, patience: Patience, total: Duration) -> Self {
        let pieces: Pieces = match framing {
            Framing::Events => Box::pin(events(incoming, total)),
            Framing::Lines => Box::pin(lines(incoming, total)),
        };
        Self { pieces, patience }
    }

    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<String, ModelError>> {
        match self.patience.wait(self.pieces.next()).await {
            Ok(piece) => piece,
            Err(late) => Some(Err(late)),
        }
    }

    /// Nothing more is wanted. The connection serves the next request if the body ends soon, and nobody waits for that.
    pub(crate) fn let_go(mut self) {
        tokio::spawn(async move {
            let end = async { while let Some(Ok(_)) = self.pieces.next().await {} };
            drop(tokio::time::timeout(ENDS_WITHIN, end).await);
        });
    }
}

fn chunks(incoming: Incoming) -> impl Stream<Item = Result<Cursor<Vec<u8>>, HttpError>> + Send {
    stream::unfold(incoming, |mut incoming| async move {
        let chunk = incoming.chunk().await.transpose()?;
        Some((chunk.map(Cursor::new), incoming))
    })
}

fn events(incoming: Incoming, total: Duration) -> impl Stream<Item = Result<String, ModelError>> + Send {
    let events = SseByteStream::new(Box::pin(chunks(incoming)));
    events.filter_map(move |event| async move {
        match event {
            Ok(event) => event.data.filter(|data| !data.trim().is_empty()).map(Ok),
            Err(sse_stream::Error::Body(error)) => Some(Err(match error.downcast::<HttpError>() {
                Ok(error) => failure::of_http(*error, total),
                Err(error) => ModelError::Unavailable(error.to_string()),
            })),
            Err(error) => Some(Err(ModelError::Unavailable(format!("the stream cannot be read: {error}")))),
        }
    })
}

/// What has come of lines, and where more comes from.
struct Lines {
    incoming: Option<Incoming>,
    begun: Vec<u8>,
    whole: VecDeque<Vec<u8>>,
}

fn lines(incoming: Incoming, total: Duration) -> impl Stream<Item = Result<String, ModelError>> + Send {
    let state = Lines { incoming: Some(incoming), begun: Vec::new(), whole: VecDeque::new() };
    stream::unfold(state, move |mut state| async move {
        loop {
            if let Some(line) = state.whole.pop_front() {
                match String::from_utf8(line) {
                    Ok(line) if line.trim().is_empty() => continue,
                    Ok(line) => return Some((Ok(line), state)),
                    Err(error) => {
                        state.incoming = None;
                        return Some((Err(ModelError::Unavailable(error.to_string())), state));
                    }
                }
            }
            let incoming = state.incoming.as_mut()?;
            match incoming.chunk().await {
                Ok(Some(chunk)) => state.split(&chunk),
                Ok(None) => {
                    state.incoming = None;
                    state.whole.push_back(std::mem::take(&mut state.begun));
                }
                Err(error) => {
                    state.incoming = None;
                    return Some((Err(failure::of_http(error, total)), state));
                }
            }
        }
    })
}

impl Lines {
    fn split(&mut self, chunk: &[u8]) {
        let mut parts = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            self.begun.extend_from_slice(part);
            if parts.peek().is_some() {
                self.whole.push_back(std::mem::take(&mut self.begun));
            }
        }
    }
}
