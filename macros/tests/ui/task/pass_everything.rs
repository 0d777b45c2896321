//! A task with every key is registered as it is declared.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{
    definition::{Missed, TaskSchedule},
    extract::Signature,
    prelude::*,
    registry::Registry,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// The service.
pub struct WeatherApi;

/// Asks the service.
#[service]
impl WeatherApi {
    async fn start() -> Self {
        Self
    }
}

/// A place.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct City {
    /// City name, e.g. "Oslo".
    pub city: String,
}

/// Warns of storms.
#[task(
    plugin = Weather,
    name = "WARN",
    cron = "0 9 * * 1-5",
    timezone = "Europe/Paris",
    timeout = "10s",
    retries = 0,
    missed = catch_up,
    idempotent
)]
async fn warn(
    config: Config<Weather>,
    api: Service<WeatherApi>,
    models: Models,
    memories: Memories,
    agent: Agent,
    clock: Clock,
    events: Events,
    run: TaskRun,
    tasks: Tasks,
) -> Result<(), galatea::task::TaskError> {
    let _ = (config, api, models, memories, agent, clock, events, run.attempt);
    let city = City { city: "Oslo".to_owned() };
    let id = tasks.schedule("LOOK", When::After(Duration::from_secs(60)), city).await?;
    tasks.cancel(id).await?;
    Ok(())
}

/// Looks at one place.
#[task]
async fn look(Args(city): Args<City>) {
    drop(city);
}

/// Measures.
#[task(every = "5m")]
async fn measure() {}

/// Sets up.
#[task(after = "10s", missed = skip)]
async fn set_up() {}

fn main() {
    let registry = Registry::linked().unwrap();
    let tasks = &registry.get("weather").unwrap().tasks;
    let facts: Vec<_> = tasks
        .iter()
        .map(|t| (t.name, t.when, t.timeout.as_secs(), t.retries, t.missed == Missed::CatchUp, t.idempotent))
        .collect();
    let cron = TaskSchedule::Cron { expression: "0 9 * * 1-5", timezone: "Europe/Paris" };
    assert_eq!(
        facts,
        [
            ("LOOK", TaskSchedule::OnDemand, 60, 3, false, false),
            ("MEASURE", TaskSchedule::Every(Duration::from_secs(300)), 60, 3, false, false),
            ("SET_UP", TaskSchedule::After(Duration::from_secs(10)), 60, 3, false, false),
            ("WARN", cron, 10, 0, true, true),
        ]
    );
    assert!(tasks[0].description.trim() == "Looks at one place.");
    let arguments = Signature::of(tasks[0].describe).arguments.unwrap();
    assert_eq!(arguments["required"][0], "city");
}
