//! Loading: the order, the hooks, the services, and that nothing stays behind where a plugin is refused.

use crate::support::{ask, start, try_start};
use galatea::{
    agent::{Incoming, LoadStep, Outcome, StartError},
    prelude::*,
};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// The log is one for all tests of this file; they take turns.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn log(line: &str) {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
}

fn taken() -> Vec<String> {
    std::mem::take(&mut LOG.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The base of the other two.
#[plugin("base")]
pub struct Base;

#[derive(Debug)]
pub struct Ground;

/// What others stand on.
#[service(plugin = Base)]
impl Ground {
    async fn start() -> Self {
        log("base: ground starts");
        Self
    }

    async fn stop(&self) {
        log("base: ground stops");
    }
}

/// Stands on the base.
#[plugin("house", requires(Base), config = House0)]
pub struct House;

/// How it is built.
#[config]
pub struct House0 {
    /// Whether loading fails.
    #[serde(default)]
    pub collapse: bool,
    /// Whether the roof falls when it is raised.
    #[serde(default)]
    pub no_roof: bool,
}

#[on_load(plugin = House)]
async fn build(config: Config<House>, _ground: Service<Ground>) -> Result<(), String> {
    log("house: on_load, the ground is there");
    if config.collapse { Err("the walls fell".to_owned()) } else { Ok(()) }
}

#[on_unload(plugin = House)]
async fn tear_down() {
    log("house: on_unload");
}

#[derive(Debug)]
pub struct Roof;

/// Needs the walls: named before them, started after them.
#[service(plugin = House, name = "a-roof")]
impl Roof {
    async fn start(_walls: Service<Walls>, config: Config<House>) -> Result<Self, String> {
        log("house: roof starts");
        if config.no_roof { Err("no tiles".to_owned()) } else { Ok(Self) }
    }

    async fn stop(&self) {
        log("house: roof stops");
    }
}

#[derive(Debug)]
pub struct Walls;

/// Carries the roof.
#[service(plugin = House, name = "walls")]
impl Walls {
    async fn start() -> Self {
        log("house: walls start");
        Self
    }

    async fn stop(&self) {
        log("house: walls stop");
    }
}

const UP: [&str; 5] = [
    "base: ground starts",
    "house: on_load, the ground is there",
    "house: walls start",
    "house: roof starts",
    "house: roof stops",
];

#[tokio::test]
async fn up_in_order_and_down_in_reverse() {
    let _turn = TURN.lock().await;
    taken();
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.house]\n[plugins.base]").await;
    assert!(agent.has::<House>());
    let report = agent.report();
    let house = report.plugins.iter().find(|p| p.plugin == "house").unwrap();
    assert_eq!(house.outcome, Outcome::Loaded);
    let steps: Vec<LoadStep> = house.steps.iter().map(|s| s.step).collect();
    assert!(steps.is_sorted(), "{steps:?}");
    assert_eq!(house.steps.last().unwrap().registered, ["walls", "a-roof"]);
    agent.stop().await;
    let mut wanted = UP.to_vec();
    wanted.extend(["house: walls stop", "house: on_unload", "base: ground stops"]);
    assert_eq!(taken(), wanted);
}

#[tokio::test]
async fn a_refused_plugin_leaves_nothing_behind() {
    let _turn = TURN.lock().await;
    for (key, step, why, log) in [
        (
            "collapse",
            LoadStep::OnLoad,
            "the walls fell",
            vec![
                "base: ground starts",
                "house: on_load, the ground is there",
                "house: on_unload",
                "base: ground stops",
            ],
        ),
        (
            "no-roof",
            LoadStep::Services,
            "service `a-roof`: no tiles",
            vec![
                "base: ground starts",
                "house: on_load, the ground is there",
                "house: walls start",
                "house: roof starts",
                "house: walls stop",
                "house: on_unload",
                "base: ground stops",
            ],
        ),
    ] {
        taken();
        let toml = format!("name = \"Ada\"\n[plugins.puppet]\n[plugins.house]\n{key} = true\n[plugins.base]");
        let error = try_start(&toml).await.expect_err("refused");
        let StartError::Refused { plugin, step: at, why: because, report, .. } = error else {
            panic!("{error}")
        };
        assert_eq!((plugin.as_str(), at, because.as_str()), ("house", step, why));
        assert_eq!(taken(), log);
        let outcomes: Vec<(&str, bool)> = report
            .plugins
            .iter()
            .map(|p| (p.plugin.as_str(), matches!(p.outcome, Outcome::RolledBack | Outcome::Refused { .. })))
            .collect();
        assert!(outcomes.contains(&("base", true)) && outcomes.contains(&("house", true)), "{outcomes:?}");
        assert_eq!(report.plugins.len(), 3, "every plugin of the plan is accounted for");
    }
}

#[tokio::test]
async fn conditions_decide_what_runs_and_say_why() {
    let toml = "name = \"Ada\"\n[plugins.puppet]\n\
                [plugins.stage]\nenabled = { env = \"GALATEA_TEST_NOT_SET\" }\n[plugins.looker]\nenabled = false";
    let agent = start(toml).await;
    let told = agent.report().to_string();
    assert!(told.contains("stage") && told.contains("GALATEA_TEST_NOT_SET is not set"), "{told}");
    assert!(agent.parts().plugins.iter().all(|p| p.name == "puppet"));
}

/// Starts its service when somebody wants it.
#[plugin("sleeper", lazy)]
pub struct Sleeper;

static STARTS: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
pub struct Dream;

/// Takes a while to start, and fails the first time.
#[service(plugin = Sleeper)]
impl Dream {
    async fn start() -> Result<Self, String> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if STARTS.fetch_add(1, Ordering::SeqCst) == 0 { Err("not yet".to_owned()) } else { Ok(Self) }
    }
}

/// Wants the service.
#[action(plugin = Sleeper)]
async fn dream(_dream: Service<Dream>) -> &'static str {
    "dreamt"
}

#[tokio::test]
async fn a_lazy_service_starts_once_on_first_use() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.sleeper]").await;
    assert_eq!(STARTS.load(Ordering::SeqCst), 0);
    assert!(agent.service::<Dream>().is_none());
    let (said, _) = ask(&agent, "do DREAM").await;
    assert!(said[0].ends_with("could not be started: not yet]"), "{said:?}");
    let mut turns = Vec::new();
    for room in 0..8 {
        let incoming = Incoming::direct("test", &room.to_string(), "sam", "do DREAM");
        turns.push(agent.send(incoming).await.unwrap());
    }
    for turn in turns {
        assert_eq!(turn.finish().await.0[0].content.text, "[dreamt]");
    }
    assert_eq!(STARTS.load(Ordering::SeqCst), 2, "once failed, once started");
    assert!(agent.service::<Dream>().is_some());
    agent.stop().await;
}
