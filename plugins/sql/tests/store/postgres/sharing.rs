//! Agents, tasks and processes that use one database.

use super::{AGENT, Settings, fresh, open, raw};
use crate::message;
use galatea::{
    memory::Memory,
    store::{MemoryQuery, MemoryStore as _, RunStore as _, Store as _},
};
use galatea_sql::PostgresStore;
use std::time::Duration;
use uuid::Uuid;

const OTHER: Uuid = Uuid::from_u128(0xB0B);

async fn connections(settings: &Settings) -> i64 {
    let mut connection = raw(settings).await;
    let counted = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'galatea'";
    sqlx::query_scalar(counted).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_share_a_database_and_its_connections_and_see_only_their_own() {
    let settings = Settings { connections: 2, ..fresh().await };
    let ada = PostgresStore::open(&settings, AGENT).await.unwrap();
    let bob = PostgresStore::open(&settings, OTHER).await.unwrap();

    let of_bob = Memory { agent: OTHER, ..message(Uuid::from_u128(1)) };
    ada.add_memories(&[message(Uuid::from_u128(1)), message(Uuid::from_u128(2))]).await.unwrap();
    assert_eq!(bob.add_memories(std::slice::from_ref(&of_bob)).await.unwrap(), [(1, true)]);
    assert_eq!(bob.count_memories(&MemoryQuery::default()).await.unwrap(), 1);
    assert_eq!(bob.delete_memories(&[Uuid::from_u128(1), Uuid::from_u128(2)]).await.unwrap(), 1);
    assert_eq!(ada.count_memories(&MemoryQuery::default()).await.unwrap(), 2);
    let told = ada.add_memories(&[of_bob]).await.unwrap_err().to_string();
    assert!(told.contains(&OTHER.to_string()) && told.contains(&AGENT.to_string()), "{told}");

    // A hundred agents, two connections.
    let mut crowd = Vec::new();
    for number in 0..100 {
        crowd.push(PostgresStore::open(&settings, Uuid::from_u128(0xC0_0000 + number)).await.unwrap());
    }
    let reads = futures_util::future::join_all(crowd.iter().map(|store| store.unfinished()));
    assert!(reads.await.iter().all(|read| read.as_ref().is_ok_and(Vec::is_empty)));
    let open_now = connections(&settings).await;
    assert!((1..=2).contains(&open_now), "{open_now} connections");

    // One leaves, the others go on; the last one leaves no connection.
    ada.close().await.unwrap();
    let next = Memory { agent: OTHER, ..message(Uuid::from_u128(3)) };
    assert_eq!(bob.add_memories(&[next]).await.unwrap(), [(2, true)]);
    for store in crowd.iter().chain([&bob]) {
        store.close().await.unwrap();
    }
    for _ in 0..100 {
        if connections(&settings).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("connections are left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_start_at_once_and_write_without_gaps() {
    let settings = fresh().await;
    // Other settings are other connections, as if of another process.
    let starters: Vec<_> = (0..8)
        .map(|number| {
            let settings = Settings { connections: 3 + number, ..settings.clone() };
            tokio::spawn(async move { PostgresStore::open(&settings, AGENT).await })
        })
        .collect();
    let mut stores = Vec::new();
    for starter in starters {
        stores.push(starter.await.unwrap().unwrap());
    }
    let mut connection = raw(&settings).await;
    let counted = "SELECT count(*), count(DISTINCT version) FROM galatea._galatea_migrations";
    let counts: (i64, i64) = sqlx::query_as(counted).fetch_one(&mut connection).await.unwrap();
    assert!(counts.0 == counts.1 && counts.0 >= 5, "each migration is applied once: {counts:?}");

    // Half of them write batches that go to two rooms in either order; some ids are written by all.
    let other_room = Uuid::from_u128(0x4002);
    let writers: Vec<_> = stores
        .into_iter()
        .zip(0_u128..)
        .map(|(store, writer)| {
            tokio::spawn(async move {
                for number in 0..25 {
                    let here = message(Uuid::from_u128(1 + writer * 1_000 + number));
                    let there = Memory {
                        room: other_room,
                        ..message(Uuid::from_u128(100_000 + writer * 1_000 + number))
                    };
                    let shared = Memory { room: other_room, ..message(Uuid::from_u128(900_000 + number)) };
                    let batch = if writer % 2 == 0 { [here, shared, there] } else { [there, here, shared] };
                    store.add_memories(&batch).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let store = open(&settings).await;
    for (room, wanted) in [(crate::ROOM, 200), (other_room, 225)] {
        let query = MemoryQuery { room: Some(room), limit: 1_000, ..MemoryQuery::default() };
        let sequences: Vec<i64> =
            store.memories(&query).await.unwrap().iter().map(|memory| memory.sequence).collect();
        assert_eq!(sequences, (1..=wanted).collect::<Vec<i64>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_dropped_half_way_happens_wholly_or_not_at_all() {
    let store = open(&fresh().await).await;
    for round in 0..60_u64 {
        let batch: Vec<Memory> = (0..20).map(|_| message(Uuid::new_v4())).collect();
        let write = store.add_memories(&batch);
        let _ = tokio::time::timeout(Duration::from_micros(round * 150), write).await;
    }
    let added = store.add_memories(&[message(Uuid::new_v4())]).await.unwrap();
    let count = store.count_memories(&MemoryQuery::default()).await.unwrap();
    assert_eq!(count % 20, 1, "{count}");
    assert_eq!(added, [(i64::try_from(count).unwrap(), true)], "no number is lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_waits_whatever_happens_at_once_with_its_run() {
    let store = open(&fresh().await).await;
    for number in 0..40_u128 {
        let (message_id, run_id) = (Uuid::from_u128(1 + number), Uuid::from_u128(10_000 + number));
        let (message, run) = ([message(message_id)], crate::run(run_id, message_id, "completed"));
        let (added, put) = tokio::join!(store.add_memories(&message), store.put_run(&run, &[]));
        added.unwrap();
        put.unwrap();
        assert_eq!(store.unfinished().await.unwrap(), [], "{number}: it has a finished run");
        let again = crate::run(run_id, message_id, "running");
        store.put_run(&again, &[]).await.unwrap();
        assert_eq!(store.unfinished().await.unwrap().len(), 1, "{number}: it runs again");
        store.put_run(&run, &[]).await.unwrap();
    }
}
