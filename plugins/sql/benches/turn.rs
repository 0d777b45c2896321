//! A whole turn whose every write is on disk: `cargo bench -p galatea-sql --bench turn`.
//!
//! Figures and what they mean are in docs/benchmarks.md.
#![allow(missing_docs, clippy::unwrap_used, reason = "a failed assumption ends the bench")]

#[path = "../../../engine/benches/support/mod.rs"]
mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use galatea::{
    agent::{Agent, StartOptions},
    definition::{Plugin, Submission},
    registry::Registry,
};
use std::time::Duration;
use support::{actions, model, plan, plugin, providers, turn};
use tokio::runtime::Runtime;

/// The agent of the bench in memory, with an SQLite file below it.
async fn agent(folder: &std::path::Path) -> Agent {
    let linked = Registry::linked().unwrap();
    let storage = linked.get(galatea_sql::Sql::NAME).unwrap().storage.unwrap();
    let sql = [Submission::Plugin(galatea_sql::Sql::DEF), Submission::Storage(storage)];
    let parts =
        [plugin("bench", &[]), model()].into_iter().chain(sql).chain(providers(10)).chain(actions(10));
    let registry = Registry::new(parts).unwrap();
    let more = format!("[plugins.sql]\nurl = \"sqlite://{}\"\n", folder.join("bench.db").display());
    Agent::start(plan(&registry, &more), &registry, StartOptions::default()).await.unwrap()
}

fn whole_turn(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let agent = runtime.block_on(agent(folder.path()));
    let mut group = c.benchmark_group("turn-on-sqlite");
    group.sample_size(20);
    group.throughput(Throughput::Elements(1));
    group.bench_function("sequential", |b| b.to_async(&runtime).iter(|| turn(&agent, "one", "hello")));
    group.throughput(Throughput::Elements(32));
    let rooms: Vec<String> = (0..32).map(|i| format!("room {i}")).collect();
    group.bench_function("32 rooms", |b| {
        b.to_async(&runtime).iter(|| join_all(rooms.iter().map(|room| turn(&agent, room, "hello"))));
    });
    group.finish();
    runtime.block_on(agent.stop());
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    targets = whole_turn
}
criterion_main!(benches);
