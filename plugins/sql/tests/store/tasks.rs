//! Tasks of agents that keep them in a file: over restarts, in several processes, after a kill.

use galatea::{
    agent::{Agent, StartOptions},
    character::Document,
    clock::Clock,
    diagnostic::Source,
    plan::Plan,
    prelude::*,
    registry::Registry,
    store::{StoredTask, TaskState},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

const FILE: &str = "GALATEA_SQL_TASK_TEST_FILE";

/// Has tasks.
#[plugin("clerk")]
pub struct Clerk;

/// What tasks did, with the name of the agent.
static LOG: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

fn log(agent: &Agent, line: String) {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).push((agent.character().name.clone(), line));
}

fn log_of(name: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let mut lines: Vec<String> =
        log.iter().filter(|(agent, _)| agent == name).map(|(_, line)| line.clone()).collect();
    lines.sort();
    lines
}

async fn logged(name: &str, lines: usize) -> Vec<String> {
    for _ in 0..1_000 {
        if log_of(name).len() >= lines {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    log_of(name)
}

/// Which page.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Page {
    /// Its number.
    pub number: u32,
}

/// Copies a page.
#[task(plugin = Clerk)]
async fn copy(Args(page): Args<Page>, agent: Agent) {
    log(&agent, format!("page {:03}", page.number));
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// Says that it began, and never ends.
#[task(plugin = Clerk, timeout = "1h")]
async fn pay(run: TaskRun) {
    say(&format!("paying {}", run.id));
    std::future::pending::<()>().await;
}

/// The same, but it may be done twice.
#[task(plugin = Clerk, timeout = "1h", idempotent)]
async fn look(run: TaskRun, agent: Agent) {
    log(&agent, format!("looking, attempt {}", run.attempt));
    if env::var_os(FILE).is_some() {
        say(&format!("looking {}", run.id));
        std::future::pending::<()>().await;
    }
}

/// Cleans.
#[task(plugin = Clerk, every = "1h")]
async fn clean(agent: Agent, run: TaskRun) {
    log(&agent, format!("clean {}", run.due));
}

/// Counts the day's money.
#[task(plugin = Clerk, cron = "0 20 * * *", missed = catch_up)]
async fn count(agent: Agent, run: TaskRun) {
    log(&agent, format!("count {}", run.due));
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// An agent of this name. Another `process` has connections of its own, as if it were one.
async fn begin(name: &str, file: &Path, process: u64, clock: &Clock) -> Agent {
    let toml = format!(
        "name = \"{name}\"\n[plugins.clerk]\n[plugins.sql]\nurl = \"sqlite://{}\"\nlock-wait-ms = {}",
        file.display(),
        5_000 + process
    );
    let registry = Registry::linked().unwrap();
    let (document, problems) = Document::parse(Source { path: "test.toml".to_owned(), text: toml.into() });
    assert!(problems.is_empty(), "{problems:?}");
    let plan = Plan::of(&registry, &document).unwrap_or_else(|report| panic!("{report:#?}"));
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    Agent::start(plan, &registry, options).await.unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn named(agent: &Agent, name: &str) -> StoredTask {
    agent.tasks().list().await.unwrap().into_iter().find(|task| task.name == name).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_is_skipped_or_caught_up_with() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let clock = Clock::fixed(at("2026-05-04T12:30:00Z"));
    let agent = begin("missed", &file, 0, &clock).await;
    assert_eq!(named(&agent, "CLEAN").await.due, at("2026-05-04T13:30:00Z"));
    agent.stop().await;

    clock.set(at("2026-05-07T09:00:00Z"));
    let agent = begin("missed", &file, 0, &clock).await;
    assert_eq!(
        logged("missed", 1).await,
        ["count 2026-05-04T20:00:00Z"],
        "once, though it was missed thrice"
    );
    clock.set(at("2026-05-07T09:30:00Z"));
    let lines = logged("missed", 2).await;
    assert_eq!(lines[0], "clean 2026-05-07T09:30:00Z", "in step with before");
    agent.stop().await;
    let agent = begin("missed", &file, 0, &clock).await;
    assert_eq!(named(&agent, "COUNT").await.due, at("2026-05-07T20:00:00Z"));
    agent.stop().await;
    assert_eq!(log_of("missed"), lines);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_processes_one_runs_a_task() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let clock = Clock::fixed(at("2026-05-04T12:30:00Z"));
    let first = begin("shared", &file, 0, &clock).await;
    for number in 0..40 {
        let when = When::After(Duration::from_secs(10));
        first.tasks().schedule("COPY", when, Page { number }).await.unwrap();
    }
    // It reads at its start what there is, so both wake at the same moment.
    let second = begin("shared", &file, 1, &clock).await;
    clock.advance(Duration::from_secs(10));
    let wanted: Vec<String> = (0..40).map(|number| format!("page {number:03}")).collect();
    assert_eq!(logged("shared", 40).await, wanted);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(log_of("shared"), wanted, "each once");
    first.stop().await;
    second.stop().await;
}

/// The process that is killed: this test binary, run again with the name of a file.
#[tokio::test]
async fn child() {
    let Some(file) = env::var_os(FILE) else { return };
    let agent = begin("killed", Path::new(&file), 0, &Clock::system()).await;
    agent.tasks().schedule("PAY", When::Now, ()).await.unwrap();
    agent.tasks().schedule("LOOK", When::Now, ()).await.unwrap();
    std::future::pending::<()>().await;
}

/// Kills a child when both of its tasks have begun.
fn killed(file: &Path) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["tasks::child", "--exact", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let begun = lines.filter(|line| line.contains("paying ") || line.contains("looking "));
    assert_eq!(begun.take(2).count(), 2);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_was_killed_in_the_middle_is_not_repeated_unless_that_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let path = file.clone();
    tokio::task::spawn_blocking(move || killed(&path)).await.unwrap();

    let clock = Clock::fixed(Timestamp::now());
    let agent = begin("killed", &file, 0, &clock).await;
    assert_eq!(named(&agent, "PAY").await.state, TaskState::Running, "its claim still holds");
    clock.advance(Duration::from_secs(61));
    assert_eq!(logged("killed", 1).await, ["looking, attempt 2"]);
    for _ in 0..200 {
        if named(&agent, "PAY").await.state == TaskState::Unknown {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let paid = named(&agent, "PAY").await;
    assert_eq!(paid.state, TaskState::Unknown);
    assert!(paid.last_error.unwrap().contains("whether it took effect is not known"));
    agent.stop().await;
    let agent = begin("killed", &file, 0, &clock).await;
    assert_eq!(named(&agent, "PAY").await.state, TaskState::Unknown, "for ever");
    agent.stop().await;
}
