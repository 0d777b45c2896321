//! SQLite and PostgreSQL do what every store must do, survive kills, and say clearly what is wrong with a file or server.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(missing_docs, unreachable_pub, reason = "the plugins here are for these tests only")]
#![allow(clippy::print_stdout, reason = "the killed process tells what it wrote")]

mod approval;
mod crash;
mod damage;
mod database;
mod fabric;
mod full;
mod kill;
mod migrations;
mod postgres;
mod replay;
mod search;
mod shared;
mod sharing;
mod tasks;
mod together;
mod upkeep;

use galatea::{
    character::{Document, check},
    diagnostic::{Report, Source, render_all},
    memory::{Content, Memory, MemoryKind},
    registry::Registry,
    store::{Store, StoredRun},
    testing::store::{AGENT, reopen_suite, suite},
};
use galatea_sql::{Durability, Settings, SqliteStore};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use uuid::Uuid;

fn at(file: &Path) -> Settings {
    Settings { url: format!("sqlite://{}", file.display()), ..Settings::default() }
}

async fn open(settings: &Settings) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(settings, AGENT).await.unwrap())
}

const ROOM: Uuid = Uuid::from_u128(0x4001);

fn message(id: Uuid) -> Memory {
    Memory {
        id,
        kind: MemoryKind::Message,
        agent: AGENT,
        entity: Uuid::from_u128(0xE001),
        room: ROOM,
        world: None,
        at: Timestamp::now(),
        sequence: 0,
        content: Content::text("How is the weather in the mountains today, and will it rain tomorrow?"),
        metadata: Value::Null,
    }
}

fn run(id: Uuid, message: Uuid, status: &str) -> StoredRun {
    let record = json!({ "steps": [{ "action": "GET_WEATHER", "took-ms": 12 }], "status": status });
    StoredRun { id, room: ROOM, message, status: status.to_owned(), at: Timestamp::now(), record }
}

#[test]
fn a_password_in_the_address_is_warned_of() {
    let text = "name = \"Ada\"\n[plugins.sql]\nurl = \"postgres://ada:hush@db.example/x\"\n";
    let (document, _) = Document::parse(Source { path: "ada.toml".to_owned(), text: text.into() });
    let diagnostics = check(&Registry::linked().unwrap(), &document);
    let report = Report { source: document.source.clone(), diagnostics };
    let told = render_all(std::slice::from_ref(&report), false);
    assert!(!report.has_errors() && !told.contains("hush"), "{told}");
    for part in ["`plugins.sql.url` holds a password", "in the place of `url`", "`url-from = { env = "] {
        assert!(told.contains(part), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_behaves() {
    let folder = tempfile::tempdir().unwrap();
    for durability in [Durability::PowerLoss, Durability::Crash] {
        let next = AtomicUsize::new(0);
        let opened = || async {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let file = folder.path().join(format!("{durability:?} {number}.db"));
            open(&Settings { durability, ..at(&file) }).await
        };
        suite(opened).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_behaves() {
    let settings = Settings { url: "sqlite::memory:".to_owned(), ..Settings::default() };
    suite(|| open(&settings)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_still_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let settings = at(&folder.path().join("new/folders/agents.db"));
    reopen_suite(|| open(&settings)).await.unwrap();
}
