//! Rough figures, for reading: `cargo test -p galatea-sql --release speed -- --ignored --nocapture`.

use super::{ROOM, at, message, open, run};
use galatea::memory::Memory;
use galatea_sql::{Durability, Settings};
use std::time::Instant;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, proves nothing"]
async fn writes_and_snapshots() {
    let folder = tempfile::tempdir().unwrap();
    for durability in [Durability::PowerLoss, Durability::Crash] {
        let file = folder.path().join(format!("{durability:?}.db"));
        let store = open(&Settings {
            durability,
            ..at(&file)
        })
        .await;
        const ROUNDS: u32 = 500;
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            let pair = [message(Uuid::new_v4()), message(Uuid::new_v4())];
            store
                .put_run(&run(Uuid::new_v4(), pair[0].id, "completed"), &pair)
                .await
                .unwrap();
        }
        println!(
            "{durability:?}: {:?} a put_run with 2 memories",
            begun.elapsed() / ROUNDS
        );
    }

    let store = open(&Settings {
        durability: Durability::Crash,
        ..at(&folder.path().join("large.db"))
    })
    .await;
    for _ in 0..100 {
        let batch: Vec<Memory> = (0..1_000).map(|_| message(Uuid::new_v4())).collect();
        store.add_memories(&batch).await.unwrap();
    }
    const ROUNDS: u32 = 1_000;
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        assert_eq!(
            store
                .snapshot(ROOM, galatea::store::Window::newest(50))
                .await
                .unwrap()
                .history
                .len(),
            50
        );
    }
    println!(
        "{:?} a snapshot with 50 of 100,000 messages",
        begun.elapsed() / ROUNDS
    );
    let begun = Instant::now();
    assert_eq!(store.unfinished().await.unwrap().len(), 100_000);
    println!("{:?} to read 100,000 unfinished messages", begun.elapsed());
    store.close().await.unwrap();
    let begun = Instant::now();
    open(&at(&folder.path().join("large.db"))).await;
    println!("{:?} to open", begun.elapsed());
}
