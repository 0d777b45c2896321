//! Writes a second with 1, 8 and 64 writers, each of which waits for the disk, beside what plain sqlx does with the
//! same table: `cargo bench -p galatea-sql --bench writes`.
//!
//! Figures and what they mean are in docs/benchmarks.md.
#![allow(missing_docs, clippy::unwrap_used, reason = "a failed assumption ends the bench")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use galatea::{
    memory::{Content, Memory, MemoryKind},
    store::Store,
};
use galatea_sql::{Settings, open};
use galatea_sql_testkit::Postgres;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{
    PgPool, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, sync::Arc, time::Duration};
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

/// A table of the same shape without what makes it a storage: what sqlx can do.
#[derive(Clone)]
enum Plain {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Plain {
    /// One connection that writes: more of them fail on SQLite's lock.
    async fn sqlite(file: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        let table = "CREATE TABLE memories (id BLOB PRIMARY KEY, room BLOB, at TEXT, content TEXT)";
        sqlx::raw_sql(table).execute(&pool).await.unwrap();
        Self::Sqlite(pool)
    }

    /// As many connections as the storage has.
    async fn postgres(url: &str) -> Self {
        let connections = Settings::default().connections;
        let pool = PgPoolOptions::new().max_connections(connections).connect(url).await.unwrap();
        let table = "CREATE TABLE memories (id uuid PRIMARY KEY, room uuid, at text, content jsonb)";
        sqlx::raw_sql(table).execute(&pool).await.unwrap();
        Self::Postgres(pool)
    }

    async fn insert(&self, writer: usize) {
        let memory = message(writer);
        let (at, content) = (memory.at.to_string(), serde_json::to_string(&memory.content).unwrap());
        match self {
            Self::Sqlite(pool) => {
                let insert = "INSERT INTO memories (id, room, at, content) VALUES (?1, ?2, ?3, ?4)";
                let insert = sqlx::query(insert).bind(memory.id.as_bytes().to_vec());
                let insert = insert.bind(memory.room.as_bytes().to_vec()).bind(at).bind(content);
                insert.execute(pool).await.unwrap();
            }
            Self::Postgres(pool) => {
                let insert = "INSERT INTO memories (id, room, at, content) VALUES ($1, $2, $3, $4::jsonb)";
                let insert = sqlx::query(insert).bind(memory.id).bind(memory.room).bind(at).bind(content);
                insert.execute(pool).await.unwrap();
            }
        }
    }
}

fn measure(c: &mut Criterion, runtime: &Runtime, name: &str, plain: &Plain, store: &Arc<dyn Store>) {
    let mut group = c.benchmark_group(format!("writes-on-{name}"));
    group.sample_size(20);
    for writers in WRITERS {
        group.throughput(Throughput::Elements(writers as u64));
        group.bench_with_input(BenchmarkId::new("plain sqlx", writers), &writers, |b, &writers| {
            b.to_async(runtime).iter(|| join_all((0..writers).map(|writer| plain.insert(writer))));
        });
        group.bench_with_input(BenchmarkId::new("store", writers), &writers, |b, &writers| {
            let add = |writer| async move { store.add_memories(&[message(writer)]).await.unwrap() };
            b.to_async(runtime).iter(|| join_all((0..writers).map(add)));
        });
    }
    group.finish();
    runtime.block_on(store.close()).unwrap();
}

fn on_sqlite(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plain = runtime.block_on(Plain::sqlite(&folder.path().join("plain.db")));
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let store = runtime.block_on(open(&Settings { url, ..Settings::default() }, AGENT)).unwrap();
    measure(c, &runtime, "sqlite", &plain, &store);
}

fn on_postgres(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (plain, url) = runtime.block_on(async {
        let server = Postgres::shared().await.unwrap();
        (Plain::postgres(&server.database().await.unwrap()).await, server.database().await.unwrap())
    });
    let store = runtime.block_on(open(&Settings { url, ..Settings::default() }, AGENT)).unwrap();
    measure(c, &runtime, "postgres", &plain, &store);
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    targets = on_sqlite, on_postgres
}
criterion_main!(benches);
