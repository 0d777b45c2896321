//! Changes of a running agent. Here are the plugins that are changed; each test has a tag of its own in their log.

#[path = "hot/apply.rs"]
mod apply;
#[path = "hot/load.rs"]
mod load;
#[path = "hot/manager.rs"]
mod manager;
#[path = "hot/races.rs"]
mod races;
#[path = "hot/watch.rs"]
mod watch;

use crate::support::ask;
use galatea::{agent::Change, event::EventType, prelude::*};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

static LOG: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());
static GATES: Mutex<BTreeMap<String, Arc<Semaphore>>> = Mutex::new(BTreeMap::new());

fn log(tag: &str, line: String) {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).push((tag.to_owned(), line));
}

/// What was logged under a tag.
fn lines(tag: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    log.iter().filter(|(of, _)| of == tag).map(|(_, line)| line.clone()).collect()
}

/// Who waits at the gate of a tag goes on when it gets a permit.
fn gate(tag: &str) -> Arc<Semaphore> {
    let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(gates.entry(tag.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(0))))
}

async fn pass(tag: &str) {
    gate(tag).acquire().await.expect("a gate").forget();
}

/// Waits until a line was logged.
async fn logged(tag: &str, line: &str) {
    for _ in 0..500 {
        if lines(tag).iter().any(|found| found == line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("`{line}` was not logged: {:?}", lines(tag));
}

/// Measures. Its service carries the number of its config.
#[plugin("gauge", config = GaugeConfig)]
pub struct Gauge;

/// How it measures.
#[config]
#[derive(Debug)]
pub struct GaugeConfig {
    /// Whose lines the log has.
    #[serde(default)]
    pub tag: String,
    /// What it shows.
    #[serde(default)]
    pub number: u32,
    /// What goes wrong: `load`, `start`, `panic`; the start waits at the gate if `slow`, the provider if `gated`.
    #[serde(default)]
    pub fault: String,
    /// A key.
    #[serde(default)]
    pub key: Option<Secret>,
}

#[on_load(plugin = Gauge)]
async fn gauge_loads(config: Config<Gauge>) -> Result<(), String> {
    log(&config.tag, format!("load {}", config.number));
    let key = config.key.as_ref().map(Secret::expose).unwrap_or_default();
    if !key.is_empty() {
        log(&config.tag, format!("key {key}"));
    }
    if config.fault == "load" { Err("the glass broke".to_owned()) } else { Ok(()) }
}

#[on_unload(plugin = Gauge)]
async fn gauge_unloads(config: Config<Gauge>) {
    log(&config.tag, format!("unload {}", config.number));
}

#[derive(Debug)]
pub struct Meter {
    number: u32,
    tag: String,
    stopped: AtomicUsize,
    users: AtomicUsize,
}

/// What is shared.
#[service(plugin = Gauge)]
impl Meter {
    async fn start(config: Config<Gauge>) -> Result<Self, String> {
        match config.fault.as_str() {
            "start" => return Err("the needle stuck".to_owned()),
            "panic" => panic!("the spring jumped"),
            "slow" => {
                log(&config.tag, format!("starting {}", config.number));
                pass(&config.tag).await;
            }
            _ => {}
        }
        log(&config.tag, format!("start {}", config.number));
        let (stopped, users) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Ok(Self { number: config.number, tag: config.tag.clone(), stopped, users })
    }

    async fn stop(&self) {
        self.stopped.fetch_add(1, Ordering::SeqCst);
        let users = self.users.load(Ordering::SeqCst);
        let how = if users == 0 { "stop" } else { "stop in use" };
        log(&self.tag, format!("{how} {}", self.number));
    }
}

impl Meter {
    fn reading(&self, number: u32) -> Result<String, String> {
        if self.stopped.load(Ordering::SeqCst) > 0 {
            return Err(format!("meter {} is stopped", self.number));
        }
        if self.number == number {
            Ok(number.to_string())
        } else {
            Err(format!("{} is not {number}", self.number))
        }
    }
}

/// Reads the meter for a while.
#[action(plugin = Gauge)]
async fn measure(config: Config<Gauge>, meter: Service<Meter>) -> Result<String, String> {
    meter.users.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(3)).await;
    let reading = meter.reading(config.number);
    meter.users.fetch_sub(1, Ordering::SeqCst);
    reading
}

/// Reads the meter when the gate opens.
#[action(plugin = Gauge)]
async fn hold(config: Config<Gauge>, meter: Service<Meter>, agent: Agent) -> Result<String, String> {
    let before = agent.character().bio.as_slice().join(" ");
    log(&config.tag, format!("held {}", config.number));
    pass(&config.tag).await;
    let after = agent.character().bio.as_slice().join(" ");
    if before != after {
        return Err(format!("{before} became {after}"));
    }
    meter.reading(config.number)
}

/// What the meter showed when somebody looked.
#[provider(plugin = Gauge, cache(ttl = "10m"))]
async fn reading(config: Config<Gauge>) -> Context {
    if config.fault == "gated" {
        log(&config.tag, format!("reading {}", config.number));
        pass(&config.tag).await;
    }
    let mut values = Map::new();
    values.insert("reading".to_owned(), config.number.into());
    Context { text: String::new(), values, data: Value::Null, ..Context::default() }
}

/// What the provider said.
#[action(plugin = Gauge)]
async fn recall(state: State) -> String {
    state.values.get("reading").map(ToString::to_string).unwrap_or_default()
}

/// Somebody knocks.
#[derive(Debug, serde::Serialize)]
pub struct Knock {
    tag: &'static str,
}

impl EventType for Knock {
    const NAME: &'static str = "HOT_TEST_KNOCK";
}

/// Reads the meter when the gate opens.
#[on(Knock, plugin = Gauge)]
async fn knocked(knock: Event<Knock>, config: Config<Gauge>, meter: Service<Meter>) {
    if knock.tag != config.tag {
        return;
    }
    log(knock.tag, format!("knock {}", config.number));
    pass(knock.tag).await;
    log(knock.tag, format!("knocked {:?}", meter.reading(config.number)));
}

/// Needs the gauge.
#[plugin("dial", requires(Gauge))]
pub struct Dial;

#[derive(Debug)]
pub struct Hand(Arc<Meter>);

/// Holds on to the meter.
#[service(plugin = Dial)]
impl Hand {
    async fn start(meter: Service<Meter>) -> Self {
        log(&meter.tag, format!("hand on {}", meter.number));
        Self(meter.0)
    }

    async fn stop(&self) {
        log(&self.0.tag, format!("hand off {}", self.0.number));
    }
}

/// Whether the hand is on the meter of this turn.
#[action(plugin = Dial)]
async fn point(hand: Service<Hand>, meter: Service<Meter>) -> Result<String, String> {
    if Arc::ptr_eq(&hand.0.0, &meter.0) { meter.reading(meter.number) } else { Err("off".to_owned()) }
}

/// Needs the dial, and through it the gauge.
#[plugin("face", requires(Dial))]
pub struct Face;

/// Can use the gauge.
#[plugin("lamp", optional(Gauge))]
pub struct Lamp;

#[derive(Debug)]
pub struct Bulb(Option<u32>);

/// Shines as the meter says, if there is one.
#[service(plugin = Lamp)]
impl Bulb {
    async fn start(meter: Option<Service<Meter>>) -> Self {
        Self(meter.map(|meter| meter.number))
    }
}

/// What the bulb knows.
#[action(plugin = Lamp)]
async fn shine(bulb: Service<Bulb>) -> String {
    format!("{:?}", bulb.0.0)
}

/// Has nothing to do with anything.
#[plugin("bystander")]
pub struct Bystander;

#[derive(Debug)]
pub struct Still;

/// Stays.
#[service(plugin = Bystander)]
impl Still {
    async fn start() -> Self {
        Self
    }
}

/// Starts when it is used.
#[plugin("sloth", lazy, config = SlothConfig)]
pub struct Sloth;

/// How it sleeps.
#[config]
pub struct SlothConfig {
    /// Whose lines the log has.
    pub tag: String,
    /// Which nap this is.
    #[serde(default)]
    pub number: u32,
}

#[derive(Debug)]
pub struct Nap {
    tag: String,
    number: u32,
    agent: Agent,
}

/// Starts when the gate opens.
#[service(plugin = Sloth)]
impl Nap {
    async fn start(config: Config<Sloth>, agent: Agent) -> Self {
        log(&config.tag, format!("yawns {}", config.number));
        pass(&config.tag).await;
        log(&config.tag, format!("sleeps {}", config.number));
        Self { tag: config.tag.clone(), number: config.number, agent }
    }

    async fn stop(&self) {
        log(&self.tag, format!("wakes {}", self.number));
    }
}

/// Sleeps, and says whose character its service sees.
#[action(plugin = Sloth)]
async fn nap(config: Config<Sloth>, nap: Service<Nap>) -> Result<String, String> {
    if config.number != nap.number {
        return Err(format!("nap {} is not {}", nap.number, config.number));
    }
    Ok(format!("{} {}", nap.number, nap.agent.character().bio.as_slice().join(" ")))
}

/// A character with a gauge.
fn gauge(tag: &str, number: u32, more: &str) -> String {
    format!("name = \"Ada\"\n[plugins.puppet]\n[plugins.gauge]\ntag = \"{tag}\"\nnumber = {number}\n{more}")
}

/// What the agent answers in one word.
async fn says(agent: &Agent, text: &str) -> String {
    let (said, record) = ask(agent, text).await;
    assert_eq!(said.len(), 1, "{record:?}");
    said[0].trim_matches(['[', ']']).to_owned()
}

fn reloaded(why: &[&str]) -> Change {
    Change::Reloaded { why: why.iter().map(|&why| why.to_owned()).collect() }
}
