//! A process that is killed while it answers, over a PostgreSQL database.

use super::fresh;
use crate::crash::survives;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_answers_everything_once_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    survives(folder.path(), &fresh().await.url).await;
}
