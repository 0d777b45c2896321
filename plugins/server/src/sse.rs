//! Server-sent events, as every answer here sends them.

use axum::{
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt};
use std::{convert::Infallible, time::Duration};

/// Proxies that collect answers are told not to.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// How often something is sent to a reader to whom there is nothing to tell.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// An answer of server-sent events: proxies do not collect them, and comment lines keep the connection open where nothing is
/// said for 15 seconds.
pub fn event_stream(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let keep_alive = KeepAlive::new().interval(HEARTBEAT).text("still here");
    let mut response = Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(keep_alive).into_response();
    response.headers_mut().insert(BUFFERING, HeaderValue::from_static("no"));
    response
}
