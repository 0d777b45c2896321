//! Ends streams of server-sent events when the server ends: they would hold it up for ever.

use crate::Ending;
use axum::{
    body::{Body, Bytes},
    http::header,
    response::Response,
};
use futures_util::{StreamExt, stream};

/// What the last words are: an event for those who read ours, a comment for those who would not understand.
const EVENT: &str = "event: ending\ndata: {}\n\n";
const COMMENT: &str = ": the server ends\n\n";

/// The answer; a stream of events says so and ends where the server does. `is_ours`: it is in our form.
pub(crate) fn with_end(response: Response, ending: Ending, is_ours: bool) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
        return response;
    }
    let last = if is_ours { EVENT } else { COMMENT };
    response.map(|body| {
        let ended = Box::pin(async move { ending.ended().await });
        Body::from_stream(stream::unfold(Some((body.into_data_stream(), ended)), move |state| async move {
            let (mut body, mut ended) = state?;
            tokio::select! {
                biased;
                data = body.next() => Some((data?, Some((body, ended)))),
                () = &mut ended => Some((Ok(Bytes::from_static(last.as_bytes())), None)),
            }
        }))
    })
}
