//! Tasks: when they run, how often, and what becomes of those that fail or are cut off.

use crate::support::{plan, start};
use galatea::{
    agent::{Agent, StartOptions},
    clock::Clock,
    event::{TaskCompleted, TaskFailed},
    extract::Clock as Now,
    prelude::*,
    registry::Registry,
    store::{InMemory, StoredTask, TaskState},
    task::{Schedule, TaskError},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Where the agents of a test keep their tasks, by the name of the test; it outlives them as a database would.
static KEPT: Mutex<BTreeMap<String, Arc<InMemory>>> = Mutex::new(BTreeMap::new());
static LOG: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());
static GATE: Semaphore = Semaphore::const_new(0);

/// What tasks of the agent of a test did.
fn log_of(test: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    log.iter().filter(|(name, _)| name == test).map(|(_, line)| line.clone()).collect()
}

fn log(agent: &Agent, line: String) {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).push((agent.character().name.clone(), line));
}

/// Waits until a test's log has so many lines.
async fn logged(test: &str, lines: usize) -> Vec<String> {
    for _ in 0..400 {
        if log_of(test).len() >= lines {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    log_of(test)
}

/// Waits until what is to happen by now has happened.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(60)).await;
}

/// Keeps tasks from one start of an agent to the next.
#[plugin("drawer")]
pub struct Drawer;

#[storage(plugin = Drawer)]
async fn open(agent: Agent) -> Arc<dyn Store> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry(agent.character().name.clone()).or_default().clone()
}

fn time(now: &Now) -> String {
    now.now().to_string()
}

/// Runs every five minutes.
#[plugin("pulse")]
pub struct Pulse;

/// Beats.
#[task(every = "5m", plugin = Pulse)]
async fn beat(agent: Agent, clock: Now, run: TaskRun) {
    log(&agent, format!("beat {} due {} attempt {}", time(&clock), run.due, run.attempt));
}

/// Runs when shops open.
#[plugin("shop")]
pub struct Shop;

/// Opens the shop.
#[task(cron = "0 9 * * 1-5", timezone = "Europe/Paris", plugin = Shop, missed = catch_up)]
async fn open_shop(agent: Agent, clock: Now) {
    log(&agent, format!("open {}", time(&clock)));
}

/// Says welcome once.
#[plugin("welcome")]
pub struct Welcome;

/// Welcomes.
#[task(after = "10s", plugin = Welcome)]
async fn welcome(agent: Agent, clock: Now) {
    log(&agent, format!("welcome {}", time(&clock)));
}

/// Does what its arguments say.
#[plugin("worker")]
pub struct Worker;

/// What to do.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Fails in so many attempts.
    #[serde(default)]
    pub fail: u32,
    /// Panics.
    #[serde(default)]
    pub panic: bool,
    /// Waits at the gate.
    #[serde(default)]
    pub wait: bool,
    /// Never ends.
    #[serde(default)]
    pub hang: bool,
    /// What it is.
    pub what: String,
}

async fn do_it(order: Order, run: TaskRun, agent: Agent) -> Result<(), String> {
    log(&agent, format!("{} {}", order.what, run.attempt));
    assert!(!order.panic, "a bug");
    if order.hang {
        std::future::pending::<()>().await;
    }
    if order.wait {
        GATE.acquire().await.unwrap().forget();
        log(&agent, format!("{} through", order.what));
    }
    if run.attempt <= order.fail { Err("not yet".to_owned()) } else { Ok(()) }
}

/// Works.
#[task(plugin = Worker, retries = 2)]
async fn work(Args(order): Args<Order>, run: TaskRun, agent: Agent) -> Result<(), String> {
    do_it(order, run, agent).await
}

/// Works, and may do so twice.
#[task(plugin = Worker, idempotent, timeout = "50ms", retries = 1)]
async fn work_twice(Args(order): Args<Order>, run: TaskRun, agent: Agent) -> Result<(), String> {
    do_it(order, run, agent).await
}

fn order(what: &str) -> Order {
    Order { what: what.to_owned(), ..Order::default() }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOON: &str = "2026-03-02T12:00:00Z";

async fn begin(test: &str, plugins: &[&str], clock: &Clock) -> Agent {
    let tables: String = plugins.iter().map(|plugin| format!("[plugins.{plugin}]\n")).collect();
    let plan = plan(&format!("name = \"{test}\"\n[plugins.drawer]\n{tables}"));
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    Agent::start(plan, &Registry::linked().unwrap(), options).await.unwrap()
}

async fn only_task(agent: &Agent) -> StoredTask {
    let tasks = agent.tasks().list().await.unwrap();
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    tasks[0].clone()
}

/// Waits until the only task is in a state.
async fn task_in(agent: &Agent, state: TaskState) -> StoredTask {
    for _ in 0..400 {
        let tasks = agent.tasks().list().await.unwrap();
        if let [task] = tasks.as_slice()
            && task.state == state
        {
            return task.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("not {}: {:?}", state.name(), agent.tasks().list().await)
}

#[tokio::test]
async fn an_interval_keeps_its_step_and_leaves_out_what_was_missed() {
    let clock = Clock::fixed(at(NOON));
    let agent = begin("interval", &["pulse"], &clock).await;
    clock.advance(Duration::from_secs(299));
    settle().await;
    assert_eq!(log_of("interval"), [""; 0]);
    clock.advance(Duration::from_secs(1));
    let first = "beat 2026-03-02T12:05:00Z due 2026-03-02T12:05:00Z attempt 1";
    assert_eq!(logged("interval", 1).await, [first]);
    task_in(&agent, TaskState::Waiting).await;
    // Late: it runs once, and then in step again.
    clock.advance(Duration::from_secs(17 * 60));
    logged("interval", 2).await;
    let task = task_in(&agent, TaskState::Waiting).await;
    assert_eq!((task.due, task.last_run), (at("2026-03-02T12:25:00Z"), Some(at("2026-03-02T12:22:00Z"))));
    agent.stop().await;

    // Down over three times of it.
    clock.advance(Duration::from_secs(20 * 60));
    let agent = begin("interval", &["pulse"], &clock).await;
    settle().await;
    assert_eq!(log_of("interval").len(), 2, "what was missed is skipped");
    assert_eq!(only_task(&agent).await.due, at("2026-03-02T12:45:00Z"));
    clock.set(at("2026-03-02T12:45:00Z"));
    assert_eq!(logged("interval", 3).await.len(), 3);
    agent.stop().await;
}

#[tokio::test]
async fn a_calendar_follows_the_clocks_of_its_place_and_catches_up_once() {
    // The Friday before the clocks go forward.
    let clock = Clock::fixed(at("2026-03-27T07:00:00Z"));
    let agent = begin("calendar", &["shop"], &clock).await;
    for (now, due) in
        [("2026-03-27T08:00:00Z", "2026-03-30T07:00:00Z"), ("2026-03-30T07:00:00Z", "2026-03-31T07:00:00Z")]
    {
        clock.set(at(now));
        let lines = log_of("calendar").len();
        assert_eq!(logged("calendar", lines + 1).await.last().unwrap(), &format!("open {now}"));
        assert_eq!(task_in(&agent, TaskState::Waiting).await.due, at(due));
    }
    agent.stop().await;
    clock.set(at("2026-04-03T12:00:00Z"));
    let agent = begin("calendar", &["shop"], &clock).await;
    assert_eq!(logged("calendar", 3).await.last().unwrap(), "open 2026-04-03T12:00:00Z");
    settle().await;
    assert_eq!(log_of("calendar").len(), 3, "once, however often it was missed");
    assert_eq!(task_in(&agent, TaskState::Waiting).await.due, at("2026-04-06T07:00:00Z"));
    agent.stop().await;
}

#[tokio::test]
async fn what_is_once_is_once_for_ever() {
    let clock = Clock::fixed(at(NOON));
    let agent = begin("once", &["welcome"], &clock).await;
    clock.advance(Duration::from_secs(10));
    assert_eq!(logged("once", 1).await, ["welcome 2026-03-02T12:00:10Z"]);
    task_in(&agent, TaskState::Done).await;
    agent.stop().await;
    let agent = begin("once", &["welcome"], &clock).await;
    clock.advance(Duration::from_secs(1_000));
    settle().await;
    assert_eq!(log_of("once").len(), 1);
    assert_eq!(only_task(&agent).await.state, TaskState::Done);
    agent.stop().await;
}

#[tokio::test]
async fn failures_are_tried_again_after_longer_and_longer() {
    for (test, order, attempts, ends_well) in [
        ("mended", Order { fail: 2, ..order("job") }, 3, true),
        ("hopeless", Order { fail: 9, ..order("job") }, 3, false),
        ("panics", Order { panic: true, ..order("job") }, 3, false),
    ] {
        let clock = Clock::fixed(at(NOON));
        let agent = begin(test, &["worker"], &clock).await;
        let ends: Arc<Mutex<Vec<String>>> = Arc::default();
        let keep = |ends: &Arc<Mutex<Vec<String>>>, line: String| ends.lock().unwrap().push(line);
        let (a, b) = (Arc::clone(&ends), Arc::clone(&ends));
        let well = agent.on(move |done: Arc<TaskCompleted>| {
            keep(&a, format!("well {}", done.attempt));
            async {}
        });
        let failed = agent.on(move |failed: Arc<TaskFailed>| {
            keep(&b, format!("failed {} again {}", failed.attempt, failed.next.is_some()));
            async {}
        });
        agent.tasks().schedule("WORK", When::Now, &order).await.unwrap();
        for attempt in 1..attempts {
            assert_eq!(logged(test, attempt).await.len(), attempt, "{test}");
            let waiting = task_in(&agent, TaskState::Waiting).await;
            let wait = waiting.not_before.unwrap().duration_since(clock.now()).as_millis();
            let (least, most) = if attempt == 1 { (1_000, 2_000) } else { (2_000, 4_000) };
            assert!((least..most).contains(&wait), "{test}: {wait} ms after attempt {attempt}");
            clock.advance(Duration::from_secs(4));
        }
        assert_eq!(logged(test, attempts).await.len(), attempts);
        if ends_well {
            for _ in 0..100 {
                if agent.tasks().list().await.unwrap().is_empty() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert_eq!(agent.tasks().list().await.unwrap(), [], "what went well is forgotten");
        } else {
            let task = task_in(&agent, TaskState::Failed).await;
            let why = if test == "panics" { "panicked: a bug" } else { "not yet" };
            assert_eq!(task.last_error.as_deref(), Some(why));
        }
        // The scheduler goes on, whatever happened.
        agent.tasks().schedule("WORK", When::Now, crate::tasks::order("next")).await.unwrap();
        assert_eq!(logged(test, attempts + 1).await.last().unwrap(), "next 1");
        settle().await;
        drop((well, failed));
        let ends = ends.lock().unwrap().clone();
        let last = if ends_well { "well 3" } else { "failed 3 again false" };
        assert_eq!(ends, ["failed 1 again true", "failed 2 again true", last, "well 1"], "{test}");
        agent.stop().await;
    }
}

#[tokio::test]
async fn one_that_runs_is_not_started_again_and_can_be_cancelled() {
    let clock = Clock::fixed(at(NOON));
    let agent = begin("overlap", &["worker"], &clock).await;
    let waits = Order { wait: true, ..order("slow") };
    let id = agent.tasks().every("WORK", Duration::from_secs(60), &waits).await.unwrap();
    clock.advance(Duration::from_secs(60));
    logged("overlap", 1).await;
    for _ in 0..5 {
        // The claim is put off all the while.
        clock.advance(Duration::from_secs(60));
        settle().await;
    }
    assert_eq!(log_of("overlap"), ["slow 1"]);
    GATE.add_permits(1);
    assert_eq!(logged("overlap", 2).await, ["slow 1", "slow through"]);
    let task = task_in(&agent, TaskState::Waiting).await;
    assert_eq!(task.due, at("2026-03-02T12:07:00Z"));
    clock.advance(Duration::from_secs(60));
    logged("overlap", 3).await;
    assert!(agent.tasks().cancel(id).await.unwrap());
    assert!(!agent.tasks().cancel(id).await.unwrap());
    settle().await;
    GATE.add_permits(1);
    clock.advance(Duration::from_secs(600));
    settle().await;
    assert_eq!(log_of("overlap"), ["slow 1", "slow through", "slow 1"], "cut off, and not started again");
    GATE.try_acquire().unwrap().forget();
    let later = agent.tasks().schedule("WORK", When::After(Duration::from_secs(5)), order("never")).await;
    assert!(agent.tasks().cancel(later.unwrap()).await.unwrap());
    clock.advance(Duration::from_secs(60));
    settle().await;
    assert_eq!(log_of("overlap").len(), 3);
    agent.stop().await;
}

#[tokio::test]
async fn what_cannot_be_scheduled_is_refused_at_once() {
    let agent = begin("refused", &["worker"], &Clock::fixed(at(NOON))).await;
    let tasks = agent.tasks();
    let no_such = tasks.schedule("WRK", When::Now, ()).await.unwrap_err().to_string();
    assert!(no_such.contains("`WRK`") && no_such.contains("WORK, WORK_TWICE"), "{no_such}");
    let misfit = tasks.schedule("WORK", When::Now, serde_json::json!({ "fail": "x" })).await.unwrap_err();
    assert!(matches!(&misfit, TaskError::Arguments { why, .. } if why.contains("what")), "{misfit}");
    let never = tasks.cron("WORK", "0 0 30 2 *", "UTC", order("x")).await.unwrap_err();
    assert!(matches!(never, TaskError::Schedule(_)), "{never}");
    assert_eq!(tasks.list().await.unwrap(), []);
    let about = NewTask {
        schedule: Schedule::Every(Duration::from_secs(60)),
        room: Some(Uuid::from_u128(1)),
        tags: vec!["queue".to_owned()],
        ..NewTask::new("WORK").with(order("x")).unwrap()
    };
    tasks.add(about).await.unwrap();
    let kept = only_task(&agent).await;
    assert_eq!((kept.room, kept.tags), (Some(Uuid::from_u128(1)), vec!["queue".to_owned()]));
    agent.stop().await;
}

/// What a process leaves behind that was killed in the middle of an attempt.
async fn leave_running(test: &str, name: &str, clock: &Clock) {
    let agent = begin(test, &["worker"], clock).await;
    agent.tasks().schedule(name, When::After(Duration::from_secs(9)), order("cut")).await.unwrap();
    let task = only_task(&agent).await;
    let claimed_until = clock.now().checked_add(Duration::from_secs(60)).unwrap();
    let running =
        StoredTask { state: TaskState::Running, attempts: 1, claimed_until: Some(claimed_until), ..task };
    assert!(agent.store().put_task(&running).await.unwrap());
    agent.stop().await;
}

#[tokio::test]
async fn of_a_process_that_was_killed_only_what_is_idempotent_is_repeated() {
    for (test, name, idempotent) in [("killed", "WORK", false), ("killed twice", "WORK_TWICE", true)] {
        let clock = Clock::fixed(at(NOON));
        leave_running(test, name, &clock).await;
        clock.advance(Duration::from_secs(59));
        let agent = begin(test, &["worker"], &clock).await;
        settle().await;
        assert_eq!(only_task(&agent).await.state, TaskState::Running, "it may be running elsewhere");
        clock.advance(Duration::from_secs(1));
        if idempotent {
            assert_eq!(logged(test, 1).await, ["cut 2"]);
        } else {
            let task = task_in(&agent, TaskState::Unknown).await;
            assert!(task.last_error.unwrap().contains("whether it took effect is not known"));
            assert_eq!(log_of(test), [""; 0]);
        }
        agent.stop().await;
    }
}

#[tokio::test]
async fn a_task_that_takes_too_long_is_ended_and_counts_as_failed() {
    let clock = Clock::fixed(at(NOON));
    let agent = begin("slow", &["worker"], &clock).await;
    let hangs = Order { hang: true, ..order("hangs") };
    agent.tasks().schedule("WORK_TWICE", When::Now, &hangs).await.unwrap();
    logged("slow", 1).await;
    task_in(&agent, TaskState::Waiting).await;
    clock.advance(Duration::from_secs(2));
    let task = task_in(&agent, TaskState::Failed).await;
    assert!(task.last_error.unwrap().contains("longer than 50ms"));
    assert_eq!(log_of("slow"), ["hangs 1", "hangs 2"]);
    agent.stop().await;
}

#[tokio::test]
async fn tasks_of_a_plugin_that_is_gone_wait_for_it() {
    let clock = Clock::fixed(at(NOON));
    let agent = begin("gone", &["worker"], &clock).await;
    agent.tasks().schedule("WORK", When::After(Duration::from_secs(60)), order("late")).await.unwrap();
    agent.stop().await;
    let agent = begin("gone", &["pulse"], &clock).await;
    clock.advance(Duration::from_secs(61));
    settle().await;
    let tasks = agent.tasks().list().await.unwrap();
    assert!(tasks.iter().any(|task| task.state == TaskState::Suspended), "{tasks:?}");
    agent.stop().await;
    let agent = begin("gone", &["worker"], &clock).await;
    assert_eq!(logged("gone", 1).await, ["late 1"]);
    agent.stop().await;
}

#[tokio::test]
async fn many_due_at_once_run_side_by_side_and_each_once() {
    let clock = Clock::fixed(at(NOON));
    let agent = begin("many", &["worker"], &clock).await;
    for number in 0..100 {
        let when = When::After(Duration::from_secs(10));
        agent.tasks().schedule("WORK", when, order(&format!("{number:02}"))).await.unwrap();
    }
    clock.advance(Duration::from_secs(10));
    let mut lines = logged("many", 100).await;
    lines.sort();
    assert_eq!(lines, (0..100).map(|number| format!("{number:02} 1")).collect::<Vec<_>>());
    agent.stop().await;
}

#[tokio::test]
async fn an_agent_without_tasks_is_not_kept_by_them() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]").await;
    assert_eq!(agent.tasks().list().await.unwrap(), []);
    agent.stop().await;
}
