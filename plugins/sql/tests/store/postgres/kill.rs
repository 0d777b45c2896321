//! A process that is killed while it writes: everything it said was written is there.

use super::{at, fresh, open};
use crate::kill::{check, killed_with, write_for_ever};
use std::{collections::BTreeSet, env};

const URL: &str = "GALATEA_SQL_KILL_TEST_URL";

/// The process that is killed: this test binary, run again with the address of a database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(url) = env::var(URL) else { return };
    write_for_ever(open(&at(url)).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_acknowledged_is_lost() {
    let settings = fresh().await;
    let mut written = BTreeSet::new();
    for _ in 0..10 {
        let url = settings.url.clone();
        let killed = move || killed_with("postgres::kill::child", URL, url.as_ref());
        let more = tokio::task::spawn_blocking(killed).await.unwrap();
        written.extend(more);
        check(open(&settings).await, &written).await;
    }
}
