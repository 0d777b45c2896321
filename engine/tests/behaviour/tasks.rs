//! Tasks: when they run, how often, and what becomes of those that fail or are cut off.

use crate::{
    support::start,
    task_support::{GATE, NOON, Order, Pulse, at, begin, log_of, logged, only_task, order, settle, task_in},
};
use galatea::{
    clock::Clock,
    definition::{Missed, Plugin, Submission, TaskDef, TaskSchedule},
    event::{TaskCompleted, TaskFailed},
    extract::Signature,
    prelude::*,
    registry::Registry,
    store::{StoredTask, TaskState},
    task::{Schedule, TaskError},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use uuid::Uuid;

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
        agent.tasks().schedule("WORK", When::Now, crate::task_support::order("next")).await.unwrap();
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

/// A definition as the macro writes it.
const fn defined(name: &'static str, when: TaskSchedule, describe: fn(&mut Signature)) -> TaskDef {
    TaskDef {
        name,
        description: "",
        plugin: "pulse",
        origin: galatea::__origin!(),
        when,
        timeout: Duration::from_secs(1),
        retries: 0,
        missed: Missed::Skip,
        idempotent: false,
        describe,
        call: |_| Box::pin(async { Ok(()) }),
    }
}

fn takes_a_city(signature: &mut Signature) {
    signature.arguments = Some(serde_json::json!({ "type": "object", "required": ["city"] }));
}

const fn cron(expression: &'static str, timezone: &'static str) -> TaskSchedule {
    TaskSchedule::Cron { expression, timezone }
}

static FEBRUARY: TaskDef = defined("FEBRUARY", cron("0 0 30 2 *", "UTC"), |_| {});
static HOURS: TaskDef = defined("HOURS", cron("0 25 * * *", "UTC"), |_| {});
static PLACE: TaskDef = defined("PLACE", cron("0 9 * * *", "Europe/Pariss"), |_| {});
static CITY: TaskDef = defined("CITY", TaskSchedule::Every(Duration::from_secs(1)), takes_a_city);

#[test]
fn a_schedule_that_cannot_be_kept_is_found_when_the_registry_is_made() {
    for (task, told) in [
        (&FEBRUARY, "never comes"),
        (&HOURS, "no cron expression"),
        (&PLACE, "no time zone `Europe/Pariss`"),
        (&CITY, "takes some that are required"),
    ] {
        let errors = Registry::new([Submission::Plugin(Pulse::DEF), Submission::Task(task)]).unwrap_err();
        let [error] = errors.as_slice() else { panic!("{errors:?}") };
        assert!(error.to_string().contains(told) && error.to_string().contains(task.name), "{error}");
    }
}
