//! Agents that use servers, and what is waited for.

use galatea::testing::{TestAgent, TestAgentBuilder};
use galatea_mcp::{Mcp, McpServers, Standing};
use serde_json::{Value, json};
use std::time::Duration;

/// An agent that uses these servers.
pub fn agent(servers: Value) -> TestAgentBuilder {
    TestAgent::with::<Mcp>().config::<Mcp>(json!({ "servers": servers, "wait": "15s" }))
}

/// The actions whose names begin so, sorted.
pub fn actions(agent: &TestAgent, prefix: &str) -> Vec<String> {
    let parts = agent.parts();
    let names = parts.actions.iter().map(|action| action.def.name.to_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort();
    names
}

/// How the first server stands.
pub fn standing(agent: &TestAgent) -> Standing {
    agent.service::<McpServers>().unwrap().connections()[0].standing()
}

/// Waits until something is so.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: not within 30 s");
}
