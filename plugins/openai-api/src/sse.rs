//! A turn as a stream of events that the client reads while it runs.

use crate::turn::Following;
use axum::response::{Response, sse::Event};
use futures_util::stream;
use galatea::turn::TurnEvent;
use galatea_server::event_stream;
use std::collections::VecDeque;

/// Tells a turn in the form of an endpoint.
pub(crate) trait Teller: Send + 'static {
    /// What comes before anything happens.
    fn begins(&mut self) -> Vec<Event>;
    /// Something happens. The stream ends with [`TurnEvent::Ended`].
    fn happens(&mut self, event: TurnEvent) -> Vec<Event>;
    /// The agent ended in the middle.
    fn breaks_off(&mut self) -> Vec<Event>;
}

struct State<T> {
    following: Following,
    teller: T,
    waiting: VecDeque<Event>,
    is_over: bool,
}

/// The answer that tells a turn. Where the client goes away it is dropped, and with it the following of the turn.
pub(crate) fn told<T: Teller>(following: Following, mut teller: T) -> Response {
    let waiting = VecDeque::from(teller.begins());
    let state = State { following, teller, waiting, is_over: false };
    event_stream(stream::unfold(state, |mut state| async move {
        loop {
            if let Some(event) = state.waiting.pop_front() {
                return Some((event, state));
            }
            if state.is_over {
                return None;
            }
            let event = state.following.next().await;
            state.is_over = matches!(event, None | Some(TurnEvent::Ended(_)));
            let events = match event {
                Some(event) => state.teller.happens(event),
                None => state.teller.breaks_off(),
            };
            state.waiting.extend(events);
        }
    }))
}
