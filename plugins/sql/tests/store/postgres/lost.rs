//! Connections that are lost, and servers that stop and start again.

use super::{AGENT, Settings, at, fresh, open};
use crate::message;
use galatea::store::{MemoryQuery, Store};
use galatea_sql::PostgresStore;
use galatea_sql_testkit::Postgres;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

async fn ids(store: &dyn Store) -> BTreeSet<Uuid> {
    let all = MemoryQuery { limit: usize::MAX, ..MemoryQuery::default() };
    let memories = store.memories(&all).await.unwrap();
    let sequences: Vec<i64> = memories.iter().map(|memory| memory.sequence).collect();
    assert_eq!(sequences, (1..).take(sequences.len()).collect::<Vec<i64>>(), "gaps");
    memories.iter().map(|memory| memory.id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_connections_are_made_anew() {
    let settings = fresh().await;
    let server = Postgres::shared().await.unwrap();
    let store = open(&settings).await;
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
    for round in 0..5 {
        // So many connections that a read is not saved by a fresh one.
        let all = MemoryQuery::default();
        let reads = (0..8).map(|_| store.count_memories(&all));
        futures_util::future::join_all(reads).await;
        assert!(server.cut(&settings.url).await.unwrap() > 0);
        assert_eq!(store.count_memories(&MemoryQuery::default()).await.unwrap(), 1 + round, "a read goes on");
        // Others that were idle then are not trusted any more, so that a write finds a good one.
        let id = Uuid::from_u128(u128::from(round) + 2);
        store.add_memories(&[message(id)]).await.unwrap();
    }
    assert_eq!(ids(&*store).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_connection_is_lost_is_an_error_and_the_next_one_is_none() {
    let settings = fresh().await;
    let store = open(&settings).await;
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
    let server = Postgres::shared().await.unwrap();
    for round in 2..12 {
        // The connection was used just now, so it is not looked at before the write; on a busy machine it may be, and the write
        // goes well.
        server.cut(&settings.url).await.unwrap();
        let Err(error) = store.add_memories(&[message(Uuid::from_u128(round))]).await else { continue };
        assert!(error.to_string().contains("the next call connects anew"), "{error}");
        let place = i64::try_from(round).unwrap();
        assert_eq!(store.add_memories(&[message(Uuid::from_u128(round))]).await.unwrap(), [(place, true)]);
        return;
    }
    panic!("no connection was lost in the middle of a write");
}

/// Writers go on while the server stops and starts; nothing that they were told was written is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_and_starts_loses_nothing() {
    let server = Postgres::start().await.unwrap();
    let settings = Settings { connect_wait_ms: 2_000, ..at(server.database().await.unwrap()) };
    let store = open(&settings).await;
    let over = Arc::new(AtomicBool::new(false));
    let count = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (store, over, count) = (Arc::clone(&store), Arc::clone(&over), Arc::clone(&count));
            tokio::spawn(async move {
                let (mut written, mut failed) = (Vec::new(), 0);
                while !over.load(Ordering::Relaxed) {
                    let pair = [message(Uuid::new_v4()), message(Uuid::new_v4())];
                    match store.add_memories(&pair).await {
                        Ok(_) => {
                            written.extend(pair.map(|memory| memory.id));
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(error) => {
                            let told = error.to_string();
                            assert!(told.contains("127.0.0.1"), "{told}");
                            failed += 1;
                        }
                    }
                }
                (written, failed)
            })
        })
        .collect();
    let more = async |pairs: usize| {
        let wanted = count.load(Ordering::Relaxed) + pairs;
        while count.load(Ordering::Relaxed) < wanted {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    for crash in [false, true, true] {
        more(20).await;
        if crash { server.kill().await } else { server.stop().await }.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.resume().await.unwrap();
    }
    more(20).await;
    over.store(true, Ordering::Relaxed);
    let (mut written, mut failed) = (BTreeSet::new(), 0);
    for writer in writers {
        let (more, errors) = writer.await.unwrap();
        written.extend(more);
        failed += errors;
    }
    let there = ids(&*store).await;
    assert!(written.is_subset(&there), "lost: {:?}", written.difference(&there).collect::<Vec<_>>());
    assert!(written.len() >= 160 && failed > 0, "{} written, {failed} failed", written.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stays_away_is_an_error_in_time_and_one_that_starts_is_waited_for() {
    let server = Postgres::start().await.unwrap();
    let settings = Settings { connect_wait_ms: 500, ..at(server.database().await.unwrap()) };
    let store = open(&settings).await;
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
    server.stop().await.unwrap();
    for _ in 0..2 {
        let told = store.worlds().await.unwrap_err().to_string();
        assert!(told.contains("127.0.0.1"), "{told}");
        let told = store.add_memories(&[message(Uuid::from_u128(2))]).await.unwrap_err().to_string();
        assert!(told.to_lowercase().contains("look after the server"), "{told}");
    }
    let patient = Settings { connect_wait_ms: 30_000, ..settings.clone() };
    let starting = tokio::spawn(async move { PostgresStore::open(&patient, AGENT).await });
    server.resume().await.unwrap();
    starting.await.unwrap().unwrap();
    assert_eq!(ids(&*store).await.len(), 1);
    store.add_memories(&[message(Uuid::from_u128(2))]).await.unwrap();
}
