//! Agents with tasks, a clock that stands still, and a log of what the tasks did.

use crate::support::plan;
use galatea::{
    agent::{Agent, StartOptions},
    clock::Clock,
    extract::Clock as Now,
    prelude::*,
    registry::Registry,
    store::{InMemory, StoredTask, TaskState},
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

/// Where the agents of a test keep their tasks, by the name of the test; it outlives them as a database would.
static KEPT: Mutex<BTreeMap<String, Arc<InMemory>>> = Mutex::new(BTreeMap::new());
static LOG: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());
pub static GATE: Semaphore = Semaphore::const_new(0);

/// What tasks of the agent of a test did.
pub fn log_of(test: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    log.iter().filter(|(name, _)| name == test).map(|(_, line)| line.clone()).collect()
}

fn log(agent: &Agent, line: String) {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).push((agent.character().name.clone(), line));
}

/// Waits until a test's log has so many lines.
pub async fn logged(test: &str, lines: usize) -> Vec<String> {
    for _ in 0..400 {
        if log_of(test).len() >= lines {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    log_of(test)
}

/// Waits until what is to happen by now has happened.
pub async fn settle() {
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

pub fn order(what: &str) -> Order {
    Order { what: what.to_owned(), ..Order::default() }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub const NOON: &str = "2026-03-02T12:00:00Z";

pub async fn begin(test: &str, plugins: &[&str], clock: &Clock) -> Agent {
    let tables: String = plugins.iter().map(|plugin| format!("[plugins.{plugin}]\n")).collect();
    let plan = plan(&format!("name = \"{test}\"\n[plugins.drawer]\n{tables}"));
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    Agent::start(plan, &Registry::linked().unwrap(), options).await.unwrap()
}

pub async fn only_task(agent: &Agent) -> StoredTask {
    let tasks = agent.tasks().list().await.unwrap();
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    tasks[0].clone()
}

/// Waits until the only task is in a state.
pub async fn task_in(agent: &Agent, state: TaskState) -> StoredTask {
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
