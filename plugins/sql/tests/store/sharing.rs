//! Agents, tasks and processes that use one file.

use super::{at, message, open};
use galatea::{
    memory::Memory,
    store::{MemoryQuery, MemoryStore as _, Store as _},
    testing::store::AGENT,
};
use galatea_sql::{Settings, SqliteStore};
use sqlx::{Connection, SqliteConnection};
use uuid::Uuid;

const OTHER: Uuid = Uuid::from_u128(0xB0B);

#[tokio::test]
async fn agents_share_a_file_and_see_only_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let ada = SqliteStore::open(&at(&file), AGENT).await.unwrap();
    let bob = SqliteStore::open(&at(&file), OTHER).await.unwrap();

    let of_bob = Memory { agent: OTHER, ..message(Uuid::from_u128(1)) };
    ada.add_memories(&[message(Uuid::from_u128(1)), message(Uuid::from_u128(2))]).await.unwrap();
    assert_eq!(bob.add_memories(std::slice::from_ref(&of_bob)).await.unwrap(), [(1, true)]);
    assert_eq!(bob.count_memories(&MemoryQuery::default()).await.unwrap(), 1);
    assert_eq!(bob.delete_memories(&[Uuid::from_u128(1), Uuid::from_u128(2)]).await.unwrap(), 1);
    assert_eq!(ada.count_memories(&MemoryQuery::default()).await.unwrap(), 2);

    let told = ada.add_memories(&[of_bob]).await.unwrap_err().to_string();
    assert!(told.contains(&OTHER.to_string()) && told.contains(&AGENT.to_string()), "{told}");

    // One leaves, the other goes on; the last one leaves nothing but the file.
    ada.close().await.unwrap();
    assert_eq!(
        bob.add_memories(&[Memory { agent: OTHER, ..message(Uuid::from_u128(3)) }]).await.unwrap(),
        [(2, true)]
    );
    bob.close().await.unwrap();
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["a.db"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_start_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    // Other settings are other connections, as if of another process.
    let starters: Vec<_> = (0..8)
        .map(|number| {
            let settings = Settings { lock_wait_ms: 5_000 + number, ..at(&file) };
            tokio::spawn(async move { SqliteStore::open(&settings, AGENT).await })
        })
        .collect();
    let mut stores = Vec::new();
    for starter in starters {
        stores.push(starter.await.unwrap().unwrap());
    }
    let url = format!("sqlite://{}", file.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let counted = "SELECT count(*) - count(DISTINCT version) FROM _galatea_migrations";
    let twice: i64 = sqlx::query_scalar(counted).fetch_one(&mut connection).await.unwrap();
    assert_eq!(twice, 0, "each migration is applied once");

    let writers: Vec<_> = stores
        .into_iter()
        .zip(0_u128..)
        .map(|(store, writer)| {
            tokio::spawn(async move {
                for number in 0..25 {
                    store
                        .add_memories(&[message(Uuid::from_u128(1 + writer * 1_000 + number))])
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let store = open(&at(&file)).await;
    let query = MemoryQuery { limit: 1_000, ..MemoryQuery::default() };
    let sequences: Vec<i64> =
        store.memories(&query).await.unwrap().iter().map(|memory| memory.sequence).collect();
    assert_eq!(sequences, (1..=200).collect::<Vec<i64>>());
}

#[tokio::test]
async fn a_write_that_is_dropped_half_way_happens_wholly_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&at(&folder.path().join("a.db"))).await;
    for round in 0..40_u64 {
        let batch: Vec<Memory> = (0..20).map(|_| message(Uuid::new_v4())).collect();
        let write = store.add_memories(&batch);
        let _ = tokio::time::timeout(std::time::Duration::from_micros(round * 50), write).await;
    }
    store.add_memories(&[message(Uuid::new_v4())]).await.unwrap();
    let count = store.count_memories(&MemoryQuery::default()).await.unwrap();
    assert_eq!(count % 20, 1, "{count}");
}
