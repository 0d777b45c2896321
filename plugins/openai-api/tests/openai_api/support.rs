//! An agent behind the API, a model that answers by what it is told, and a client.

use async_trait::async_trait;
use galatea::{
    agent::Agent,
    model::{Purpose, Speaker, ToolCall, Usage},
    prelude::*,
    testing::{Asked, DoubleError, ModelDouble, RealModels, TestAgent, TestAgentBuilder},
};
use galatea_openai_api::OpenAiApi;
use galatea_server::{HttpServer, Server};
use reqwest::{Response, StatusCode};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Looks out of the window.
#[plugin("window")]
pub struct Window;

/// Looks out of the window.
#[action(plugin = Window)]
async fn look() -> &'static str {
    "rain"
}

/// As many letters as there are, and two numbers that stay.
#[model(TextEmbedding, plugin = Window)]
async fn measure(request: Request) -> Result<ModelAnswer, ModelError> {
    let vector = |text: &str| vec![text.chars().count() as f32, 0.5, -1.0];
    Ok(ModelAnswer::of_vectors(request.texts().map(vector).collect()))
}

/// Echoes, looks, fails or hangs, as it is told.
#[derive(Debug)]
pub struct Model;

#[async_trait]
impl ModelDouble for Model {
    async fn answer(&self, asked: &Asked, _real: &RealModels) -> Result<ModelAnswer, DoubleError> {
        if !matches!(asked.request.purpose, Purpose::Decide | Purpose::Reply) {
            return Ok(ModelAnswer::text(r#"{"facts": [], "relationships": []}"#));
        }
        let said = asked.request.last_user_text();
        let has_looked = asked.request.lines.last().is_some_and(|line| line.speaker == Speaker::Tool);
        let usage = Usage { cached: 4, reasoning: 1, ..Usage::new(10, 5) };
        if said.contains("weather") && !has_looked {
            asked.sink.send("Let me look. ").await;
            asked.sink.send("One moment.").await;
            let call = ToolCall { id: "call-1".to_owned(), name: "LOOK".to_owned(), arguments: Map::new() };
            let text = "Let me look. One moment.".to_owned();
            return Ok(ModelAnswer { text, calls: vec![call], usage, ..ModelAnswer::default() });
        }
        if said.contains("stammer")
            && !asked.request.lines.iter().any(|line| line.text.contains("Your last message"))
        {
            asked.sink.send("Er, it").await;
            let problem = Some("cannot be understood.".to_owned());
            return Ok(ModelAnswer { problem, usage, ..ModelAnswer::text("Er, it") });
        }
        let answer = match said {
            said if said.contains("stammer") || said.contains("Your last message") => "It rains.".to_owned(),
            said if said.contains("weather") => "It rains.".to_owned(),
            said if said.contains("fail") => {
                return Err(ModelError::Rejected("the model is out of ideas".to_owned()).into());
            }
            said if said.contains("hang") => return std::future::pending().await,
            said => format!("You said: {said}"),
        };
        let mut pieces = answer.split_inclusive(' ').peekable();
        while let Some(piece) = pieces.next() {
            asked.sink.send(piece).await;
            if pieces.peek().is_some() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        Ok(ModelAnswer { usage, ..ModelAnswer::text(answer) })
    }
}

/// An agent behind the API on a free port.
pub fn agent(name: &str) -> TestAgentBuilder {
    TestAgent::with::<OpenAiApi>()
        .plugin::<Window>()
        .named(name)
        .config::<Server>(json!({ "address": "127.0.0.1:0" }))
        .model(Model)
        .listens()
}

/// Ada behind the API, and who calls her.
pub async fn ada() -> (TestAgent, Client) {
    let agent = agent("Ada").start().await.unwrap();
    let client = Client::of(&agent);
    (agent, client)
}

/// The conversation that the model was asked about last: who, and what.
pub fn lines(agent: &TestAgent) -> Vec<String> {
    let asked = agent.requests();
    let asked = asked.iter().rev().find(|asked| asked.request.purpose == Purpose::Decide).unwrap();
    let line = |line: &galatea::model::Line| format!("{}: {}", line.name, line.text);
    asked.request.lines.iter().map(line).collect()
}

/// What the providers told at the last question.
pub fn context(agent: &TestAgent) -> String {
    agent.requests().last().unwrap().request.context.clone()
}

/// Calls the API.
#[derive(Clone)]
pub struct Client {
    pub base: String,
    http: reqwest::Client,
}

impl Client {
    pub fn of(agent: &Agent) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let base = agent.service::<HttpServer>().unwrap().url().unwrap();
        Self { base, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Response {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}/v1{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        request.send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        said(self.send("GET", path, None, &[]).await).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        said(self.send("POST", path, Some(&body), &[]).await).await
    }

    /// What Ada answers in a chat.
    pub async fn chat(&self, body: Value) -> String {
        let mut whole = json!({ "model": "ada" });
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let (status, answer) = self.post("/chat/completions", whole).await;
        assert_eq!(status, 200, "{answer}");
        answer["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    }

    /// The events of a stream: name and data.
    pub async fn stream(&self, path: &str, body: Value) -> Vec<(String, Value)> {
        let response = self.send("POST", path, Some(&body), &[]).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        events(&response.text().await.unwrap())
    }
}

async fn said(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn events(text: &str) -> Vec<(String, Value)> {
    let field = |block: &str, name: &str| {
        let found = block.lines().find_map(|line| line.strip_prefix(name));
        found.map(|value| value.trim().to_owned())
    };
    let event = |block: &str| {
        let data = field(block, "data:")?;
        let data = serde_json::from_str(&data).unwrap_or(Value::String(data));
        Some((field(block, "event:").unwrap_or_default(), data))
    };
    text.split("\n\n").filter_map(event).collect()
}

/// A message of a chat.
pub fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}

/// What a model is said to have answered.
pub fn assistant(text: &str) -> Value {
    json!({ "role": "assistant", "content": text })
}
