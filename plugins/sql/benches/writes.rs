//! Writes a second with 1, 8 and 64 writers, each of which waits for the disk, beside what plain sqlx does with the
//! same table: `cargo bench -p galatea-sql --bench writes`.
//!
//! Figures and what they mean are in docs/benchmarks.md.
#![allow(missing_docs, clippy::unwrap_used, reason = "a failed assumption ends the bench")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use galatea::{
    memory::{Content, Memory, MemoryKind},
    store::{MemoryStore as _, Store as _},
};
use galatea_sql::{Settings, SqliteStore};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use tokio::runtime::Runtime;
use uuid::Uuid;

const WRITERS: [usize; 3] = [1, 8, 64];
const TEXT: &str = "How is the weather in the mountains today, and will it rain tomorrow?";
const AGENT: Uuid = Uuid::from_u128(0xA6E7);

fn message(writer: usize) -> Memory {
    Memory {
        id: Uuid::now_v7(),
        kind: MemoryKind::Message,
        agent: AGENT,
        entity: Uuid::from_u128(0xE001),
        room: Uuid::from_u128(writer as u128),
        world: None,
        at: Timestamp::now(),
        sequence: 0,
        content: Content::text(TEXT),
        metadata: Value::Null,
    }
}

/// A table of the same shape without what makes it a storage, written by one connection: what sqlx can do.
async fn plain(file: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let table = "CREATE TABLE memories (id BLOB PRIMARY KEY, room BLOB, at TEXT, content TEXT)";
    sqlx::raw_sql(table).execute(&pool).await.unwrap();
    pool
}

async fn insert(pool: &SqlitePool, writer: usize) {
    let memory = message(writer);
    sqlx::query("INSERT INTO memories (id, room, at, content) VALUES (?1, ?2, ?3, ?4)")
        .bind(memory.id.as_bytes().to_vec())
        .bind(memory.room.as_bytes().to_vec())
        .bind(memory.at.to_string())
        .bind(serde_json::to_string(&memory.content).unwrap())
        .execute(pool)
        .await
        .unwrap();
}

fn writes(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pool = runtime.block_on(plain(&folder.path().join("plain.db")));
    let settings = Settings {
        url: format!("sqlite://{}", folder.path().join("store.db").display()),
        ..Settings::default()
    };
    let store = runtime.block_on(SqliteStore::open(&settings, AGENT)).unwrap();
    let mut group = c.benchmark_group("writes-on-sqlite");
    group.sample_size(20);
    for writers in WRITERS {
        group.throughput(Throughput::Elements(writers as u64));
        group.bench_with_input(BenchmarkId::new("plain sqlx", writers), &writers, |b, &writers| {
            b.to_async(&runtime).iter(|| join_all((0..writers).map(|writer| insert(&pool, writer))));
        });
        group.bench_with_input(BenchmarkId::new("store", writers), &writers, |b, &writers| {
            let add = |writer| {
                let store = &store;
                async move { store.add_memories(&[message(writer)]).await.unwrap() }
            };
            b.to_async(&runtime).iter(|| join_all((0..writers).map(add)));
        });
    }
    group.finish();
    runtime.block_on(store.close()).unwrap();
    runtime.block_on(pool.close());
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    targets = writes
}
criterion_main!(benches);
