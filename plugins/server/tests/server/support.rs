//! Agents that listen, and a client.

use galatea::{
    prelude::*,
    route::StatusCode,
    testing::{TestAgent, TestAgentBuilder},
};
use galatea_server::{Access, Directory, HttpServer, Part, Scope, Server};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// Answers over HTTP, in two ways.
#[plugin("porch", requires(Server))]
pub struct Porch;

/// Mounts what it answers outside of the routes.
#[on_load(plugin = Porch)]
async fn mount(server: Service<HttpServer>) -> Result<(), galatea_server::MountError> {
    server.mount(PORCH)
}

/// Names the agents of who may chat.
pub const PORCH: Part = Part { at: "/porch", about: "A porch.", router, openapi: None, errors: None };

fn router(directory: Directory) -> axum::Router {
    use axum::routing::get;
    let names = |access: Access| async move {
        let agents = access.agents(&directory, galatea::memory::Role::Member, Scope::Chat)?;
        let names: Vec<String> = agents.iter().map(|agent| agent.character().name.clone()).collect();
        Ok::<_, RouteError>(galatea::route::Json(json!({ "names": names, "by": access.name() })))
    };
    axum::Router::new().route("/names", get(names)).route("/", get(|| async { "the porch" }))
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

/// Where an agent listens.
pub fn url(agent: &TestAgent) -> String {
    agent.service::<HttpServer>().unwrap().url().unwrap()
}

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
