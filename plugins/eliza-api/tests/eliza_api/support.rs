//! An agent behind the routes, and a client.

use galatea::{
    agent::Agent,
    testing::{Script, TestAgent, TestAgentBuilder},
};
use galatea_eliza_api::ElizaApi;
use galatea_server::{HttpServer, Server};
use reqwest::Response;
use serde_json::{Value, json};

/// Somebody, as clients make them up.
pub const USER: &str = "11111111-2222-4333-8444-555555555555";

/// An agent behind the routes that says `Yes.` to everything.
pub fn agent(name: &str) -> TestAgentBuilder {
    TestAgent::with::<ElizaApi>()
        .named(name)
        .config::<Server>(json!({ "address": "127.0.0.1:0" }))
        .model(Script::new().says("Yes.").forever())
        .listens()
}

/// Calls the routes.
#[derive(Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
}

impl Client {
    pub fn of(agent: &Agent) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let base = agent.service::<HttpServer>().unwrap().url().unwrap();
        Self { base, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}/api{path}", self.base));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        request.send().await.unwrap()
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let response = self.send(method, path, body.as_ref()).await;
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// What is answered where all goes well.
    pub async fn fine(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// A new session with the agent.
    pub async fn session(&self, agent: &Agent, more: Value) -> String {
        let mut body = json!({ "agentId": agent.id(), "userId": USER });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.fine("POST", "/messaging/sessions", Some(body)).await;
        made["sessionId"].as_str().unwrap().to_owned()
    }
}
