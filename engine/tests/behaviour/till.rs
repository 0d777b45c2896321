//! A plugin whose actions wait for a person, and agents that have it.

use crate::support::plan;
use galatea::{
    agent::{Agent, Incoming, StartOptions},
    prelude::*,
    registry::Registry,
    turn::{RunRecord, StepStatus},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;

/// Actions that a person must allow.
#[plugin("till")]
pub struct Till;

#[derive(Deserialize, JsonSchema)]
struct Sum {
    /// How much.
    #[serde(default)]
    value: String,
}

/// Pays.
#[action(plugin = Till, approval)]
async fn pay(Args(sum): Args<Sum>) -> ActionResult {
    ActionResult::text(format!("paid {}", sum.value)).with_value("paid", sum.value)
}

/// Closes the shop; an admin must allow it.
#[action(plugin = Till, approval(by = "admin", expires = "10m"), critical)]
async fn close_shop() -> &'static str {
    "closed"
}

/// For admins, who must allow it themselves.
#[action(plugin = Till, approval, roles("admin"))]
async fn audit() -> &'static str {
    "audited"
}

/// Once an hour, if allowed.
#[action(plugin = Till, approval, rate_limit = "1/h")]
async fn seldom() -> &'static str {
    "seldom"
}

pub static OPEN: AtomicUsize = AtomicUsize::new(1);

#[validate(plugin = Till)]
fn is_open() -> Result<(), &'static str> {
    if OPEN.load(Ordering::SeqCst) == 1 { Ok(()) } else { Err("the till is closed") }
}

/// Only while the till is open.
#[action(plugin = Till, approval, validate = is_open)]
async fn count_till() -> &'static str {
    "counted"
}

/// Needs no one.
#[action(plugin = Till)]
async fn look(reply: Reply) -> Result<ActionResult, galatea::store::StoreError> {
    reply.text("Looking.").await?;
    Ok(ActionResult::text("looked").with_value("looked", true))
}

/// Tells what the earlier steps left.
#[action(plugin = Till)]
async fn recount(state: State, steps: Steps) -> String {
    let steps: Vec<String> = steps.iter().map(|step| format!("{}:{:?}", step.action, step.status)).collect();
    let names: Vec<&str> = state.working_memory.iter().map(|entry| entry.action.as_str()).collect();
    format!("paid={:?} {} memory={}", state.values.get("paid"), steps.join(","), names.join(","))
}

pub const CHARACTER: &str = "name = \"Ada\"\n[plugins.puppet]\n[plugins.till]";

pub async fn start(more: &str) -> (Agent, Clock) {
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    let registry = Registry::linked().unwrap();
    let agent = Agent::start(plan(&format!("{CHARACTER}\n{more}")), &registry, options).await.unwrap();
    (agent, clock)
}

pub fn from(name: &str, text: &str) -> Incoming {
    Incoming::direct("test", "room", name, text)
}

pub async fn stored(agent: &Agent, run: Uuid) -> RunRecord {
    serde_json::from_value(agent.store().run(run).await.unwrap().unwrap().record).unwrap()
}

pub fn statuses(record: &RunRecord) -> String {
    let sign = |status| match status {
        StepStatus::Pending => 'P',
        StepStatus::Running => 'R',
        StepStatus::Completed => 'C',
        StepStatus::Failed => 'F',
        StepStatus::Skipped => 'S',
    };
    record.steps.iter().map(|step| sign(step.status)).collect()
}
