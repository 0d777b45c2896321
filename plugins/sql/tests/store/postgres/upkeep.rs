//! What is found to be wrong, erased text, copies, and messages whose turns are gone.

use super::{Settings, at, change, fresh, open, raw};
use crate::{message, run};
use galatea::{
    memory::{Content, Memory},
    store::{Limit, Limits, Store},
};
use galatea_sql_testkit::Postgres;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{path::Path, sync::Arc};
use uuid::Uuid;

/// A text that cannot be compressed into the row.
fn long(words: &str) -> String {
    (0..200).map(|_| format!("{words} {} ", Uuid::new_v4())).collect()
}

/// Where a table's large values are found.
fn index_of_large_values(table: &str) -> String {
    format!(
        "(SELECT indexrelid FROM pg_index JOIN pg_class ON indrelid = reltoastrelid
          WHERE pg_class.oid = '{table}'::regclass)"
    )
}

/// What `check` says, once `amcheck` is there and before.
async fn check(settings: &Settings, store: &Arc<dyn Store>, compared: bool) -> Vec<String> {
    if compared {
        change(settings, "CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA public").await;
    }
    store.check().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_found() {
    let settings = fresh().await;
    let store = open(&settings).await;
    let text = Memory { content: Content::text(long("pelican")), ..message(Uuid::from_u128(1)) };
    store.add_memories(&[text]).await.unwrap();
    for compared in [false, true] {
        assert!(check(&settings, &store, compared).await.is_empty(), "{compared}");
    }
    // An index that lacks a row, as it is left by a crash or a changed collation: only a comparison finds it.
    change(
        &settings,
        "UPDATE pg_index SET indisready = false WHERE indexrelid = 'galatea.memories_by_kind'::regclass",
    )
    .await;
    let found = store.check().await.unwrap().join("\n");
    assert!(found.contains("`memories_by_kind` is not complete: `REINDEX INDEX"), "{found}");
    let again = at(settings.url.clone());
    let other = open(&Settings { connect_wait_ms: 9_999, ..again }).await;
    other.add_memories(&[message(Uuid::from_u128(2))]).await.unwrap();
    change(
        &settings,
        "UPDATE pg_index SET indisready = true WHERE indexrelid = 'galatea.memories_by_kind'::regclass",
    )
    .await;
    let found = store.check().await.unwrap().join("\n");
    assert!(found.contains("lacks matching index tuple") && found.contains("memories_by_kind"), "{found}");
    change(&settings, "REINDEX INDEX galatea.memories_by_kind").await;
    assert!(store.check().await.unwrap().is_empty());
    // A large value that is no longer found: also found without the extension.
    let (of_memories, of_rooms) = ("galatea.memories", "galatea.rooms");
    change(
        &settings,
        &format!(
            "UPDATE pg_class SET relfilenode = (SELECT relfilenode FROM pg_class WHERE oid = {}) WHERE oid = {}",
            index_of_large_values(of_rooms),
            index_of_large_values(of_memories)
        ),
    )
    .await;
    for compared in [true, false] {
        if !compared {
            change(&settings, "DROP EXTENSION amcheck").await;
        }
        let found = store.check().await.unwrap();
        assert!(!found.is_empty() && found.iter().any(|why| why.contains("toast value")), "{found:?}");
    }
}

/// How many files of the schema, with indexes and large values, hold a text.
async fn files_with(connection: &mut PgConnection, text: &str) -> i64 {
    let files = "WITH tables AS (
            SELECT oid, reltoastrelid FROM pg_class WHERE relnamespace = 'galatea'::regnamespace AND relkind = 'r'
        ), heaps AS (
            SELECT oid FROM tables UNION SELECT reltoastrelid FROM tables WHERE reltoastrelid <> 0
        ), files AS (
            SELECT oid FROM heaps UNION SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM heaps)
        )
        SELECT count(*) FROM files
        WHERE position(convert_to($1, 'UTF8') IN pg_read_binary_file(pg_relation_filepath(oid))) > 0";
    sqlx::raw_sql("CHECKPOINT").execute(&mut *connection).await.unwrap();
    sqlx::query_scalar(files).bind(text).fetch_one(connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erased_text_is_in_no_file() {
    // A server of its own: its files are read, and another test's long snapshot would be waited for.
    let server = Postgres::start().await.unwrap();
    let settings = at(server.database().await.unwrap());
    let store = open(&settings).await;
    let mut connection = raw(&settings).await;
    let says = |text: &str| Memory { content: Content::text(text), ..message(Uuid::new_v4()) };
    let (old, new, large) =
        (says("pelican-of-old"), says("pelican-of-today"), says(&long("pelican-at-length")));
    let other = Memory { entity: Uuid::from_u128(0xE002), ..says("heron-stays") };
    store.add_memories(&[old.clone(), new, large, other]).await.unwrap();
    store.delete_memories(&[old.id]).await.unwrap();
    assert!(files_with(&mut connection, "pelican").await > 0);
    // Somebody still reads what was there before: until then nothing can be promised.
    let mut reader = raw(&settings).await;
    let mut view = reader.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
    sqlx::query("SELECT count(*) FROM pg_class").fetch_all(&mut *view).await.unwrap();
    let told = store.erase(Uuid::from_u128(0xE001)).await.unwrap_err().to_string();
    assert!(told.contains("are deleted, but") && told.contains("Erase again"), "{told}");
    view.rollback().await.unwrap();

    assert_eq!(store.erase(Uuid::from_u128(0xE001)).await.unwrap().memories, 0, "they are deleted already");
    assert_eq!(files_with(&mut connection, "pelican").await, 0, "erased text is in a file");
    assert!(files_with(&mut connection, "heron").await > 0);
    assert!(store.check().await.unwrap().is_empty());
    store.add_memories(&[message(Uuid::new_v4())]).await.unwrap();
    drop((connection, reader));
    store.close().await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_are_for_the_tools_of_the_server() {
    let settings = fresh().await;
    let store = open(&settings).await;
    let status = store.status().await.unwrap();
    assert!(status.bytes.is_some_and(|bytes| bytes > 100_000) && status.free_bytes.is_none(), "{status:?}");
    let told = store.back_up(Path::new("monday.dump")).await.unwrap_err().to_string();
    let wanted = "`pg_dump --format=custom --schema=galatea --file=monday.dump URL`";
    assert!(told.contains(wanted) && !told.contains("postgres://"), "{told}");
}

/// A message whose `waiting` was left true, as a crowd may leave it, is not taken up when its run is swept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_stays_answered() {
    let settings = fresh().await;
    let store = open(&settings).await;
    let said = message(Uuid::from_u128(1));
    store.add_memories(std::slice::from_ref(&said)).await.unwrap();
    store.put_run(&run(Uuid::from_u128(2), said.id, "completed"), &[]).await.unwrap();
    let left = "UPDATE galatea.memories SET waiting = true";
    sqlx::raw_sql(AssertSqlSafe(left)).execute(&mut raw(&settings).await).await.unwrap();
    assert!(store.unfinished().await.unwrap().is_empty());
    let all = Limit { before: Some(jiff::Timestamp::MAX), bytes: None };
    assert_eq!(store.sweep(&Limits { runs: all, ..Limits::default() }).await.unwrap().runs, 1);
    assert!(store.unfinished().await.unwrap().is_empty());
}
