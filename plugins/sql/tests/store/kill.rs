//! A process that is killed while it writes: everything it said was written is there.

use super::{at, message, open, run};
use galatea::store::{MemoryQuery, Store};
use galatea_sql::{Durability, Settings};
use std::{
    collections::BTreeSet,
    env,
    ffi::OsStr,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

const FILE: &str = "GALATEA_SQL_KILL_TEST_FILE";

/// The process that is killed: this test binary, run again with the name of a file.
#[tokio::test]
async fn child() {
    let Some(file) = env::var_os(FILE) else { return };
    write_for_ever(open(&Settings { durability: Durability::Crash, ..at(Path::new(&file)) }).await).await;
}

pub(crate) async fn write_for_ever(store: Arc<dyn Store>) {
    loop {
        let [question, answer, result, run_id] = [(); 4].map(|()| Uuid::new_v4());
        store.add_memories(&[message(question)]).await.unwrap();
        say(&[question]);
        store.put_run(&run(run_id, question, "running"), &[]).await.unwrap();
        store
            .put_run(&run(run_id, question, "completed"), &[message(answer), message(result)])
            .await
            .unwrap();
        say(&[answer, result]);
    }
}

fn say(ids: &[Uuid]) {
    let mut out = std::io::stdout().lock();
    for id in ids {
        writeln!(out, "written {id}").unwrap();
    }
    out.flush().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let mut written = BTreeSet::new();
    for _ in 0..10 {
        let path = file.clone();
        let killed = move || killed_with("kill::child", FILE, path.as_ref());
        let more = tokio::task::spawn_blocking(killed).await.unwrap();
        written.extend(more);
        check(open(&Settings { durability: Durability::Crash, ..at(&file) }).await, &written).await;
    }
}

/// Lets a child write for a while and kills it; what it acknowledged.
pub(crate) fn killed_with(test: &str, variable: &str, place: &OsStr) -> Vec<Uuid> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(variable, place)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (begun, begins) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        // A line is the child's word only if it is whole.
        lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("written ").and_then(|id| id.parse().ok()))
            .inspect(|_| begun.send(()).unwrap_or_default())
            .collect()
    });
    begins.recv_timeout(Duration::from_secs(60)).unwrap();
    let while_writing = Uuid::new_v4().as_u128() % 150;
    std::thread::sleep(Duration::from_millis(u64::try_from(while_writing).unwrap()));
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

pub(crate) async fn check(store: Arc<dyn Store>, written: &BTreeSet<Uuid>) {
    let all = MemoryQuery { limit: usize::MAX, ..MemoryQuery::default() };
    let memories = store.memories(&all).await.unwrap();
    let there: BTreeSet<Uuid> = memories.iter().map(|memory| memory.id).collect();
    assert!(written.is_subset(&there), "lost: {:?}", written.difference(&there).collect::<Vec<_>>());
    let sequences: Vec<i64> = memories.iter().map(|memory| memory.sequence).collect();
    assert_eq!(sequences, (1..).take(sequences.len()).collect::<Vec<i64>>(), "gaps");

    // A run and its memories are written together or not at all: two for each completed one, beside the questions.
    let runs = store.runs(None, usize::MAX).await.unwrap();
    let completed = runs.iter().filter(|run| run.is_finished()).count();
    let begun: BTreeSet<Uuid> = runs.iter().map(|run| run.message).collect();
    let waiting = store.unfinished().await.unwrap();
    let answered = waiting.iter().filter(|memory| begun.contains(&memory.id)).count();
    // An answer is a message of somebody else's here, so it waits as well.
    assert_eq!(answered, runs.len() - completed);
    let not_begun = memories.len() - runs.len() - 2 * completed;
    assert!(not_begun <= 10, "{not_begun} questions without a run after 10 kills");
    store.close().await.unwrap();
}
