//! Processes that run one agent on one PostgreSQL database.

use super::{change, fresh, open};
use crate::{
    fabric::{Rang, character, plan, start, two_agents, wait_until},
    shared,
};
use galatea::{
    fabric::Claim,
    testing::fabric::{Abilities, Process, suite},
};
use galatea_sql::Settings;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How many rooms two processes share under load.
const ROOMS: usize = 64;

/// Settings of the storage of an agent on a database; another number is another process.
fn storage(settings: &Settings, lease_ms: u32, process: u32) -> String {
    format!(
        "url = \"{}\"\nlease-ms = {lease_ms}\nconnections = 4\nlock-wait-ms = {}",
        settings.url,
        5_000 + process
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_share_rooms() {
    let settings = fresh().await;
    let lease = Duration::from_secs(4);
    let process = async |number: u32| {
        let lock_wait_ms = 5_000 + number;
        Process::of(open(&Settings { lock_wait_ms, lease_ms: 4_000, ..settings.clone() }).await).unwrap()
    };
    let abilities = Abilities { lease: Some(lease), tells: true };
    suite(process(0).await, process(1).await, abilities).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_at_once_joins_anew() {
    let fabric = open(&Settings { lease_ms: 60_000, ..fresh().await }).await.fabric().unwrap();
    for _ in 0..2 {
        fabric.beat().await.unwrap();
        assert_eq!(fabric.members().await.unwrap().len(), 1);
        fabric.leave().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_another_process_is_awaited_without_haste() {
    let settings = Settings { lease_ms: 6_000, ..fresh().await };
    let one = open(&settings).await.fabric().unwrap();
    let two = open(&Settings { lock_wait_ms: 4_999, ..settings }).await.fabric().unwrap();
    one.beat().await.unwrap();
    let silent = Instant::now();
    two.beat().await.unwrap();
    // Shortly before it is taken for gone.
    tokio::time::sleep_until((silent + Duration::from_millis(5_950)).into()).await;
    let mut beats = 0;
    loop {
        let beat = one.beat().await.unwrap();
        beats += 1;
        if beat.others == 0 {
            break;
        }
        tokio::time::sleep(beat.next).await;
    }
    assert!(beats <= 4, "{beats} beats to see that one process is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_is_told_though_the_rest_of_the_beat_fails() {
    let settings = Settings { lease_ms: 2_000, ..fresh().await };
    let fabric = open(&settings).await.fabric().unwrap();
    fabric.beat().await.unwrap();
    let room = Uuid::from_u128(0x4001);
    let Claim::Held(lease) = fabric.claim(room).await.unwrap() else { panic!("a free room") };
    // Another process lives and has taken the room, and what waits cannot be looked for.
    let theft = "INSERT INTO galatea.members (agent, id, until)
            SELECT agent, gen_random_uuid(), clock_timestamp() + interval '1 hour' FROM galatea.members;
        UPDATE galatea.leases SET fence = nextval('galatea.lease_fences'),
            member = (SELECT id FROM galatea.members ORDER BY until DESC LIMIT 1);
        ALTER TABLE galatea.memories RENAME TO away";
    change(&settings, theft).await;
    // Longer than agents share an answer.
    tokio::time::sleep(Duration::from_millis(250)).await;
    let beat = fabric.beat().await.unwrap();
    assert_eq!((beat.lost, beat.next), (vec![lease], Duration::ZERO));
    fabric.beat().await.unwrap_err();
    change(&settings, "ALTER TABLE galatea.away RENAME TO memories").await;
    let beat = fabric.beat().await.unwrap();
    assert_eq!((beat.lost, beat.others), (Vec::new(), 1), "it is told once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_agents_share_a_database() {
    let settings = fresh().await;
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    let one = start(plan(&storage(&settings, 10_000, 0), &book, 5)).await;
    let two = start(plan(&storage(&settings, 10_000, 1), &book, 5)).await;
    let heard = Arc::new(AtomicU32::new(0));
    let times = Arc::clone(&heard);
    one.share::<Rang>();
    two.share::<Rang>();
    wait_until(async || two.members().await.unwrap().len() == 2).await;
    let _ringing = two.on(move |rang: Arc<Rang>| {
        let times = Arc::clone(&times);
        async move {
            times.fetch_add(rang.times, Ordering::Relaxed);
        }
    });
    wait_until(async || {
        one.emit(Rang { times: 1 }).await;
        heard.load(Ordering::Relaxed) > 0
    })
    .await;
    two_agents(one, two).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_is_replaced() {
    let settings = fresh().await;
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    let text = character(&storage(&settings, 4_000, 0), &book, 5);
    shared::killed(&text, &book, ROOMS, Duration::from_secs(6)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_slept_through_its_lease_says_nothing() {
    let settings = fresh().await;
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    let text = character(&storage(&settings, 3_000, 0), &book, 30);
    shared::paused(&text, &book, 16, Duration::from_secs(6)).await;
}
