//! Bodies of requests: how large they may be, and how slow.

use axum::{
    body::{Body, HttpBody},
    extract::{DefaultBodyLimit, Request},
    http::{StatusCode, header},
};
use futures_util::{StreamExt, stream};
use galatea::route::RouteError;
use http_body_util::Limited;
use std::{io, time::Duration};

/// A body that comes to a halt for so long ends.
const HALT: Duration = Duration::from_secs(30);

/// The request with a body that is no larger than this, and comes to no halt.
pub(crate) fn limited(mut request: Request, limit: usize) -> Result<Request, RouteError> {
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > limit) {
        let why = format!("the body is larger than {limit} bytes, which is the most that is taken here");
        return Err(RouteError::new(StatusCode::PAYLOAD_TOO_LARGE, why));
    }
    DefaultBodyLimit::max(limit).apply(&mut request);
    if request.body().is_end_stream() {
        return Ok(request);
    }
    Ok(request.map(|body| Body::new(Limited::new(lively(body), limit))))
}

/// A body that ends with an error where it comes to a halt.
fn lively(body: Body) -> Body {
    Body::from_stream(stream::unfold(Some(body.into_data_stream()), |body| async move {
        let mut body = body?;
        match tokio::time::timeout(HALT, body.next()).await {
            Ok(Some(Ok(data))) => Some((Ok(data), Some(body))),
            Ok(Some(Err(error))) => Some((Err(error.into_inner()), None)),
            Ok(None) => None,
            Err(_) => {
                let why = format!("nothing of the body came for {HALT:?}");
                Some((Err(io::Error::new(io::ErrorKind::TimedOut, why).into()), None))
            }
        }
    }))
}
