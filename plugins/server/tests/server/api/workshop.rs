//! An agent with something of everything, and readers of what it says.

pub use super::super::support::{Client, said};

use galatea::{
    memory::Role,
    prelude::*,
    testing::{Script, TestAgent, TestAgentBuilder},
    token::{Wanted, issue},
};
use galatea_server::Server;
use reqwest::{Method, RequestBuilder, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::VecDeque, time::Duration};

/// Pays, and has a config.
#[plugin("workshop", requires(Server), config = Tools)]
pub struct Workshop;

/// How it works.
#[config]
#[allow(dead_code, reason = "only its schema is looked at")]
#[derive(Debug)]
pub struct Tools {
    /// In what it counts.
    #[serde(default)]
    pub units: Units,
    /// How many there are.
    #[serde(default)]
    #[schemars(range(max = 9))]
    pub amount: u32,
    /// Opens the door.
    #[serde(default)]
    pub key: Option<Secret>,
    /// What lies inside.
    #[serde(default)]
    pub drawers: Vec<Drawer>,
}

/// A drawer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drawer {
    /// How wide it is.
    pub width: u32,
}

/// Units.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Units {
    /// Metres.
    #[default]
    Metric,
    /// Feet.
    Imperial,
}

/// What is paid.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Sum {
    /// How much.
    pub amount: u32,
}

/// Pays something.
#[action(plugin = Workshop, approval(by = "admin", expires = "1h"), example(user = "Pay 3", agent = "I'll pay."))]
async fn pay(Args(Sum { amount }): Args<Sum>) -> String {
    format!("paid {amount}")
}

/// Sweeps the floor.
#[task(plugin = Workshop, every = "1d")]
async fn sweep() {}

/// The agent, which listens on a free port of this machine.
pub fn workshop(script: Script) -> TestAgentBuilder {
    TestAgent::with::<Workshop>()
        .named("Ada Lovelace")
        .config::<Server>(json!({ "address": "127.0.0.1:0" }))
        .model(script)
        .listens()
}

/// A script that answers everything alike.
pub fn says(text: &str) -> Script {
    let pieces: Vec<&str> = text.split_inclusive(' ').collect();
    Script::new().streams(pieces).forever()
}

/// The base of the resources.
pub const ADA: &str = "/api/v1/agents/ada-lovelace";

impl Client {
    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        code(said(self.request(Method::POST, &format!("{ADA}{path}")).json(&body)).await)
    }

    pub async fn ask(&self, method: Method, path: &str) -> (u16, Value) {
        code(said(self.request(method, &format!("{ADA}{path}"))).await)
    }

    pub async fn read(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

pub fn code((status, body): (galatea::route::StatusCode, Value)) -> (u16, Value) {
    (status.as_u16(), body)
}

/// The status and the code of an error.
pub fn refusal((status, body): (u16, Value)) -> (u16, String) {
    let code = body["error"]["code"].as_str().unwrap_or_else(|| panic!("no error: {status} {body}"));
    assert!(!body["error"]["message"].as_str().unwrap().is_empty());
    (status, code.to_owned())
}

/// Makes a token.
pub async fn token(agent: &TestAgent, name: &str, role: Role) -> String {
    let wanted = Wanted { name: name.to_owned(), role, scopes: None, expires: None };
    let (token, text) = issue(agent.id(), wanted, agent.clock().now()).unwrap();
    assert!(agent.store().add_token(&token).await.unwrap());
    text.to_string()
}

/// One server-sent event.
#[derive(Clone, Debug, PartialEq)]
pub struct Sse {
    pub name: String,
    pub id: Option<String>,
    pub data: Value,
}

/// Reads server-sent events as they come.
pub struct Reader {
    response: Response,
    text: String,
    ready: VecDeque<Sse>,
    pub comments: usize,
}

impl Reader {
    pub async fn open(request: RequestBuilder) -> Self {
        let response = request.header("accept", "text/event-stream").send().await.unwrap();
        assert_eq!(response.status(), 200, "{:?}", response.text().await);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new(), ready: VecDeque::new(), comments: 0 }
    }

    /// The next event; `None` at the end.
    pub async fn next(&mut self) -> Option<Sse> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk());
            let chunk = chunk.await.expect("nothing came for 20 s").unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            while let Some(at) = self.text.find("\n\n") {
                let block: String = self.text.drain(..at + 2).collect();
                self.take(&block);
            }
        }
    }

    fn take(&mut self, block: &str) {
        let (mut name, mut id, mut data) = (String::new(), None, String::new());
        for line in block.lines() {
            match line.split_once(':') {
                Some(("", _)) => self.comments += 1,
                Some(("event", value)) => name = value.trim().to_owned(),
                Some(("id", value)) => id = Some(value.trim().to_owned()),
                Some(("data", value)) => data.push_str(value.strip_prefix(' ').unwrap_or(value)),
                _ => {}
            }
        }
        if !name.is_empty() {
            self.ready.push_back(Sse { name, id, data: serde_json::from_str(&data).unwrap() });
        }
    }

    pub async fn rest(mut self) -> Vec<Sse> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await {
            all.push(event);
        }
        all
    }
}

/// The names of events, `text` once where several follow one another.
pub fn names(events: &[Sse]) -> Vec<&str> {
    let mut names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    names.dedup();
    names
}
