//! A real HTTP server on this machine that answers as a test says.
//!
//! `expectation` is what a test says, `request` what was asked, `server` brings both together.

mod expectation;
mod request;
mod server;

pub use axum::http::Method;
pub use expectation::Expectation;
pub use request::HttpRequest;

use super::stand_in::locked;
use server::{Expected, State};
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Reads.
pub const GET: Method = Method::GET;
/// Makes something, or asks with a body.
pub const POST: Method = Method::POST;
/// Replaces something.
pub const PUT: Method = Method::PUT;
/// Changes something.
pub const PATCH: Method = Method::PATCH;
/// Deletes something.
pub const DELETE: Method = Method::DELETE;

/// A real HTTP server on a free port of this machine that answers as a test says.
///
/// A request that nothing was said about gets status 501 with a body that says what was expected, and fails
/// [`assert_all_met`](Self::assert_all_met). The server ends with its value.
///
/// ```
/// use galatea::testing::{GET, HttpDouble, POST, TestResult};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// let http = HttpDouble::start().await?;
/// http.on(GET, "/v1/forecast").with_query("latitude", "52.5").json(json!({ "temperature": 12 }));
/// http.on(POST, "/v1/notes").with_json(json!({ "text": "rain" })).status(201).times(1);
///
/// // A plugin would do this with its own client.
/// # use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// let mut client = tokio::net::TcpStream::connect(http.address()).await?;
/// client.write_all(b"GET /v1/forecast?latitude=52.5 HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await?;
/// let mut answer = String::new();
/// client.read_to_string(&mut answer).await?;
/// assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with(r#"{"temperature":12}"#));
///
/// assert_eq!(http.requests().len(), 1);
/// assert_eq!(http.requests()[0].query("latitude"), Some("52.5"));
/// assert_eq!(http.unmet(), [r#"POST /v1/notes {"text":"rain"} was asked 0 times instead of 1"#]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct HttpDouble {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _running: DropGuard,
}

impl HttpDouble {
    /// Starts a server that expects nothing yet.
    ///
    /// # Errors
    /// If this machine has no free port.
    pub async fn start() -> io::Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let end = CancellationToken::new();
        let address = server::serve(Arc::clone(&state), end.clone()).await?;
        Ok(Self { address, state, _running: end.drop_guard() })
    }

    /// Expects a request. It is answered with status 200 and nothing else, as often as it comes and at least once, unless
    /// the [`Expectation`] says more. `path` begins with `/`; a `*` at its end stands for anything.
    ///
    /// Where several fit, the first one that may still be asked answers.
    pub fn on(&self, method: Method, path: &str) -> Expectation<'_> {
        let mut state = locked(&self.state);
        state.expected.push(Expected::new(method, path));
        Expectation::new(&self.state, state.expected.len() - 1)
    }

    /// From now on, requests have to come in the order in which they were expected: one that comes before an earlier one
    /// was asked (as often as it has to be) is an unexpected one.
    pub fn in_order(&self) {
        locked(&self.state).in_order = true;
    }

    /// The address of the server: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The host of the server, as grants name it.
    #[must_use]
    pub fn host(&self) -> String {
        self.address.ip().to_string()
    }

    /// Address and port of the server.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was asked so far, oldest first, unexpected requests among them.
    #[must_use]
    pub fn requests(&self) -> Vec<HttpRequest> {
        locked(&self.state).requests.clone()
    }

    /// What was expected and did not come, or came too seldom, and what came unexpectedly; each in a sentence.
    #[must_use]
    pub fn unmet(&self) -> Vec<String> {
        locked(&self.state).unmet()
    }

    /// Everything that was expected came, and nothing else.
    ///
    /// # Panics
    /// If not; the message lists what was expected, what came and what did not.
    #[track_caller]
    pub fn assert_all_met(&self) {
        let state = locked(&self.state);
        let unmet = state.unmet();
        let asked: Vec<String> = state.requests.iter().map(|request| format!("  {request}")).collect();
        drop(state);
        assert!(unmet.is_empty(), "{}\nrequests so far:\n{}", unmet.join("\n"), asked.join("\n"));
    }
}
