//! The bus: order, isolation, queues, handlers that come and go, events that cause one another.

use crate::support::start;
use galatea::{agent::Agent, event::EventType, prelude::*};
use serde::Serialize;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// The log, the gate and the counts are one for all tests of this file; they take turns.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());
static GATE: Semaphore = Semaphore::const_new(0);

fn log(line: impl Into<String>) {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).push(line.into());
}

fn taken() -> Vec<String> {
    std::mem::take(&mut LOG.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Waits until the log has so many lines.
async fn logged(lines: usize) -> Vec<String> {
    for _ in 0..200 {
        if LOG.lock().unwrap_or_else(PoisonError::into_inner).len() >= lines {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    taken()
}

macro_rules! event {
    ($type:ident, $name:literal) => {
        #[derive(Clone, Debug, Serialize)]
        pub struct $type(pub usize);

        impl EventType for $type {
            const NAME: &'static str = $name;
        }
    };
}

event!(Rang, "BELL_RANG");
event!(Knocked, "DOOR_KNOCKED");
event!(Opened, "DOOR_OPENED");
event!(Echoed, "ECHO_ECHOED");
event!(Dripped, "TAP_DRIPPED");
event!(Rained, "SKY_RAINED");
event!(Snowed, "SKY_SNOWED");
event!(Overflowed, "TAP_OVERFLOWED");

/// Listens first: what others require loads before them.
#[plugin("bell")]
pub struct Bell;

#[on(Rang, plugin = Bell)]
async fn a_hears(event: Event<Rang>) {
    log(format!("bell a {}", event.0.0));
}

#[on(Rang, plugin = Bell)]
async fn b_fails() -> Result<(), String> {
    log("bell b");
    Err("out of order".to_owned())
}

#[on(Rang, plugin = Bell)]
async fn c_panics() {
    log("bell c");
    panic!("a bug");
}

/// Listens second, and talks with the house over events of their own.
#[plugin("door", requires(Bell))]
pub struct Door;

#[on(Rang, plugin = Door)]
async fn after_the_bell(event: Event<Rang>, events: Events) {
    log(format!("door {}", event.0.0));
    events.emit(Knocked(event.0.0)).await;
    log("door done");
}

/// Opens where somebody knocks.
#[plugin("butler", requires(Door))]
pub struct Butler;

#[on(Knocked, plugin = Butler)]
async fn open(event: Event<Knocked>, events: Events) {
    events.emit(Opened(event.0.0 + 1)).await;
}

const HOUSE: &str = "name = \"Ada\"\n[plugins.bell]\n[plugins.butler]\n[plugins.door]";

#[tokio::test]
async fn handlers_run_in_load_order_then_in_order_of_subscription_each_for_itself() {
    let _turn = TURN.lock().await;
    taken();
    let agent = start(HOUSE).await;
    let first = agent.on(|rang: Arc<Rang>| async move { log(format!("first {}", rang.0)) });
    let failing = agent.on(|_: Arc<Rang>| async move { Err::<(), _>("no".to_owned()) });
    let panicking = agent.on(|rang: Arc<Rang>| async move { assert!(rang.0 > 100, "a bug") });
    let once = agent.once(async |rang: Arc<Rang>| log(format!("once {}", rang.0)));
    agent.on(|opened: Arc<Opened>| async move { log(format!("opened {}", opened.0)) }).forever();
    agent.emit(Rang(1)).await;
    let plugins = ["bell a 1", "bell b", "bell c", "door 1", "opened 2", "door done"];
    let wanted: Vec<&str> = plugins.into_iter().chain(["first 1", "once 1"]).collect();
    assert_eq!(taken(), wanted, "an error and a panic touch nobody else");
    drop((first, failing, panicking));
    agent.emit(Rang(2)).await;
    assert_eq!(taken(), ["bell a 2", "bell b", "bell c", "door 2", "opened 3", "door done"]);
    drop(once);
    assert_eq!(agent.events().dropped(), 0);
    agent.stop().await;
    agent.emit(Rang(3)).await;
    assert_eq!(taken(), [""; 0], "nothing of a plugin that is unloaded hears anything");
}

/// Emits what it hears, and drips into queues.
#[plugin("tap")]
pub struct Tap;

#[on(Echoed, plugin = Tap)]
async fn echo(event: Event<Echoed>, events: Events) {
    log(format!("echo {}", event.0.0));
    events.emit(Echoed(event.0.0 + 1)).await;
}

async fn slowly(line: String) {
    GATE.acquire().await.unwrap().forget();
    log(line);
}

#[on(Dripped, plugin = Tap, queued(capacity = 3))]
async fn oldest_goes(event: Event<Dripped>) {
    slowly(format!("drop {}", event.0.0)).await;
}

#[on(Rained, plugin = Tap, queued(capacity = 3, full = drop_newest))]
async fn newest_goes(event: Event<Rained>) {
    slowly(format!("rain {}", event.0.0)).await;
}

#[on(Snowed, plugin = Tap, queued(capacity = 3, full = wait))]
async fn none_goes(event: Event<Snowed>) {
    slowly(format!("snow {}", event.0.0)).await;
}

static POURED: AtomicUsize = AtomicUsize::new(0);

/// Emits more of its own event than its queue holds, from within.
#[on(Overflowed, plugin = Tap, queued(capacity = 2, full = wait))]
async fn pour(event: Event<Overflowed>, events: Events) {
    POURED.fetch_add(1, Ordering::SeqCst);
    if event.0.0 == 0 {
        for drop in 1..=5 {
            events.emit(Overflowed(drop)).await;
        }
    }
}

const TAP: &str = "name = \"Ada\"\n[plugins.tap]";

#[tokio::test]
async fn an_event_that_leads_to_itself_ends() {
    let _turn = TURN.lock().await;
    taken();
    let agent = start(TAP).await;
    agent.emit(Echoed(1)).await;
    assert_eq!(taken().len(), 16);
    assert_eq!(agent.events().dropped(), 1);
    agent.emit(Overflowed(0)).await;
    for _ in 0..100 {
        if POURED.load(Ordering::SeqCst) == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(POURED.load(Ordering::SeqCst), 3, "two fit, and nothing waits for itself");
    assert_eq!(agent.events().dropped(), 4);
    agent.stop().await;
}

/// Emits 1 to 6 and waits until the first is in the handler's hands.
async fn six<E: EventType>(agent: &Agent, event: fn(usize) -> E) {
    agent.emit(event(1)).await;
    tokio::task::yield_now().await;
    for number in 2..=6 {
        agent.emit(event(number)).await;
    }
}

#[tokio::test]
async fn queues_are_bounded_keep_the_order_and_do_not_hold_the_emitter() {
    let _turn = TURN.lock().await;
    taken();
    let agent = start(TAP).await;
    // One is in work, three wait.
    six(&agent, Dripped).await;
    assert_eq!(agent.events().dropped(), 2);
    GATE.add_permits(4);
    assert_eq!(logged(4).await, ["drop 1", "drop 4", "drop 5", "drop 6"]);
    six(&agent, Rained).await;
    assert_eq!(agent.events().dropped(), 4);
    GATE.add_permits(4);
    assert_eq!(logged(4).await, ["rain 1", "rain 2", "rain 3", "rain 4"]);
    let snow = tokio::spawn({
        let agent = agent.clone();
        async move { six(&agent, Snowed).await }
    });
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert!(!snow.is_finished(), "who emits waits for space");
    GATE.add_permits(6);
    assert_eq!(logged(6).await, (1..=6).map(|number| format!("snow {number}")).collect::<Vec<_>>());
    snow.await.unwrap();
    assert_eq!(agent.events().dropped(), 4);
    agent.stop().await;
}

#[tokio::test]
async fn what_waits_is_handled_before_the_end() {
    let _turn = TURN.lock().await;
    taken();
    let agent = start(TAP).await;
    agent.emit(Rained(1)).await;
    agent.emit(Rained(2)).await;
    let stopping = tokio::spawn({
        let agent = agent.clone();
        async move { agent.stop().await }
    });
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert!(!stopping.is_finished());
    GATE.add_permits(2);
    stopping.await.unwrap();
    assert_eq!(taken(), ["rain 1", "rain 2"]);
    assert_eq!(agent.events().dropped(), 0);
}

#[tokio::test]
async fn an_event_without_handlers_costs_next_to_nothing() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]").await;
    let begun = std::time::Instant::now();
    for number in 0..10_000 {
        agent.emit(Rang(number)).await;
    }
    let each = begun.elapsed() / 10_000;
    assert!(each < Duration::from_micros(20), "{each:?}");
    agent.stop().await;
}
