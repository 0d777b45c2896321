//! Processes that run one agent on one PostgreSQL database.

use super::{fresh, open};
use crate::{
    fabric::{Rang, character, plan, start, two_agents, wait_until},
    shared,
};
use galatea::testing::fabric::{Abilities, Process, suite};
use galatea_sql::Settings;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

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
