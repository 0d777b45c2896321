//! Work that waits in memory until a test lets it be done.

use super::{Outcome, demand, given, lock, refuse, refused};
use crate::{
    clock::Clock,
    service::kind::{KindFault, NewScheduledTask, ScheduledTask, TaskScheduler},
};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use std::{sync::Mutex, time::Duration};
use uuid::Uuid;

/// Keeps work; [`due`](Self::due) takes what its time has come for.
#[derive(Debug, Default)]
pub struct TasksInMemory {
    clock: Clock,
    tasks: Mutex<Vec<ScheduledTask>>,
}

impl TasksInMemory {
    /// No work yet, and the times of this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, tasks: Mutex::default() }
    }

    /// The work whose time has come, in the order of their times: done once it is taken. What repeats waits again.
    pub fn due(&self) -> Vec<NewScheduledTask> {
        let now = self.clock.now();
        let mut tasks = lock(&self.tasks);
        let mut due = Vec::new();
        tasks.sort_by_key(|one| one.task.at);
        tasks.retain_mut(|one| {
            if one.task.at > now {
                return true;
            }
            due.push(one.task.clone());
            one.runs += 1;
            let Some(every) = one.task.every else { return false };
            one.task.at = now.checked_add(every).unwrap_or(Timestamp::MAX);
            true
        });
        due
    }
}

#[async_trait]
impl TaskScheduler for TasksInMemory {
    async fn schedule(&self, task: NewScheduledTask) -> Result<Uuid, KindFault> {
        if task.name.is_empty() {
            return refuse("the task has no name");
        }
        if task.every.is_some_and(|every| every < Duration::from_secs(1)) {
            return refuse("it would be repeated more often than once a second");
        }
        let id = Uuid::now_v7();
        lock(&self.tasks).push(ScheduledTask { id, task, runs: 0, error: None });
        Ok(id)
    }

    async fn cancel(&self, id: Uuid) -> Result<bool, KindFault> {
        let mut tasks = lock(&self.tasks);
        let before = tasks.len();
        tasks.retain(|one| one.id != id);
        Ok(tasks.len() < before)
    }

    async fn waiting(&self, name: Option<&str>) -> Result<Vec<ScheduledTask>, KindFault> {
        let fits = |one: &&ScheduledTask| name.is_none_or(|name| one.task.name == name);
        let mut tasks: Vec<ScheduledTask> = lock(&self.tasks).iter().filter(fits).cloned().collect();
        tasks.sort_by_key(|one| one.task.at);
        Ok(tasks)
    }
}

/// Checks a scheduler; `worker` is the name of a worker that it has and that has no work. All that is asked lies in the
/// far future and is cancelled.
///
/// # Errors
/// What it did and should have done.
pub async fn check_task_scheduler(service: &dyn TaskScheduler, worker: &str) -> Outcome {
    let at = |year: i16| {
        let date = jiff::civil::date(year, 1, 1).to_zoned(jiff::tz::TimeZone::UTC);
        date.map(|date| date.timestamp()).map_err(|error| error.to_string())
    };
    let task = |at: Timestamp, every: Option<Duration>| NewScheduledTask {
        name: worker.to_owned(),
        payload: json!({ "a": [1, null, "é"] }),
        at,
        every,
    };
    let later = given(service.schedule(task(at(9001)?, None)).await, "schedule")?;
    let sooner = task(at(9000)?, Some(Duration::from_secs(60)));
    let first = given(service.schedule(sooner.clone()).await, "schedule")?;
    let waiting = given(service.waiting(Some(worker)).await, "waiting")?;
    demand(waiting.iter().map(|one| one.id).eq([first, later]), "what is next stands first")?;
    demand(waiting[0].task == sooner && waiting[0].runs == 0, "work waits as it was asked for")?;
    demand(
        given(service.waiting(Some("no such worker")).await, "waiting")?.is_empty(),
        "only one name is listed",
    )?;
    let often = task(at(9000)?, Some(Duration::from_millis(999)));
    refused(service.schedule(often).await, "work that is repeated all the time")?;
    let nameless = NewScheduledTask { name: String::new(), ..sooner };
    refused(service.schedule(nameless).await, "work without a name")?;
    for id in [first, later] {
        demand(given(service.cancel(id).await, "cancel")?, "what waits can be cancelled")?;
        demand(!given(service.cancel(id).await, "cancel")?, "cancelling nothing is told")?;
    }
    demand(
        given(service.waiting(Some(worker)).await, "waiting")?.is_empty(),
        "what is cancelled does not wait",
    )
}
