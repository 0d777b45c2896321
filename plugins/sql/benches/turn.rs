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
use galatea_sql_testkit::Postgres;
use std::time::Duration;
use support::{actions, model, plan, plugin, providers, turn};
use tokio::runtime::Runtime;

/// The agent of the bench in memory, with a database below it.
async fn agent(url: &str) -> Agent {
    let linked = Registry::linked().unwrap();
    let storage = linked.get(galatea_sql::Sql::NAME).unwrap().storage.unwrap();
    let sql = [Submission::Plugin(galatea_sql::Sql::DEF), Submission::Storage(storage)];
    let parts =
        [plugin("bench", &[]), model()].into_iter().chain(sql).chain(providers(10)).chain(actions(10));
    let registry = Registry::new(parts).unwrap();
    let more = format!("[plugins.sql]\nurl = \"{url}\"\n");
    Agent::start(plan(&registry, &more), &registry, StartOptions::default()).await.unwrap()
}

fn whole_turn(c: &mut Criterion, runtime: &Runtime, name: &str, url: &str) {
    let agent = runtime.block_on(agent(url));
    let mut group = c.benchmark_group(format!("turn-on-{name}"));
    group.sample_size(20);
    group.throughput(Throughput::Elements(1));
    group.bench_function("sequential", |b| b.to_async(runtime).iter(|| turn(&agent, "one", "hello")));
    group.throughput(Throughput::Elements(32));
    let rooms: Vec<String> = (0..32).map(|i| format!("room {i}")).collect();
    group.bench_function("32 rooms", |b| {
        b.to_async(runtime).iter(|| join_all(rooms.iter().map(|room| turn(&agent, room, "hello"))));
    });
    group.finish();
    runtime.block_on(agent.stop());
}

fn on_sqlite(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("bench.db").display());
    whole_turn(c, &Runtime::new().unwrap(), "sqlite", &url);
}

fn on_postgres(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let url = runtime.block_on(async { Postgres::shared().await.unwrap().database().await.unwrap() });
    whole_turn(c, &runtime, "postgres", &url);
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    targets = on_sqlite, on_postgres
}
criterion_main!(benches);
