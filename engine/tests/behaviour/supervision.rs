//! Services that fail: started anew with pauses, reported down, tried again when they are used.

use crate::support::{ask, plan};
use galatea::{
    agent::StartOptions,
    event::{ServiceDown, ServiceRestarted, ServiceUp},
    prelude::*,
    registry::Registry,
    service::ServiceState,
};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// What the services of these tests do; the tests take turns.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());
static STARTS: AtomicUsize = AtomicUsize::new(0);
/// Starts fail from this one on.
static START_FAILS: AtomicBool = AtomicBool::new(false);
static RUN: Mutex<Run> = Mutex::new(Run::Works);
static SICK: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Copy)]
enum Run {
    Works,
    Fails,
    Panics,
    IsDone,
}

fn log(line: impl Into<String>) {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).push(line.into());
}

fn taken() -> Vec<String> {
    std::mem::take(&mut LOG.lock().unwrap_or_else(PoisonError::into_inner))
}

fn reset(run: Run) {
    taken();
    STARTS.store(0, Ordering::SeqCst);
    START_FAILS.store(false, Ordering::SeqCst);
    SICK.store(false, Ordering::SeqCst);
    *RUN.lock().unwrap() = run;
}

/// Has a service with long work.
#[plugin("engine-room")]
pub struct EngineRoom;

#[derive(Debug)]
pub struct Motor {
    number: usize,
}

/// Turns and turns.
#[service(plugin = EngineRoom, health_every = "30s")]
impl Motor {
    async fn start() -> Result<Self, String> {
        let number = STARTS.fetch_add(1, Ordering::SeqCst) + 1;
        if START_FAILS.load(Ordering::SeqCst) {
            return Err(format!("no fuel for {number}"));
        }
        log(format!("start {number}"));
        Ok(Self { number })
    }

    async fn run(&self) -> Result<(), String> {
        struct Dropped(usize);
        impl Drop for Dropped {
            fn drop(&mut self) {
                log(format!("run {} ends", self.0));
            }
        }
        let _dropped = Dropped(self.number);
        let run = *RUN.lock().unwrap();
        match run {
            Run::Works => std::future::pending().await,
            Run::Fails => Err("the belt broke".to_owned()),
            Run::Panics => panic!("boom"),
            Run::IsDone => Ok(()),
        }
    }

    async fn stop(&self) {
        log(format!("stop {}", self.number));
    }

    async fn health(&self) -> Result<(), String> {
        if SICK.load(Ordering::SeqCst) { Err("too hot".to_owned()) } else { Ok(()) }
    }
}

#[action(plugin = EngineRoom)]
/// Which motor runs.
async fn which(motor: Service<Motor>) -> String {
    format!("motor {}", motor.number)
}

#[action(plugin = EngineRoom)]
/// Whether one runs.
async fn whether(motor: Option<Service<Motor>>) -> bool {
    motor.is_some()
}

#[on(ServiceUp, plugin = EngineRoom)]
async fn heard_up(event: Event<ServiceUp>) {
    log(format!("event up {}", event.service));
}

#[on(ServiceRestarted, plugin = EngineRoom)]
async fn heard_restarted(event: Event<ServiceRestarted>) {
    log(format!("event restarted, try {}: {}", event.tries, event.why));
}

#[on(ServiceDown, plugin = EngineRoom)]
async fn heard_down(event: Event<ServiceDown>) {
    log(format!("event down: {}", event.why));
}

async fn start() -> (Agent, Clock) {
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    let plan = plan("name = \"Ada\"\n[plugins.puppet]\n[plugins.engine-room]");
    (Agent::start(plan, &Registry::linked().unwrap(), options).await.unwrap(), clock)
}

/// Lets everything happen that can happen without time going on.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Lets time go on.
async fn pass(clock: &Clock, seconds: u64) {
    settle().await;
    clock.advance(Duration::from_secs(seconds));
    settle().await;
}

fn state(agent: &Agent) -> ServiceState {
    agent.services()[0].state.clone()
}

#[tokio::test]
async fn its_work_is_dropped_before_it_is_stopped() {
    let _turn = TURN.lock().await;
    reset(Run::Works);
    let (agent, _) = start().await;
    settle().await;
    assert_eq!((state(&agent), agent.services()[0].restarts), (ServiceState::Up, 0));
    agent.stop().await;
    assert_eq!(taken(), ["start 1", "event up motor", "run 1 ends", "stop 1"]);
}

#[tokio::test]
async fn done_is_no_failure() {
    let _turn = TURN.lock().await;
    reset(Run::IsDone);
    let (agent, clock) = start().await;
    pass(&clock, 3600).await;
    assert_eq!((state(&agent), STARTS.load(Ordering::SeqCst)), (ServiceState::Up, 1));
    agent.stop().await;
    assert_eq!(taken(), ["start 1", "event up motor", "run 1 ends", "stop 1"]);
}

#[tokio::test]
async fn who_fails_is_started_anew_and_everybody_sees_the_new_one() {
    let _turn = TURN.lock().await;
    for (run, why) in
        [(Run::Fails, "its `run` failed: the belt broke"), (Run::Panics, "its `run` panicked: boom")]
    {
        reset(run);
        let (agent, clock) = start().await;
        settle().await;
        assert_eq!(state(&agent), ServiceState::Restarting { why: why.to_owned() });
        let (said, _) = ask(&agent, "do WHICH").await;
        let wanted = format!(
            "service `motor` of plugin `engine-room` is down since 2026-01-01T00:00:00Z: {why}; it is being started anew"
        );
        assert!(said[0].contains(&wanted), "{said:?}");
        *RUN.lock().unwrap() = Run::Works;
        pass(&clock, 2).await;
        assert_eq!((state(&agent), agent.services()[0].restarts), (ServiceState::Up, 1));
        assert_eq!(ask(&agent, "do WHICH").await.0, ["[motor 2]"]);
        agent.stop().await;
        let restarted = format!("event restarted, try 1: {why}");
        assert_eq!(
            taken(),
            [
                "start 1",
                "event up motor",
                "run 1 ends",
                "stop 1",
                "start 2",
                &restarted,
                "event up motor",
                "run 2 ends",
                "stop 2"
            ]
        );
    }
}

#[tokio::test]
async fn three_bad_answers_in_a_row_are_a_failure() {
    let _turn = TURN.lock().await;
    reset(Run::Works);
    let (agent, clock) = start().await;
    SICK.store(true, Ordering::SeqCst);
    pass(&clock, 30).await;
    pass(&clock, 30).await;
    assert_eq!((state(&agent), agent.services()[0].unwell.as_deref()), (ServiceState::Up, Some("too hot")));
    SICK.store(false, Ordering::SeqCst);
    pass(&clock, 30).await;
    assert_eq!(agent.services()[0].unwell, None);
    SICK.store(true, Ordering::SeqCst);
    assert_eq!(agent.services_asked().await[0].unwell.as_deref(), Some("too hot"));
    for _ in 0..2 {
        pass(&clock, 30).await;
    }
    assert_eq!(STARTS.load(Ordering::SeqCst), 1, "two in a row are not three");
    pass(&clock, 30).await;
    let why = "it was not well 3 times in a row: too hot".to_owned();
    assert_eq!(state(&agent), ServiceState::Restarting { why });
    SICK.store(false, Ordering::SeqCst);
    pass(&clock, 2).await;
    assert_eq!(state(&agent), ServiceState::Up);
    agent.stop().await;
}

#[tokio::test]
async fn five_tries_then_down_then_once_a_minute_on_demand() {
    let _turn = TURN.lock().await;
    reset(Run::Fails);
    let (agent, clock) = start().await;
    START_FAILS.store(true, Ordering::SeqCst);
    let mut waited = 0;
    while !matches!(state(&agent), ServiceState::Down { .. }) {
        pass(&clock, 1).await;
        waited += 1;
        assert!(waited < 100, "{:?}", state(&agent));
    }
    // 1 + 2 + 4 + 8 + 16 s, each up to twice as long.
    assert!((31..=63).contains(&waited), "{waited}");
    assert_eq!(STARTS.load(Ordering::SeqCst), 6, "one start and five tries");
    let told = taken();
    assert_eq!(told.last().unwrap(), "event down: no fuel for 6");

    let (said, _) = ask(&agent, "do WHICH").await;
    assert!(
        said[0].contains("is down since 2026-01-01T00:00:00Z: no fuel for 6; mend the cause"),
        "{said:?}"
    );
    assert!(!ask(&agent, "do WHETHER").await.1.steps[0].result.as_ref().unwrap().success);
    assert_eq!(STARTS.load(Ordering::SeqCst), 6, "the last try was less than a minute ago");
    pass(&clock, 60).await;
    assert_eq!(STARTS.load(Ordering::SeqCst), 6, "nobody asked");
    ask(&agent, "do WHETHER").await;
    ask(&agent, "do WHETHER").await;
    assert_eq!(STARTS.load(Ordering::SeqCst), 7, "asked twice, tried once");
    START_FAILS.store(false, Ordering::SeqCst);
    *RUN.lock().unwrap() = Run::Works;
    pass(&clock, 60).await;
    assert_eq!(ask(&agent, "do WHICH").await.0, ["[motor 8]"]);
    assert_eq!(taken(), ["start 8", "event up motor"]);
    // It is supervised again.
    *RUN.lock().unwrap() = Run::Works;
    agent.stop().await;
    assert_eq!(taken(), ["run 8 ends", "stop 8"]);
}

#[tokio::test]
async fn five_good_minutes_give_all_tries_back() {
    let _turn = TURN.lock().await;
    reset(Run::Works);
    let (agent, clock) = start().await;
    for round in 1..=12 {
        SICK.store(true, Ordering::SeqCst);
        for _ in 0..3 {
            pass(&clock, 30).await;
        }
        SICK.store(false, Ordering::SeqCst);
        // Each pause is the first one, of one to two seconds: it ran well before.
        pass(&clock, 2).await;
        assert_eq!((state(&agent), agent.services()[0].restarts), (ServiceState::Up, round));
        pass(&clock, 300).await;
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_stop_while_it_is_being_started_anew_is_a_stop() {
    let _turn = TURN.lock().await;
    reset(Run::Fails);
    let (agent, clock) = start().await;
    settle().await;
    taken();
    agent.stop().await;
    pass(&clock, 3600).await;
    assert_eq!(taken(), Vec::<String>::new(), "it was stopped when it failed");
    assert_eq!(STARTS.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_agent_that_is_dropped_takes_its_services_with_it() {
    let _turn = TURN.lock().await;
    reset(Run::Works);
    let (agent, _) = start().await;
    settle().await;
    let service = Arc::downgrade(&agent.service::<Motor>().unwrap());
    drop(agent);
    settle().await;
    assert!(service.upgrade().is_none());
    assert!(taken().contains(&"run 1 ends".to_owned()));
}
