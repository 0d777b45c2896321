//! What plugins do by themselves while two generations of them exist: handlers that they subscribed, tasks.

use super::super::*;
use crate::support::{plan, start};
use galatea::{
    agent::{Incoming, StartOptions},
    event::{TaskFailed, TaskStarted},
    registry::Registry,
};
use serde_json::json;

/// Listens by itself, and works.
#[plugin("ear", config = EarConfig)]
pub struct Ear;

/// How it hears.
#[config]
pub struct EarConfig {
    /// Whose lines the log has.
    pub tag: String,
    /// Which ear this is.
    pub number: u32,
    /// The start waits at a gate of its own.
    #[serde(default)]
    pub slow: bool,
}

/// Somebody calls.
#[derive(Debug, serde::Serialize)]
pub struct Called {
    tag: String,
}

impl EventType for Called {
    const NAME: &'static str = "HOT_TEST_CALLED";
}

fn hear(events: &Events, tag: &str, line: String) {
    let tag = tag.to_owned();
    events
        .on(move |called: Arc<Called>| {
            if called.tag == tag {
                log(&tag, line.clone());
            }
            std::future::ready(())
        })
        .forever();
}

#[on_load(plugin = Ear)]
async fn ear_opens(events: Events, config: Config<Ear>) {
    hear(&events, &config.tag, format!("heard {}", config.number));
}

pub struct Drum {
    tag: String,
    number: u32,
    events: Events,
}

/// Can subscribe later.
#[service(plugin = Ear)]
impl Drum {
    async fn start(config: Config<Ear>, events: Events) -> Self {
        if config.slow {
            log(&config.tag, format!("starting {}", config.number));
            pass(&format!("{}: start", config.tag)).await;
        }
        Self { tag: config.tag.clone(), number: config.number, events }
    }

    async fn stop(&self) {
        log(&self.tag, format!("stop {}", self.number));
    }
}

/// Calls when the gate opens.
#[action(plugin = Ear)]
async fn call_out(config: Config<Ear>, events: Events) -> String {
    log(&config.tag, format!("held {}", config.number));
    pass(&config.tag).await;
    events.emit(Called { tag: config.tag.clone() }).await;
    "called".to_owned()
}

/// Works when the gate opens.
#[task(plugin = Ear)]
async fn listen_in(config: Config<Ear>, drum: Service<Drum>) {
    log(&config.tag, format!("works {} {}", config.number, drum.number));
    pass(&config.tag).await;
    log(&config.tag, format!("worked {}", config.number));
}

fn ear(tag: &str, number: u32, more: &str) -> String {
    format!("name = \"Ada\"\n[plugins.puppet]\n[plugins.ear]\ntag = \"{tag}\"\nnumber = {number}\n{more}")
}

/// What was logged of hearing since the last time.
fn heard(tag: &str, seen: &mut usize) -> Vec<String> {
    let all: Vec<String> = lines(tag).into_iter().filter(|line| line.starts_with("heard")).collect();
    let new = all[*seen..].to_vec();
    *seen = all.len();
    new
}

#[tokio::test]
async fn a_handler_hears_what_happens_to_its_own_generation() {
    let (tag, mut seen) = ("ears", 0);
    let agent = start(&ear(tag, 1, "")).await;
    let call = async || agent.emit(Called { tag: tag.to_owned() }).await;
    agent
        .on(move |called: Arc<Called>| {
            if called.tag == tag {
                log(tag, "heard outside".to_owned());
            }
            std::future::ready(())
        })
        .forever();
    call().await;
    assert_eq!(heard(tag, &mut seen), ["heard 1", "heard outside"]);
    let turn = agent.send(Incoming::direct("test", "held", "sam", "do CALL_OUT")).await.unwrap();
    logged(tag, "held 1").await;
    let change = tokio::spawn({
        let agent = agent.clone();
        async move { agent.apply(plan(&ear(tag, 2, "slow = true"))).await }
    });
    logged(tag, "starting 2").await;
    call().await;
    assert_eq!(heard(tag, &mut seen), ["heard 1", "heard outside"], "the new one is not in use yet");
    gate(&format!("{tag}: start")).add_permits(1);
    change.await.unwrap().unwrap();
    call().await;
    assert_eq!(heard(tag, &mut seen), ["heard outside", "heard 2"], "the old one is in use in a turn only");
    gate(tag).add_permits(1);
    turn.finish().await;
    assert_eq!(heard(tag, &mut seen), ["heard 1", "heard outside"], "the turn uses the old one");
    agent.stop().await;
}

#[tokio::test]
async fn what_an_unloaded_plugin_subscribes_hears_nothing() {
    let (tag, mut seen) = ("deaf", 0);
    let agent = start(&ear(tag, 1, "")).await;
    let first = agent.service::<Drum>().unwrap();
    agent.apply(plan(&ear(tag, 2, ""))).await.unwrap();
    logged(tag, "stop 1").await;
    let second = agent.service::<Drum>().unwrap();
    hear(&first.events, tag, "heard 1 late".to_owned());
    hear(&second.events, tag, "heard 2 late".to_owned());
    agent.emit(Called { tag: tag.to_owned() }).await;
    assert_eq!(heard(tag, &mut seen), ["heard 2", "heard 2 late"]);
    agent.apply(plan("name = \"Ada\"\n[plugins.puppet]")).await.unwrap();
    logged(tag, "stop 2").await;
    hear(&second.events, tag, "heard 2 again".to_owned());
    agent.emit(Called { tag: tag.to_owned() }).await;
    assert_eq!(heard(tag, &mut seen), [""; 0]);
    agent.stop().await;
}

#[tokio::test]
async fn an_attempt_uses_what_there_was_when_it_was_claimed() {
    let tag = "claimed";
    let agent = start(&ear(tag, 1, "")).await;
    let telling = agent.on(move |started: Arc<TaskStarted>| async move {
        log(tag, format!("tells of {}", started.name));
        pass(&format!("{tag}: tell")).await;
    });
    agent.tasks().schedule("LISTEN_IN", When::Now, json!({})).await.unwrap();
    logged(tag, "tells of LISTEN_IN").await;
    agent.apply(plan(&ear(tag, 2, ""))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    gate(&format!("{tag}: tell")).add_permits(1);
    gate(tag).add_permits(1);
    logged(tag, "stop 1").await;
    assert_eq!(lines(tag), ["tells of LISTEN_IN", "works 1 1", "worked 1", "stop 1"]);
    drop(telling);
    agent.stop().await;
}

#[tokio::test]
async fn an_attempt_on_what_was_replaced_is_cut_off_before_its_services_stop() {
    let tag = "cut";
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    let agent = Agent::start(plan(&ear(tag, 1, "")), &Registry::linked().unwrap(), options).await.unwrap();
    let failing = agent.on(move |failed: Arc<TaskFailed>| async move { log(tag, failed.error.clone()) });
    agent.tasks().schedule("LISTEN_IN", When::Now, json!({})).await.unwrap();
    logged(tag, "works 1 1").await;
    agent.apply(plan(&ear(tag, 2, ""))).await.unwrap();
    agent.tasks().schedule("LISTEN_IN", When::Now, json!({})).await.unwrap();
    logged(tag, "works 2 2").await;
    // Two minutes for a turn, and ten seconds; then the attempt has five of its own.
    tokio::time::sleep(Duration::from_millis(50)).await;
    clock.advance(Duration::from_secs(130));
    tokio::time::sleep(Duration::from_secs(5)).await;
    logged(tag, "stop 1").await;
    let why =
        "its plugin was unloaded in the middle; whether it took effect is not known, so it is not repeated";
    assert_eq!(lines(tag), ["works 1 1", "works 2 2", why, "stop 1"]);
    gate(tag).add_permits(1);
    logged(tag, "worked 2").await;
    drop(failing);
    agent.stop().await;
}
