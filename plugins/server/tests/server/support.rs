//! Agents that listen, and a client.

use axum::routing::{get, post};
use futures_util::stream;
use galatea::{
    memory::Role,
    prelude::*,
    route::{Body, Bytes, Html, IntoResponse, Json, Response, Router, StatusCode, header},
    testing::{TestAgent, TestAgentBuilder},
    token::{Wanted, issue},
};
use galatea_server::{Access, Directory, HttpServer, Part, Scope, Server, Whole};
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Answers over HTTP, in two ways.
#[plugin("porch", requires(Server))]
pub struct Porch;

/// Mounts what it answers outside of the routes.
#[on_load(plugin = Porch)]
async fn mount(server: Service<HttpServer>) -> Result<(), galatea_server::MountError> {
    server.mount(PORCH)
}

/// Names the agents of who may chat.
pub const PORCH: Part =
    Part { at: "/porch", about: "A porch.", router, openapi: Some(described), errors: Some(oops) };

fn described() -> Value {
    let names = json!({
        "get": {
            "operationId": "porch.names",
            "security": [{ "caller": [] }],
            "x-roles": ["member"],
            "x-scope": "chat",
            "responses": { "200": { "description": "The names." } },
        },
    });
    json!({ "paths": { "/porch/names": names } })
}

/// Refusals in a form of its own.
fn oops(error: RouteError) -> Response {
    (error.status(), Json(json!({ "oops": error.code() }))).into_response()
}

/// How many bytes were given to readers of the flood.
pub static FLOODED: AtomicUsize = AtomicUsize::new(0);

fn router(directory: Directory) -> Router {
    let names = |access: Access| async move {
        let agents = access.agents(&directory, Role::Member, Scope::Chat)?;
        let names: Vec<String> = agents.iter().map(|agent| agent.character().name.clone()).collect();
        Ok::<_, RouteError>(Json(json!({ "names": names, "by": access.name() })))
    };
    let flood = || async {
        let chunk = Bytes::from(vec![b'x'; 64 << 10]);
        Body::from_stream(stream::repeat_with(move || {
            FLOODED.fetch_add(chunk.len(), Ordering::Relaxed);
            Ok::<_, Infallible>(chunk.clone())
        }))
    };
    let ticks = || async {
        let body = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, Infallible>("data: tick\n\n"), ()))
        });
        ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(body))
    };
    let slow = || async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        "slow"
    };
    let panic = || async {
        assert!(std::hint::black_box(false), "a secret of the porch");
        "never"
    };
    Router::new()
        .route("/names", get(names))
        .route("/", get(|| async { "the porch" }))
        .route("/echo", post(|text: String| async { text }))
        .route("/flood", get(flood))
        .route("/ticks", get(ticks))
        .route("/slow", get(slow))
        .route("/stuck", get(std::future::pending::<String>))
        .route("/panic", get(panic))
        .route("/whole", get(|Whole(uri): Whole| async move { uri.to_string() }))
        .route("/page", get(|| async { Html("<p>a page</p>") }))
}

/// Greets whoever is known.
#[route(GET, "/hello", plugin = Porch)]
async fn hello(caller: Caller) -> String {
    format!("hello {}", caller.name.unwrap_or_default())
}

/// Greets everybody.
#[route(GET, "/open", public, plugin = Porch)]
async fn open(caller: Option<Caller>) -> String {
    format!("hello {}", caller.and_then(|caller| caller.name).unwrap_or_default())
}

/// An agent that listens on a free port of this machine.
pub fn agent(name: &str) -> TestAgentBuilder {
    TestAgent::with::<Porch>().named(name).config::<Server>(json!({ "address": "127.0.0.1:0" })).listens()
}

/// An agent that listens on every network of this machine: nobody is anonymous.
pub fn far(name: &str) -> TestAgentBuilder {
    agent(name).config::<Server>(json!({ "address": "0.0.0.0:0", "token": OWNER }))
}

/// The owner's token of [`far`].
pub const OWNER: &str = "0123456789abcdef-owner";

/// A token of an agent.
pub async fn token(
    agent: &Agent,
    name: &str,
    role: Role,
    scopes: Option<&[&str]>,
    expires: Option<Timestamp>,
) -> String {
    let scopes = scopes.map(|scopes| scopes.iter().map(|&scope| scope.to_owned()).collect());
    let wanted = Wanted { name: name.to_owned(), role, scopes, expires };
    let begin = Timestamp::UNIX_EPOCH;
    let (token, text) = issue(agent.id(), wanted, begin).unwrap();
    assert!(agent.store().add_token(&token).await.unwrap());
    text.to_string()
}

/// Where an agent listens.
pub fn url(agent: &TestAgent) -> String {
    agent.service::<HttpServer>().unwrap().url().unwrap()
}

/// Headers of a row in a table.
pub type Headers<'h> = &'h [(&'h str, &'h str)];

/// Sends requests to a server.
pub struct Client {
    pub base: String,
    http: reqwest::Client,
}

impl Client {
    pub fn of(agent: &TestAgent) -> Self {
        Self::at(url(agent))
    }

    pub fn at(base: String) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { base, http: http.build().unwrap() }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// The same with a token.
    pub fn with(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(token)
    }

    /// The status and the body, as JSON where it is JSON.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        said(self.request(Method::GET, path)).await
    }
}

/// What is answered: the status and the body, as JSON where it is JSON.
pub async fn said(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
