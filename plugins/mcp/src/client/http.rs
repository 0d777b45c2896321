//! Servers that are reached over streamable HTTP: the protocol's transport over the client that calls only what the
//! character grants.

use super::connection::Connection;
use axum::http::{HeaderName, HeaderValue};
use futures_util::{Stream, StreamExt, stream::BoxStream};
use galatea_http::{Client, HttpError, Incoming, Request};
use rmcp::{
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::{
        StreamableHttpClientTransport,
        common::{
            client_side_sse::SseRetryPolicy,
            http_header::{EVENT_STREAM_MIME_TYPE, HEADER_LAST_EVENT_ID, HEADER_SESSION_ID, JSON_MIME_TYPE},
        },
        streamable_http_client::{
            AuthRequiredError, HttpStatusError, SseError, StreamableHttpClient,
            StreamableHttpClientTransportConfig, StreamableHttpError, StreamableHttpPostResponse,
        },
    },
};
use sse_stream::{Sse, SseStream};
use std::{collections::HashMap, io::Cursor, sync::Arc, time::Duration};

/// The largest answer, and the largest event of a stream, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// How much of an answer that is no answer is told, in bytes.
const LONGEST_DIAGNOSTIC: usize = 300;

/// How long a stream may last. What waits for an answer has limits of its own.
const LONGEST_STREAM: Duration = Duration::from_secs(24 * 60 * 60);

/// The way to a server over HTTP.
pub(super) fn transport(
    connection: &Connection,
    url: &str,
) -> Result<StreamableHttpClientTransport<Granted>, String> {
    let mut headers = HashMap::new();
    for (name, value) in &connection.settings.headers {
        let unusable = |why: &dyn std::fmt::Display| format!("its header `{name}` cannot be sent: {why}");
        let key: HeaderName = name.parse().map_err(|error| unusable(&error))?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|error| unusable(&error))?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    let mut config = StreamableHttpClientTransportConfig::with_uri(url).custom_headers(headers);
    config.retry_config = Arc::new(Retry);
    Ok(StreamableHttpClientTransport::with_client(Granted(connection.means.http.clone()), config))
}

/// How often a stream that broke is taken up again; after that the whole connection is made anew.
#[derive(Debug)]
struct Retry;

impl SseRetryPolicy for Retry {
    fn retry(&self, times: usize) -> Option<Duration> {
        (times < 3).then(|| Duration::from_secs(1 << times))
    }
}

/// The client that calls only what is granted.
#[derive(Clone, Debug)]
pub(super) struct Granted(Client);

type Failure = StreamableHttpError<HttpError>;

/// A stream of events.
type Events = BoxStream<'static, Result<Sse, SseError>>;

/// What each request carries beside its message.
struct Envelope {
    session: Option<Arc<str>>,
    token: Option<String>,
    headers: HashMap<HeaderName, HeaderValue>,
}

impl Envelope {
    fn around(self, mut request: Request) -> Result<Request, Failure> {
        if let Some(session) = &self.session {
            request = request.header(HEADER_SESSION_ID, session);
        }
        if let Some(token) = &self.token {
            request = request.header("Authorization", &format!("Bearer {token}"));
        }
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort_unstable_by_key(|(name, _)| name.as_str());
        for (name, value) in headers {
            let value = value.to_str().map_err(|_| {
                StreamableHttpError::UnexpectedServerResponse(format!("header `{name}` is no text").into())
            })?;
            request = request.header(name.as_str(), value);
        }
        Ok(request.within(LONGEST_STREAM).at_most(u64::MAX))
    }
}

impl StreamableHttpClient for Granted {
    type Error = HttpError;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let had_session = session.is_some();
        let request = self.0.post(&uri).map_err(Failure::Client)?;
        let request = request.header("Accept", &format!("{EVENT_STREAM_MIME_TYPE}, {JSON_MIME_TYPE}"));
        let request = Envelope { session, token, headers }.around(request)?.json(&message);
        let answer = request.open().await.map_err(Failure::Client)?;
        let awaits_answer = matches!(message, ClientJsonRpcMessage::Request(_));
        match answer.status() {
            202 | 204 => return Ok(StreamableHttpPostResponse::Accepted),
            404 if had_session => return Err(StreamableHttpError::SessionExpired),
            200..=299 => {}
            status => return refused(status, answer).await,
        }
        let session = answer.header(HEADER_SESSION_ID).map(str::to_owned);
        match media_type(&answer).as_str() {
            EVENT_STREAM_MIME_TYPE => Ok(StreamableHttpPostResponse::Sse(events(answer), session)),
            JSON_MIME_TYPE => {
                let body = whole(answer).await?;
                match serde_json::from_slice(&body) {
                    Ok(message) => Ok(StreamableHttpPostResponse::Json(message, session)),
                    Err(_) if !awaits_answer => Ok(StreamableHttpPostResponse::Accepted),
                    Err(error) => Err(StreamableHttpError::UnexpectedServerResponse(
                        format!("{error}: {}", beginning(&body)).into(),
                    )),
                }
            }
            _ if !awaits_answer => Ok(StreamableHttpPostResponse::Accepted),
            other => Err(StreamableHttpError::UnexpectedContentType(Some(other.to_owned()))),
        }
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failure> {
        let request = self.0.delete(&uri).map_err(Failure::Client)?;
        let request = Envelope { session: Some(session), token, headers }.around(request)?;
        let answer = request.within(Duration::from_secs(5)).open().await.map_err(Failure::Client)?;
        match answer.status() {
            // A server need not let sessions be ended.
            200..=299 | 405 => Ok(()),
            status => Err(HttpStatusError::new(status, None).into()),
        }
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, Failure> {
        let mut request = self.0.get(&uri).map_err(Failure::Client)?;
        request = request.header("Accept", EVENT_STREAM_MIME_TYPE);
        if let Some(last_event) = &last_event {
            request = request.header(HEADER_LAST_EVENT_ID, last_event);
        }
        let answer = Envelope { session, token, headers }.around(request)?;
        let answer = answer.open().await.map_err(Failure::Client)?;
        match answer.status() {
            200..=299 => {}
            405 => return Err(StreamableHttpError::ServerDoesNotSupportSse),
            401 | 403 => return Err(unauthorised(&answer)),
            status => return Err(HttpStatusError::new(status, retry_after(&answer)).into()),
        }
        match media_type(&answer).as_str() {
            EVENT_STREAM_MIME_TYPE => Ok(events(answer)),
            other => Err(StreamableHttpError::UnexpectedContentType(Some(other.to_owned()))),
        }
    }
}

/// What a refusal says: an error of the protocol where there is one in it, else the status.
async fn refused(status: u16, answer: Incoming) -> Result<StreamableHttpPostResponse, Failure> {
    if matches!(status, 401 | 403) {
        return Err(unauthorised(&answer));
    }
    let retry_after = retry_after(&answer);
    let is_json = media_type(&answer) == JSON_MIME_TYPE;
    if status == 429 || (status >= 500 && !is_json) {
        return Err(HttpStatusError::new(status, retry_after).into());
    }
    let body = whole(answer).await?;
    if let Ok(message @ ServerJsonRpcMessage::Error(_)) = serde_json::from_slice(&body) {
        return Ok(StreamableHttpPostResponse::Json(message, None));
    }
    let told = format!("HTTP {status}: {}", beginning(&body));
    Err(StreamableHttpError::UnexpectedServerResponse(told.into()))
}

fn unauthorised(answer: &Incoming) -> Failure {
    match answer.header("www-authenticate") {
        Some(challenge) => StreamableHttpError::AuthRequired(AuthRequiredError::new(challenge.to_owned())),
        None => HttpStatusError::new(answer.status(), None).into(),
    }
}

fn retry_after(answer: &Incoming) -> Option<String> {
    answer.header("retry-after").map(str::to_owned)
}

fn media_type(answer: &Incoming) -> String {
    let header = answer.header("content-type").unwrap_or_default();
    header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(LONGEST_DIAGNOSTIC)]).into_owned()
}

/// A whole body, if it is not too large.
async fn whole(mut answer: Incoming) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(Failure::Client)? {
        body.extend_from_slice(&chunk);
        if body.len() as u64 > LARGEST {
            return Err(StreamableHttpError::ResponseBodyTooLarge { max_size: LARGEST as usize });
        }
    }
    Ok(body)
}

/// The events of a body, each of which is not too large.
fn events(answer: Incoming) -> Events {
    SseStream::from_bytes_stream(chunks(answer)).boxed()
}

fn chunks(answer: Incoming) -> impl Stream<Item = Result<Cursor<Vec<u8>>, std::io::Error>> + Send {
    futures_util::stream::unfold(Some((answer, Size::default())), |state| async move {
        let (mut answer, mut size) = state?;
        match answer.chunk().await {
            Ok(None) => None,
            Ok(Some(chunk)) if size.takes(&chunk) => Some((Ok(Cursor::new(chunk)), Some((answer, size)))),
            Ok(Some(_)) => {
                let why = format!("an event is larger than {LARGEST} bytes");
                Some((Err(std::io::Error::other(why)), None))
            }
            Err(error) => Some((Err(std::io::Error::other(error)), None)),
        }
    })
}

/// How large the event is that is being read.
#[derive(Default)]
struct Size {
    bytes: u64,
    ends_line: bool,
}

impl Size {
    /// Counts a piece; whether every event in it is small enough.
    fn takes(&mut self, chunk: &[u8]) -> bool {
        for byte in chunk {
            match byte {
                b'\n' if self.ends_line => self.bytes = 0,
                b'\n' => self.ends_line = true,
                b'\r' => {}
                _ => {
                    self.ends_line = false;
                    self.bytes += 1;
                }
            }
            if self.bytes > LARGEST {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_measured_one_by_one() {
        let mut size = Size::default();
        let event = [b"data: ".as_slice(), &vec![b'x'; 9 << 20], b"\r\n\r\n"].concat();
        assert!(size.takes(&event) && size.takes(&event) && size.bytes == 0);
        assert!(size.takes(&event[..9 << 20]) && !size.takes(&event[..9 << 20]));
    }
}
