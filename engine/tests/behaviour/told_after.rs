//! What happened is told when it is so, and nothing is held meanwhile that those who hear of it may want.

use crate::support::{ask, start, turn, until};
use galatea::{
    agent::Incoming,
    event::{EntityJoined, ServiceRestarted, ServiceUp, WorldJoined},
    prelude::*,
};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Long enough for a machine that is busy, and shorter than any time limit of a listener.
const SOON: Duration = Duration::from_secs(4);

/// Starts its service when somebody wants it.
#[plugin("late-riser", lazy)]
pub struct LateRiser;

#[derive(Debug)]
pub struct Breakfast;

/// Is ready at once.
#[service(plugin = LateRiser)]
impl Breakfast {
    async fn start() -> Self {
        Self
    }
}

/// Wants the service.
#[action(plugin = LateRiser)]
async fn eat(_breakfast: Service<Breakfast>) -> &'static str {
    "eaten"
}

static SERVED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Wants the service that it hears of.
#[on(ServiceUp, plugin = LateRiser)]
async fn serve(event: Event<ServiceUp>, _breakfast: Service<Breakfast>) {
    SERVED.lock().unwrap().push(event.service.clone());
}

#[tokio::test]
async fn who_hears_of_a_lazy_service_can_have_it() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.late-riser]").await;
    let begun = Instant::now();
    assert_eq!(ask(&agent, "do EAT").await.0, ["[eaten]"]);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert_eq!(*SERVED.lock().unwrap(), ["breakfast"]);
    agent.stop().await;
}

/// Greets whoever comes, in the room where they are.
#[plugin("doorman")]
pub struct Doorman;

#[on(EntityJoined, plugin = Doorman)]
async fn announce(event: Event<EntityJoined>, agent: Agent) -> Result<(), galatea::agent::AcceptError> {
    if event.entity.names == ["sam"] {
        agent.send(Incoming::direct("test", "hall", "doorman", "say Sam is here")).await?;
    }
    Ok(())
}

#[on(WorldJoined, plugin = Doorman)]
async fn annex(event: Event<WorldJoined>, agent: Agent) -> Result<(), galatea::store::StoreError> {
    if event.world.name == "test" {
        agent.connect_world("annex", "annex").await?;
    }
    Ok(())
}

/// A message that makes room, world and sender known: who hears of them sends to the same room and makes a world.
#[tokio::test]
async fn who_hears_of_a_newcomer_may_speak_at_once() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.doorman]").await;
    let begun = Instant::now();
    let (said, _) = turn(&agent, Incoming::direct("test", "hall", "sam", "say Hello")).await;
    assert_eq!(said, ["Hello"]);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    let names = async || {
        let worlds = agent.store().worlds().await.unwrap();
        let mut names: Vec<String> = worlds.into_iter().map(|world| world.name).collect();
        names.sort();
        names
    };
    assert_eq!(names().await, ["annex", "test"]);
    let room = agent.place_id("test", "hall");
    let announced = async || {
        let runs = agent.store().runs(Some(room), 10).await.unwrap();
        runs.len() == 2 && runs.iter().all(galatea::store::StoredRun::is_finished)
    };
    until("the announcement is answered", announced).await;
    agent.stop().await;
}

/// A service whose work fails once.
#[plugin("treadmill")]
pub struct Treadmill;

static RUNS: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
pub struct Belt;

/// Breaks, then goes on.
#[service(plugin = Treadmill)]
impl Belt {
    async fn start() -> Self {
        Self
    }

    async fn run(&self) -> Result<(), String> {
        if RUNS.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err("it broke".to_owned());
        }
        std::future::pending().await
    }
}

static HEARD: AtomicUsize = AtomicUsize::new(0);

/// Takes its time.
#[on(ServiceRestarted, plugin = Treadmill)]
async fn dawdle(_event: Event<ServiceRestarted>) {
    HEARD.fetch_add(1, Ordering::SeqCst);
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_service_that_is_back_works_whoever_listens() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.treadmill]").await;
    // It comes back after one second or two.
    until("it broke", async || RUNS.load(Ordering::SeqCst) == 1).await;
    let begun = Instant::now();
    while (HEARD.load(Ordering::SeqCst), RUNS.load(Ordering::SeqCst)) != (1, 2) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(begun.elapsed() < SOON, "runs {RUNS:?}, heard {HEARD:?}");
    }
    agent.stop().await;
}
