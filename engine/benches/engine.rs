//! What the engine costs and how the cost grows: `cargo bench -p galatea --bench engine`.
//!
//! Figures and what they mean are in docs/benchmarks.md.
#![allow(missing_docs, clippy::unwrap_used, reason = "a failed assumption ends the bench")]

mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use galatea::{
    agent::{Agent, StartOptions},
    event::MessageReceived,
    memory::{Content, Memory, MemoryKind},
    plan::{Options, Selected, resolve},
    registry::Registry,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use support::{actions, agent, listeners, model, plan, plugin, providers, stage, turn};
use tokio::runtime::Runtime;
use tracing_subscriber::{Layer, filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// The providers of a turn: the stage alone, inside real turns.
fn compose(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = c.benchmark_group("compose");
    for count in [10, 100, 1000] {
        let agent = runtime.block_on(agent(providers(count)));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter_custom(|times| runtime.block_on(stages(&agent, "hello", "compose", times)));
        });
    }
    group.finish();
}

/// The steps of a plan: the stage alone, inside real turns.
fn chain(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let agent = runtime.block_on(agent(actions(50)));
    let mut group = c.benchmark_group("chain");
    for count in [1, 10, 50] {
        group.throughput(Throughput::Elements(count));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            let text = format!("chain {count}");
            b.iter_custom(|times| runtime.block_on(stages(&agent, &text, "act", times)));
        });
    }
    group.finish();
}

async fn stages(agent: &Agent, text: &str, name: &str, times: u64) -> Duration {
    let mut total = Duration::ZERO;
    for i in 0..times {
        // A room of its own: the history must not grow with the number of measurements.
        total += stage(&*turn(agent, &i.to_string(), text).await, name);
    }
    total
}

fn emit(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = c.benchmark_group("emit");
    for count in [0, 1, 10, 100] {
        let agent = runtime.block_on(agent(listeners(count)));
        let message = Arc::new(message(&agent));
        group.throughput(Throughput::Elements(count.max(1) as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.to_async(&runtime).iter(|| agent.emit(MessageReceived { message: Arc::clone(&message) }));
        });
    }
    group.finish();
}

fn message(agent: &Agent) -> Memory {
    Memory {
        id: uuid::Uuid::now_v7(),
        kind: MemoryKind::Message,
        agent: agent.id(),
        entity: agent.id(),
        room: agent.id(),
        world: None,
        at: jiff::Timestamp::now(),
        sequence: 1,
        content: Content::text("hello"),
        metadata: serde_json::Value::Null,
    }
}

/// Load orders: a chain (each plugin needs the one before) and a random graph (each needs up to four earlier ones).
fn load_order(c: &mut Criterion) {
    for shape in ["chain", "random"] {
        let mut group = c.benchmark_group(format!("resolve-{shape}"));
        for count in [10, 100, 1000, 10_000] {
            let registry = Registry::new(graph(shape, count)).unwrap();
            let names: Vec<&str> = registry.names().collect();
            let selected: Vec<Selected<'_>> = names.iter().map(|name| Selected::new(name)).collect();
            group.throughput(Throughput::Elements(count as u64));
            group.sample_size(10);
            group.bench_function(BenchmarkId::from_parameter(count), |b| {
                b.iter(|| resolve(&registry, &selected, &Options::default()).unwrap().len());
            });
        }
        group.finish();
    }
}

fn graph(shape: &str, count: usize) -> Vec<galatea::definition::Submission> {
    let name = |i: usize| format!("p{i:05}");
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap()
    };
    (0..count)
        .map(|i| {
            let needs = match shape {
                "chain" => i.checked_sub(1).map(name).into_iter().collect(),
                _ if i == 0 => Vec::new(),
                _ => (0..below(5)).map(|_| name(below(i))).collect::<Vec<_>>(),
            };
            plugin(&name(i), &needs)
        })
        .collect()
}

/// An agent from plan to ready, and to its end.
fn start(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = c.benchmark_group("start");
    group.sample_size(10);
    for count in [1, 100, 1000] {
        let parts = graph("chain", count - 1).into_iter().chain([plugin("bench", &[]), model()]);
        let registry = Registry::new(parts).unwrap();
        let plan = plan(&registry, "");
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter_custom(|times| {
                runtime.block_on(async {
                    let mut total = Duration::ZERO;
                    for _ in 0..times {
                        let begun = Instant::now();
                        let agent = Agent::start(Arc::clone(&plan), &registry, StartOptions::default())
                            .await
                            .unwrap();
                        total += begun.elapsed();
                        agent.stop().await;
                    }
                    total
                })
            });
        });
    }
    group.finish();
}

/// A whole turn, from the message to the stored reply, with a model that answers at once and a store in memory.
fn whole_turn(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let agent = runtime.block_on(agent(providers(10).chain(actions(10))));
    let mut group = c.benchmark_group("turn-in-memory");
    group.throughput(Throughput::Elements(1));
    group.bench_function("sequential", |b| b.to_async(&runtime).iter(|| turn(&agent, "one", "hello")));
    group.throughput(Throughput::Elements(32));
    let rooms: Vec<String> = (0..32).map(|i| format!("room {i}")).collect();
    group.bench_function("32 rooms", |b| {
        b.to_async(&runtime).iter(|| join_all(rooms.iter().map(|room| turn(&agent, room, "hello"))));
    });
    group.finish();
}

/// The same turn while somebody watches: spans and log records from `info` on are made and kept. Last of all, because there is
/// no way back from it.
fn watched_turn(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let agent = runtime.block_on(agent(providers(10).chain(actions(10))));
    let mut group = c.benchmark_group("turn-watched");
    group.throughput(Throughput::Elements(1));
    group.bench_function("by nobody", |b| b.to_async(&runtime).iter(|| turn(&agent, "one", "hello")));
    let kept = galatea::telemetry::log_layer().with_filter(LevelFilter::INFO);
    tracing_subscriber::registry().with(kept).init();
    group.bench_function("by log records", |b| b.to_async(&runtime).iter(|| turn(&agent, "two", "hello")));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = compose, chain, emit, load_order, start, whole_turn, watched_turn
}
criterion_main!(benches);
