//! Many who write at once share a transaction, and nobody notices but the clock.

use super::{at, message, open, run};
use galatea::{
    memory::{Content, Memory},
    store::{MemoryQuery, StoreError},
};
use sqlx::{Connection, SqliteConnection};
use std::{collections::BTreeSet, path::Path};
use uuid::Uuid;

async fn raw(file: &Path, sql: &'static str) {
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn poison() -> Memory {
    Memory { content: Content::text("poison"), ..message(Uuid::new_v4()) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_fails_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    open(&at(&file)).await.close().await.unwrap();
    let trigger = "CREATE TRIGGER no_poison BEFORE INSERT ON memories WHEN new.search = 'poison'
        BEGIN SELECT raise(ABORT, 'that is poison'); END";
    raw(&file, trigger).await;
    let store = open(&at(&file)).await;

    // Alone or in a batch, with the failing one at its end: the other half of that batch must go too.
    let writers: Vec<_> = (0..200)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let good = message(Uuid::from_u128(1 + number));
                let batch = match number % 4 {
                    0 => vec![good],
                    1 => vec![good, message(Uuid::from_u128(1_000 + number))],
                    2 => vec![good, poison()],
                    _ => vec![poison()],
                };
                (number % 4, batch[0].id, store.add_memories(&batch).await)
            })
        })
        .collect();
    let mut kept = BTreeSet::new();
    for writer in writers {
        match writer.await.unwrap() {
            (0 | 1, id, answer) => {
                answer.unwrap();
                kept.insert(id);
            }
            (_, _, answer) => {
                let StoreError::Failed(told) = answer.unwrap_err() else { panic!("not a failure") };
                assert!(told.contains("that is poison") && told.contains("a.db`"), "{told}");
            }
        }
    }
    let all = MemoryQuery { limit: 1_000, ..MemoryQuery::default() };
    let found = store.memories(&all).await.unwrap();
    assert_eq!(found.len(), 50 + 100);
    assert!(kept.iter().all(|id| found.iter().any(|memory| memory.id == *id)));
    let sequences: Vec<i64> = found.iter().map(|memory| memory.sequence).collect();
    assert_eq!(sequences, (1..=150).collect::<Vec<i64>>(), "a number was lost with a failed write");
}

/// Whoever was answered is in the file, whoever gave up is there wholly or not at all, and no lock is left behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_give_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let store = open(&at(&file)).await;
    let writers: Vec<_> = (0..300_u64)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let question = message(Uuid::new_v4());
                let run = run(Uuid::new_v4(), question.id, "completed");
                let answers = [question, message(Uuid::new_v4())];
                let write = store.put_run(&run, &answers);
                let patience = std::time::Duration::from_micros(number % 40 * 100);
                matches!(tokio::time::timeout(patience, write).await, Ok(Ok(()))).then_some(run.id)
            })
        })
        .collect();
    let mut answered = Vec::new();
    for writer in writers {
        answered.extend(writer.await.unwrap());
    }
    // Behind all others in the line.
    store.add_memories(&[message(Uuid::new_v4())]).await.unwrap();
    let runs = store.runs(None, 1_000).await.unwrap();
    assert!(answered.iter().all(|id| runs.iter().any(|run| run.id == *id)));
    let memories = store.count_memories(&MemoryQuery::default()).await.unwrap();
    assert_eq!(usize::try_from(memories).unwrap(), 2 * runs.len() + 1);
    raw(&file, "BEGIN EXCLUSIVE; COMMIT").await;
}

/// A runtime that ends in the middle of a write takes nobody with it who comes later on another one.
#[test]
fn another_runtime_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let first = tokio::runtime::Runtime::new().unwrap();
    let second = tokio::runtime::Runtime::new().unwrap();
    let store = second.block_on(open(&at(&file)));
    for _ in 0..50 {
        let store = store.clone();
        first.spawn(async move { store.add_memories(&[message(Uuid::new_v4())]).await });
    }
    std::thread::sleep(std::time::Duration::from_millis(3));
    first.shutdown_background();
    for _ in 0..20 {
        let mut last = Err(StoreError::Failed(String::new()));
        // Those that stood in line behind the runtime that ended are told, and may try again.
        for _ in 0..5 {
            last = second.block_on(store.add_memories(&[message(Uuid::new_v4())]));
            if last.is_ok() {
                break;
            }
        }
        last.unwrap();
    }
    let all = MemoryQuery { limit: 1_000, ..MemoryQuery::default() };
    let found = second.block_on(store.memories(&all)).unwrap();
    let sequences: Vec<i64> = found.iter().map(|memory| memory.sequence).collect();
    assert!(found.len() >= 20);
    assert_eq!(sequences, (1..).take(found.len()).collect::<Vec<i64>>());
}
