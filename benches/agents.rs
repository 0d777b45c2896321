//! Many agents of one character in one process: memory and start time of each, and a turn of every one.
//!
//! `cargo bench --bench agents`, or with the numbers of agents: `cargo bench --bench agents -- 1 100`; figures and what they mean are in docs/benchmarks.md.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed assumption ends the bench; it prints"
)]

use galatea::{
    agent::{Agent, Incoming, StartOptions},
    character::Document,
    diagnostic::Source,
    plan::Plan,
    registry::Registry,
    text::id::stable_id,
};
use galatea_bundle as _;
use std::{sync::Arc, time::Instant};

/// Every default plugin but the storage: the agents remember in memory.
const CHARACTER: &str = "\
name = \"Crowd\"
bio = [\"One of many.\"]
[plugins.bootstrap]
[plugins.offline]
[plugins.http]
[plugins.weather]
[grants.weather]
network = [\"api.open-meteo.com\", \"geocoding-api.open-meteo.com\"]
";

/// The memory of this process that is in use, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or_default()
        * 1024
}

async fn start(plan: &Arc<Plan>, registry: &Registry, count: usize) -> Vec<Agent> {
    let mut agents = Vec::with_capacity(count);
    for i in 0..count {
        let id = Some(stable_id(&format!("agent {i}")));
        let options = StartOptions { id, ..StartOptions::default() };
        agents.push(Agent::start(Arc::clone(plan), registry, options).await.unwrap());
    }
    agents
}

#[tokio::main]
async fn main() {
    let registry = Registry::linked().unwrap();
    let (document, _) = Document::parse(Source { path: "crowd.toml".to_owned(), text: CHARACTER.into() });
    let plan = Arc::new(Plan::of(&registry, &document).unwrap());
    // What is made once, whatever the number of agents.
    let first = start(&plan, &registry, 1).await;
    say(&first).await;
    println!(
        "{:>7} {:>14} {:>16} {:>14} {:>20}",
        "agents", "start each", "memory each", "turn each", "memory after turns"
    );
    let wanted: Vec<usize> = std::env::args().filter_map(|count| count.parse().ok()).collect();
    for count in if wanted.is_empty() { vec![1, 100, 1000, 10_000] } else { wanted } {
        let before = resident();
        let begun = Instant::now();
        let agents = start(&plan, &registry, count).await;
        let started = begun.elapsed();
        let idle = resident().saturating_sub(before);
        let begun = Instant::now();
        say(&agents).await;
        let talked = begun.elapsed();
        let after = resident().saturating_sub(before);
        let each = |bytes: u64| format!("{:.1} kB", bytes as f64 / 1000.0 / count as f64);
        let time = |time: std::time::Duration| format!("{:.1} µs", time.as_secs_f64() * 1e6 / count as f64);
        println!(
            "{count:>7} {:>14} {:>16} {:>14} {:>20}",
            time(started),
            each(idle),
            time(talked),
            each(after)
        );
        for agent in agents {
            agent.stop().await;
        }
    }
}

async fn say(agents: &[Agent]) {
    for agent in agents {
        let handle =
            agent.send(Incoming::direct("bench", "room", "sam", "Hello, who are you?")).await.unwrap();
        assert_eq!(handle.finish().await.0.len(), 1);
    }
}
