//! The server: every request goes to the expectation that it meets.

use super::{super::stand_in::locked, HttpRequest};
use axum::{
    Router,
    body::{self, Body as Answered},
    extract::{Query, Request},
    http::{Method, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};
use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 64 * 1024 * 1024;

/// What is expected and what came.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) expected: Vec<Expected>,
    pub(super) requests: Vec<HttpRequest>,
    pub(super) unexpected: Vec<String>,
    pub(super) in_order: bool,
}

/// One request that is expected.
#[derive(Debug)]
pub(super) struct Expected {
    method: Method,
    path: String,
    pub(super) queries: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) json: Option<Value>,
    pub(super) answer: Answer,
    pub(super) times: Option<usize>,
    pub(super) optional: bool,
    asked: usize,
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Body,
    pub(super) delay: Duration,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Bytes(Vec<u8>),
    /// Not even a status: the connection is dropped.
    None,
}

impl Expected {
    pub(super) fn new(method: Method, path: &str) -> Self {
        let answer =
            Answer { status: 200, headers: Vec::new(), body: Body::Bytes(Vec::new()), delay: Duration::ZERO };
        Self {
            method,
            path: path.to_owned(),
            queries: Vec::new(),
            headers: Vec::new(),
            json: None,
            answer,
            times: None,
            optional: false,
            asked: 0,
        }
    }

    fn fits(&self, request: &HttpRequest) -> bool {
        let path = match self.path.strip_suffix('*') {
            Some(start) => request.path.starts_with(start),
            None => request.path == self.path,
        };
        path && self.method == request.method
            && self.queries.iter().all(|pair| request.queries.contains(pair))
            && self.headers.iter().all(|(name, value)| request.header(name) == Some(value))
            && self.json.as_ref().is_none_or(|json| request.json().is_ok_and(|body| body == *json))
    }

    fn may_be_asked(&self) -> bool {
        self.times.is_none_or(|times| self.asked < times)
    }

    /// Why it is not met, if it is not.
    fn unmet(&self) -> Option<String> {
        match self.times {
            Some(times) if self.asked != times => {
                Some(format!("{self} was asked {} times instead of {times}", self.asked))
            }
            None if self.asked == 0 && !self.optional => Some(format!("{self} was not asked")),
            _ => None,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (index, (name, value)) in self.queries.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        for (name, value) in &self.headers {
            write!(f, " {name}: {value}")?;
        }
        self.json.iter().try_for_each(|json| write!(f, " {json}"))
    }
}

impl State {
    pub(super) fn unmet(&self) -> Vec<String> {
        let unexpected = self.unexpected.iter().map(|request| format!("{request} was not expected"));
        self.expected.iter().filter_map(Expected::unmet).chain(unexpected).collect()
    }

    /// The answer to a request. What comes is kept, expected or not.
    fn answer(&mut self, request: HttpRequest) -> Answer {
        let fits = |expected: &Expected| expected.may_be_asked() && expected.fits(&request);
        let found = self.expected.iter().position(fits);
        let is_early =
            |index: usize| self.in_order && self.expected[..index].iter().any(|e| e.unmet().is_some());
        let answer = match found.filter(|index| !is_early(*index)) {
            Some(index) => {
                let expected = &mut self.expected[index];
                expected.asked += 1;
                expected.answer.clone()
            }
            None => self.refusal(&request),
        };
        self.requests.push(request);
        answer
    }

    fn refusal(&mut self, request: &HttpRequest) -> Answer {
        self.unexpected.push(request.to_string());
        let expected: Vec<String> = self.expected.iter().map(ToString::to_string).collect();
        let body = json!({
            "error": "the test expects no such request, or not now",
            "request": request.to_string(),
            "expected": expected,
        });
        Answer {
            status: StatusCode::NOT_IMPLEMENTED.as_u16(),
            headers: vec![(header::CONTENT_TYPE.to_string(), "application/json".to_owned())],
            body: Body::Bytes(body.to_string().into_bytes()),
            delay: Duration::ZERO,
        }
    }
}

/// Serves on a free port until the token is cancelled; where it listens.
pub(super) async fn serve(state: Arc<Mutex<State>>, end: CancellationToken) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let app = Router::new().fallback(move |request: Request| handle(Arc::clone(&state), request));
    let serving = axum::serve(listener, app).with_graceful_shutdown(end.cancelled_owned());
    tokio::spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!("the server of the test ended: {error}");
        }
    });
    Ok(address)
}

async fn handle(state: Arc<Mutex<State>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let queries = Query::<Vec<(String, String)>>::try_from_uri(&head.uri);
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = HttpRequest {
        method: head.method,
        path: head.uri.path().to_owned(),
        queries: queries.map(|Query(queries)| queries).unwrap_or_default(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body::to_bytes(body, LONGEST_BODY).await.map(Vec::from).unwrap_or_default(),
    };
    let answer = locked(&state).answer(request);
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    respond(answer)
}

fn respond(answer: Answer) -> Response {
    let body = match answer.body {
        Body::Bytes(bytes) => Answered::from(bytes),
        // A body that fails before its first byte: the server gives the connection up without having sent anything.
        Body::None => {
            let error = io::Error::new(io::ErrorKind::ConnectionAborted, "the test drops this connection");
            Answered::from_stream(futures_util::stream::once(std::future::ready(Err::<Vec<u8>, _>(error))))
        }
    };
    let builder = Response::builder().status(answer.status);
    let builder = answer.headers.iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    builder.body(body).unwrap_or_else(|error| {
        let mut response =
            Response::new(Answered::from(format!("the test's answer cannot be sent: {error}")));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
