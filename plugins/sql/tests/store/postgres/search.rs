//! Searches in a database: what other processes write, also at the same time, what was there before there were searches,
//! and what is erased.

use super::{AGENT, Settings, change, fresh, raw};
use crate::message;
use galatea::{
    memory::{Content, Memory, MemoryKind},
    store::{MemoryStore as _, NewVector, Scored, SearchFilter, SearchStore as _, Space, text_hash},
};
use galatea_sql::PostgresStore;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn fact(agent: Uuid, number: u128, text: &str) -> Memory {
    Memory { agent, kind: MemoryKind::Fact, content: Content::text(text), ..message(id(number)) }
}

fn numbers(found: &[Scored]) -> Vec<u128> {
    found.iter().map(|one| one.id.as_u128()).collect()
}

fn space() -> Space {
    Space { model: "m".to_owned(), dimension: 2 }
}

fn vector(number: u128, vector: [f32; 2]) -> NewVector {
    NewVector { memory: id(number), hash: text_hash("x"), vector: Some(vector.to_vec()) }
}

async fn by_word(store: &PostgresStore, word: &str) -> Vec<u128> {
    numbers(&store.search_words(word, &SearchFilter::default(), 10).await.unwrap())
}

async fn by_vector(store: &PostgresStore, vector: [f32; 2]) -> Vec<u128> {
    let all = SearchFilter::default();
    numbers(&store.search_vectors(&space(), &vector, &all, usize::MAX).await.unwrap())
}

async fn lacking(store: &PostgresStore) -> Vec<u128> {
    let lacking = store.lacking(&space(), None, 1_000).await.unwrap();
    lacking.iter().map(|one| one.id.as_u128()).collect()
}

async fn one(settings: &Settings, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut raw(settings).await).await.unwrap()
}

async fn in_schema(settings: &Settings, sql: &str) {
    change(settings, &format!("SET search_path TO {}; {sql}", settings.schema)).await;
}

#[tokio::test]
async fn memories_of_an_older_version_get_their_words_at_the_first_search() {
    let settings = fresh().await;
    let store = PostgresStore::open(&settings, AGENT).await.unwrap();
    let texts = ["a harbour", "the…harbour—Köln", "世界", "  "];
    for (text, number) in texts.iter().zip(1..) {
        store.add_memories(&[fact(AGENT, number, text)]).await.unwrap();
    }
    store.put_vectors(&space(), &[vector(1, [1.0, 0.0])]).await.unwrap();
    let before = "UPDATE memories SET words = NULL, wants_vector = NULL, added_by = 0";
    in_schema(&settings, &format!("{before}; UPDATE memories SET content = 'odd' WHERE id = '{}'", id(4)))
        .await;
    assert_eq!(lacking(&store).await, [3, 2]);
    in_schema(&settings, before).await;
    let mut found = by_word(&store, "harbour").await;
    found.sort_unstable();
    assert_eq!(found, [1, 2]);
    assert_eq!((by_word(&store, "köln").await, by_word(&store, "界").await), (vec![2], vec![3]));
    store.delete_memories(&[id(1)]).await.unwrap();
    assert_eq!(by_word(&store, "harbour").await, [2]);
}

#[tokio::test]
async fn nothing_is_left_of_what_is_deleted() {
    let settings = fresh().await;
    let store = PostgresStore::open(&settings, AGENT).await.unwrap();
    let facts: Vec<Memory> = (1..=3).map(|number| fact(AGENT, number, "the xylophonist of Bergen")).collect();
    store.add_memories(&facts).await.unwrap();
    store.put_vectors(&space(), &[1, 2, 3].map(|number| vector(number, [1.0, 0.0]))).await.unwrap();
    let rows = |table: &str| format!("SELECT count(*) FROM {}.{table}", settings.schema);
    assert_eq!(one(&settings, &rows("vectors")).await, 3);
    // The index has numbers in place of words, so that it keeps no text until the server tidies it.
    let indexed = "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%gin (words)%'";
    let kind =
        "SELECT count(*) FROM information_schema.columns WHERE column_name = 'words' AND udt_name = '_int8'";
    assert_eq!((one(&settings, indexed).await, one(&settings, kind).await), (1, 1));
    store.delete_memories(&[id(1), id(2), id(3)]).await.unwrap();
    assert_eq!((one(&settings, &rows("vectors")).await, one(&settings, &rows("memories")).await), (0, 0));
    assert_eq!((by_word(&store, "xylophonist").await, by_vector(&store, [1.0, 0.0]).await), (vec![], vec![]));
    let texts = store.vectors_of_texts(&space(), &[text_hash("x")]).await.unwrap();
    assert!(texts.is_empty(), "{texts:?}");
}

#[tokio::test]
async fn a_damaged_vector_is_told() {
    let settings = fresh().await;
    let store = PostgresStore::open(&settings, AGENT).await.unwrap();
    store.add_memories(&[fact(AGENT, 1, "harbour")]).await.unwrap();
    store.put_vectors(&space(), &[vector(1, [1.0, 0.0])]).await.unwrap();
    in_schema(&settings, "UPDATE vectors SET vector = 'abc'").await;
    let told = store.vectors(&space(), &[id(1)]).await.unwrap_err().to_string();
    assert!(
        told.contains("a vector (column `vector`)") && told.contains("3 bytes are not 2 numbers"),
        "{told}"
    );
}

#[tokio::test]
async fn agents_and_processes_share_searches() {
    let settings = fresh().await;
    let here = PostgresStore::open(&settings, AGENT).await.unwrap();
    // Other settings are other connections, as if of another process.
    let there =
        PostgresStore::open(&Settings { lock_wait_ms: 4_000, ..settings.clone() }, AGENT).await.unwrap();
    let other = id(0xB0B);
    let stranger = PostgresStore::open(&settings, other).await.unwrap();
    stranger.add_memories(&[fact(other, 9, "cold harbour")]).await.unwrap();
    stranger.put_vectors(&space(), &[vector(9, [1.0, 0.0])]).await.unwrap();
    for (number, direction) in [(1, [1.0, 0.0]), (2, [0.0, 1.0])] {
        here.add_memories(&[fact(AGENT, number, "cold harbour")]).await.unwrap();
        here.put_vectors(&space(), &[vector(number, direction)]).await.unwrap();
        let found = by_vector(&there, [0.0, 1.0]).await;
        assert_eq!((found[0], found.len() as u128), (number, number));
        assert_eq!(by_word(&there, "harbour").await.len() as u128, number);
    }
    here.delete_memories(&[id(1)]).await.unwrap();
    assert_eq!(by_vector(&there, [1.0, 0.0]).await, [2]);
    assert_eq!(by_vector(&stranger, [1.0, 0.0]).await, [9]);
    assert_eq!((by_word(&there, "harbour").await, by_word(&stranger, "harbour").await), (vec![2], vec![9]));
    here.delete_space(&space()).await.unwrap();
    assert!(by_vector(&there, [1.0, 0.0]).await.is_empty());
    assert_eq!(stranger.spaces().await.unwrap()[0].vectors, 1);
}

/// Writers, a searcher and one who deletes at once: nothing is overlooked, and no vector outlives its memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_at_once_is_all_found() {
    const WRITERS: u128 = 4;
    const EACH: u128 = 30;
    let settings = Settings { connections: 6, ..fresh().await };
    let store = PostgresStore::open(&settings, AGENT).await.unwrap();
    let searcher =
        PostgresStore::open(&Settings { connections: 2, ..settings.clone() }, AGENT).await.unwrap();
    let write = |writer: u128| {
        let store = &store;
        async move {
            for round in 0..EACH {
                let some: Vec<u128> = (0..3).map(|part| writer * 1_000 + round * 3 + part + 1).collect();
                let facts: Vec<Memory> = some.iter().map(|number| fact(AGENT, *number, "harbour")).collect();
                store.add_memories(&facts).await.unwrap();
                let vectors: Vec<NewVector> = some.iter().map(|number| vector(*number, [1.0, 0.0])).collect();
                let (space, gone) = (space(), [id(some[0])]);
                let (put, deleted) =
                    futures_util::join!(store.put_vectors(&space, &vectors), store.delete_memories(&gone));
                put.unwrap();
                assert_eq!(deleted.unwrap(), 1);
            }
        }
    };
    let search = async {
        let mut searches = 0;
        while searches < 60 || by_vector(&searcher, [1.0, 0.0]).await.is_empty() {
            by_vector(&searcher, [1.0, 0.0]).await;
            searches += 1;
        }
    };
    let writers = futures_util::future::join_all((0..WRITERS).map(write));
    futures_util::join!(writers, search);
    let mut found = by_vector(&searcher, [1.0, 0.0]).await;
    found.sort_unstable();
    let left: Vec<u128> = (0..WRITERS)
        .flat_map(|writer| (0..EACH * 3).map(move |number| writer * 1_000 + number + 1))
        .filter(|number| (number % 1_000) % 3 != 1)
        .collect();
    assert_eq!(found, left);
    let schema = &settings.schema;
    let orphans = format!(
        "SELECT count(*) FROM {schema}.vectors WHERE memory NOT IN (SELECT ordinal FROM {schema}.memories)"
    );
    assert_eq!(one(&settings, &orphans).await, 0);
}

/// A memory whose transaction takes long comes after younger ones that have their vectors.
#[tokio::test]
async fn a_late_memory_lacks_its_vector_all_the_same() {
    let settings = fresh().await;
    let store = PostgresStore::open(&settings, AGENT).await.unwrap();
    store.add_memories(&[fact(AGENT, 1, "one")]).await.unwrap();
    let mut late = raw(&settings).await;
    let begin = format!(
        "SET search_path TO {}; BEGIN; INSERT INTO memories
            (agent, id, kind, entity, room, at, sequence, content, search, waiting, words, wants_vector)
         SELECT agent, '{}', kind, entity, room, at, 99, content, search, waiting, words, true FROM memories",
        settings.schema,
        id(2)
    );
    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut late).await.unwrap();
    store.add_memories(&[fact(AGENT, 3, "three")]).await.unwrap();
    store.put_vectors(&space(), &[1, 3].map(|number| vector(number, [1.0, 0.0]))).await.unwrap();
    let mut busy = raw(&settings).await;
    for _ in 0..150 {
        sqlx::raw_sql("SELECT pg_current_xact_id()").execute(&mut busy).await.unwrap();
    }
    assert!(lacking(&store).await.is_empty());
    sqlx::raw_sql("COMMIT").execute(&mut late).await.unwrap();
    assert_eq!(lacking(&store).await, [2]);
    store.put_vectors(&space(), &[vector(2, [1.0, 0.0])]).await.unwrap();
    for _ in 0..150 {
        sqlx::raw_sql("SELECT pg_current_xact_id()").execute(&mut busy).await.unwrap();
    }
    assert!(lacking(&store).await.is_empty());
    let done = format!("SELECT done FROM {}.spaces", settings.schema);
    let done = one(&settings, &done).await;
    assert!(done > 150, "{done}");
    // In another cluster transactions are counted from the beginning.
    in_schema(&settings, "UPDATE spaces SET done = 9000000000000").await;
    store.add_memories(&[fact(AGENT, 4, "four")]).await.unwrap();
    assert_eq!((lacking(&store).await, store.spaces().await.unwrap()[0].lacking), (vec![4], 1));
}
