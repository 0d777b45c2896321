//! A disk that is full for a while: clear errors, nothing lost that was acknowledged, and then it goes on.
#![cfg(target_os = "linux")]

use super::{at, message, open};
use galatea::{
    memory::{Content, Memory},
    store::MemoryQuery,
};
use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use uuid::Uuid;

const FILE: &str = "GALATEA_SQL_FULL_TEST_FILE";

fn large() -> Memory {
    Memory { content: Content::text("x".repeat(8_000)), ..message(Uuid::new_v4()) }
}

/// The process that may not write large files: this test binary, run again with the name of a file. It ends when it could
/// write again after it could not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(file) = env::var_os(FILE) else { return };
    let store = open(&at(Path::new(&file))).await;
    let (mut failed, mut after) = (false, 0);
    while after < 10 {
        // Alone, together, and in batches of its own.
        let (alone, other, pair) = (large(), large(), [large(), large()]);
        let one = std::slice::from_ref(&alone);
        let two = std::slice::from_ref(&other);
        let answers =
            tokio::join!(store.add_memories(one), store.add_memories(two), store.add_memories(&pair));
        let asked = [vec![alone.id], vec![other.id], pair.iter().map(|memory| memory.id).collect()];
        let mut all = true;
        for (answer, ids) in [answers.0, answers.1, answers.2].into_iter().zip(asked) {
            match answer {
                Ok(_) => ids.iter().for_each(|id| say(&format!("written {id}"))),
                Err(error) => {
                    all = false;
                    ids.iter().for_each(|id| say(&format!("refused {id}")));
                    say(&format!("failed {error}"));
                }
            }
        }
        failed |= !all;
        after += u32::from(failed && all);
        if !all {
            // What is there can be read meanwhile.
            assert!(!store.memories(&MemoryQuery::default()).await.unwrap().is_empty());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    store.close().await.unwrap();
    say("ended");
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

#[tokio::test]
async fn a_full_disk_costs_nothing_but_time() {
    let can_give_back = Command::new("prlimit").arg("--version").output().is_ok();
    assert!(can_give_back, "this test gives a full disk back with `prlimit` of util-linux: install that");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let mut child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -S -f 2048; exec \"$0\" full::child --exact --nocapture"])
        .arg(env::current_exe().unwrap())
        .env(FILE, &file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().to_string();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut written, mut refused) = (BTreeSet::new(), BTreeSet::new());
    let (mut errors, mut ended) = (Vec::new(), false);
    for line in lines.map_while(Result::ok) {
        match line.split_once(' ') {
            Some(("written", id)) => drop(written.insert(id.parse::<Uuid>().unwrap())),
            Some(("refused", id)) => drop(refused.insert(id.parse::<Uuid>().unwrap())),
            Some(("failed", why)) => {
                errors.push(why.to_owned());
                if errors.len() == 12 {
                    let more = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status();
                    assert!(more.unwrap().success());
                }
            }
            _ => ended |= line == "ended",
        }
    }
    assert!(child.wait().unwrap().success() && ended, "it did not recover: {:?}", errors.last());
    assert!(errors.len() >= 12);
    for error in errors {
        assert!(error.contains("a.db`") && (error.contains("disk")), "{error}");
    }
    let store = open(&at(&file)).await;
    assert!(store.check().await.unwrap().is_empty());
    let found = store.memories(&MemoryQuery { limit: usize::MAX, ..MemoryQuery::default() }).await.unwrap();
    let there: BTreeSet<Uuid> = found.iter().map(|memory| memory.id).collect();
    assert_eq!(there, written, "what was acknowledged is there, and what was refused is not");
    let sequences: Vec<i64> = found.iter().map(|memory| memory.sequence).collect();
    assert_eq!(sequences, (1..).take(sequences.len()).collect::<Vec<i64>>());
}
