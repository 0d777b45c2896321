//! A server that answers what a test says, byte by byte if need be, and hosts that ask it.

use super::fixtures::Fixtures;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::HeaderMap,
    response::Response,
};
use futures_util::{StreamExt, stream};
use galatea::{
    character::{Grants, Secret},
    extract::Clock,
    model::{ModelAnswer, ModelError, ModelRequest, Piece, TextSink},
};
use galatea_hosted::{Anthropic, Auth, Gemini, Host, Ollama, OpenAi, Setup, Timeouts, openai::Dialect};
use galatea_http::{Client, Pool, Settings};
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// The key of the tests; it must never be seen in an error.
pub(super) const KEY: &str = "sk-test-4242424242424242424242";

/// The model of the tests.
pub(super) const MODEL: &str = "model-of-the-test";

/// A piece of a body.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Send(String),
    Wait(Duration),
    /// The connection ends in the middle.
    Break,
}

/// An answer of the server.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<Step>,
}

impl Answer {
    pub(super) fn json(body: impl ToString) -> Self {
        Self::of("application/json", vec![Step::Send(body.to_string())])
    }

    /// A stream, in pieces that have nothing to do with its events.
    pub(super) fn stream(kind: &str, body: &str) -> Self {
        let bytes: Vec<char> = body.chars().collect();
        let pieces = bytes.chunks(37).map(|piece| Step::Send(piece.iter().collect()));
        Self::of(kind, pieces.collect())
    }

    pub(super) fn of(kind: &str, body: Vec<Step>) -> Self {
        Self { status: 200, headers: vec![("content-type", kind.to_owned())], body }
    }

    pub(super) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// A request that the server got.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Got {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct State {
    answers: VecDeque<Answer>,
    got: Vec<Got>,
}

/// A server on this machine. The last answer is given again for ever.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub(super) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let state = State { answers: answers.into_iter().collect(), got: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::clone(&state);
        let app = Router::new().fallback(move |request: Request| answer(Arc::clone(&shared), request));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, state }
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.state.lock().unwrap().got.clone()
    }

    pub(super) fn last(&self) -> Got {
        self.got().pop().unwrap()
    }
}

async fn answer(state: Arc<Mutex<State>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let answer = {
        let mut state = state.lock().unwrap();
        state.got.push(Got { path: head.uri.to_string(), headers: head.headers, body });
        match state.answers.len() {
            0 => Answer::json("{}").status(501),
            1 => state.answers[0].clone(),
            _ => state.answers.pop_front().unwrap(),
        }
    };
    let steps = stream::iter(answer.body).filter_map(|step| async move {
        match step {
            Step::Send(text) => Some(Ok(text.into_bytes())),
            Step::Wait(time) => {
                tokio::time::sleep(time).await;
                None
            }
            Step::Break => Some(Err(io::Error::other("the test breaks this connection"))),
        }
    });
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from_stream(steps)).unwrap()
}

/// A wire, as the tests ask it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wired {
    OpenAi,
    OpenRouter,
    Compatible,
    Anthropic,
    Gemini,
    Ollama,
}

impl Wired {
    pub(super) const ALL: [Self; 6] =
        [Self::OpenAi, Self::OpenRouter, Self::Compatible, Self::Anthropic, Self::Gemini, Self::Ollama];

    /// What the provider documents.
    pub(super) fn fixtures(self) -> Fixtures {
        match self {
            Self::OpenAi => super::fixtures::openai::FIXTURES,
            Self::OpenRouter => super::fixtures::openrouter::FIXTURES,
            Self::Compatible => super::fixtures::compatible::FIXTURES,
            Self::Anthropic => super::fixtures::anthropic::FIXTURES,
            Self::Gemini => super::fixtures::gemini::FIXTURES,
            Self::Ollama => super::fixtures::ollama::FIXTURES,
        }
    }

    pub(super) fn stream(self, body: &str) -> Answer {
        let kind =
            if self == Self::Ollama { "application/x-ndjson" } else { "text/event-stream; charset=utf-8" };
        Answer::stream(kind, body)
    }

    fn auth(self) -> Auth {
        let key = Secret::new(KEY);
        match self {
            Self::Anthropic => Auth::Header("x-api-key", key),
            Self::Gemini => Auth::Header("x-goog-api-key", key),
            Self::Ollama => Auth::None,
            Self::OpenAi | Self::OpenRouter | Self::Compatible => Auth::Bearer(key),
        }
    }

    pub(super) fn host(self, server: &Server) -> Host {
        self.host_with(server, |_| {})
    }

    pub(super) fn host_with(self, server: &Server, change: impl FnOnce(&mut Setup)) -> Host {
        let mut setup = Setup {
            base_url: server.url.clone(),
            auth: self.auth(),
            headers: BTreeMap::new(),
            proxy: None,
            timeouts: Timeouts::default(),
            max_concurrent: 8,
            stream: true,
        };
        change(&mut setup);
        Host::new(&client("127.0.0.1"), clock(), setup).unwrap()
    }

    pub(super) async fn ask(
        self,
        host: &Host,
        thinks: bool,
        request: &ModelRequest,
        sink: &TextSink,
    ) -> Result<ModelAnswer, ModelError> {
        match self {
            Self::OpenAi => host.ask(&openai(Dialect::OpenAi), MODEL, thinks, request, sink).await,
            Self::OpenRouter => host.ask(&openai(Dialect::OpenRouter), MODEL, thinks, request, sink).await,
            Self::Compatible => host.ask(&openai(Dialect::Compatible), MODEL, thinks, request, sink).await,
            Self::Anthropic => {
                host.ask(&Anthropic { max_tokens: 1024, cache: true }, MODEL, thinks, request, sink).await
            }
            Self::Gemini => host.ask(&Gemini, MODEL, thinks, request, sink).await,
            Self::Ollama => host.ask(&ollama(), MODEL, thinks, request, sink).await,
        }
    }

    /// Asks, and gives the answer with the text that was shown meanwhile.
    pub(super) async fn ask_streaming(
        self,
        host: &Host,
        request: &ModelRequest,
    ) -> (Result<ModelAnswer, ModelError>, String) {
        let (sink, mut pieces) = TextSink::channel();
        let collect = async {
            let mut shown = String::new();
            while let Some(piece) = pieces.recv().await {
                if let Piece::Text(text) = piece {
                    shown.push_str(&text);
                }
            }
            shown
        };
        let ask = async {
            let answer = self.ask(host, false, request, &sink).await;
            drop(sink);
            answer
        };
        tokio::join!(ask, collect)
    }
}

pub(super) const fn openai(dialect: Dialect) -> OpenAi {
    OpenAi { dialect }
}

pub(super) fn ollama() -> Ollama {
    Ollama { context_tokens: Some(4096), keep_alive: Some("5m".to_owned()) }
}

pub(super) fn clock() -> Clock {
    Clock::fixed("2026-11-22T12:00:00Z".parse().unwrap())
}

pub(super) fn client(granted: &str) -> Client {
    let settings = Settings {
        timeout: Duration::from_secs(30),
        max_response_kb: 64,
        user_agent: "test".to_owned(),
        traceparent: false,
    };
    let granted = Grants { network: vec![granted.to_owned()], ..Grants::default() };
    Client::new(Arc::new(Pool::new(&settings).unwrap()), "tester", granted)
}
