//! Tasks that programs ask for.

use super::{Schedule, ScheduleError, attempt::no_arguments};
use crate::{
    agent::Agent,
    definition::TaskDef,
    extract::Signature,
    fit::{Fit, listed},
    store::{StoreError, StoredTask, TaskState},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// The agent's tasks. `schedule`, `every` and `cron` run a handler with `#[task]`, named as a model would name an action.
///
/// ```ignore
/// tasks.schedule("REMIND", When::After(Duration::from_secs(600)), Reminder { text }).await?;
/// ```
#[derive(Clone, Debug)]
pub struct Tasks(Agent);

/// When a task runs for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// After so long.
    After(Duration),
    /// At this moment; at once if it is over.
    At(Timestamp),
}

/// Why a task was not scheduled. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// No plugin of the agent has it.
    #[error("no plugin of this agent has a task `{name}`{hint}")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The names there are.
        hint: String,
    },
    /// The arguments are not those that the handler takes.
    #[error("the arguments do not fit the task `{name}`: {why}")]
    Arguments {
        /// The task.
        name: String,
        /// What does not fit.
        why: String,
    },
    /// The schedule cannot be kept.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A task to be scheduled.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// The handler's name, e.g. `SEND_DIGEST`.
    pub name: String,
    /// Its arguments, a JSON object or `null`.
    pub arguments: Value,
    /// How often it runs. Default: once.
    pub schedule: Schedule,
    /// When it runs for the first time. Default for one that recurs: at its next time; else at once.
    pub first: Option<When>,
    /// The room it is about.
    pub room: Option<Uuid>,
    /// The world it is about.
    pub world: Option<Uuid>,
    /// Free labels.
    pub tags: Vec<String>,
}

impl NewTask {
    /// A task that runs at once, once, without arguments.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            arguments: Value::Null,
            schedule: Schedule::Once,
            first: None,
            room: None,
            world: None,
            tags: Vec::new(),
        }
    }

    /// With arguments.
    ///
    /// # Errors
    /// If they cannot be written as JSON.
    pub fn with(mut self, arguments: impl Serialize) -> Result<Self, TaskError> {
        self.arguments = serde_json::to_value(arguments)
            .map_err(|error| TaskError::Arguments { name: self.name.clone(), why: error.to_string() })?;
        Ok(self)
    }
}

impl Tasks {
    pub(super) fn agent(&self) -> &Agent {
        &self.0
    }

    /// Runs a task once; its id.
    ///
    /// # Errors
    /// [`TaskError`]
    pub async fn schedule(
        &self,
        name: &str,
        when: When,
        arguments: impl Serialize,
    ) -> Result<Uuid, TaskError> {
        self.add(NewTask { first: Some(when), ..NewTask::new(name).with(arguments)? }).await
    }

    /// Runs a task again and again, for the first time after one interval; its id.
    ///
    /// # Errors
    /// [`TaskError`]
    pub async fn every(
        &self,
        name: &str,
        interval: Duration,
        arguments: impl Serialize,
    ) -> Result<Uuid, TaskError> {
        let schedule = Schedule::Every(interval);
        self.add(NewTask { schedule, ..NewTask::new(name).with(arguments)? }).await
    }

    /// Runs a task at the times of a calendar: minute, hour, day of the month, month, day of the week, as the clocks of a
    /// time zone show them; its id.
    ///
    /// # Errors
    /// [`TaskError`]
    pub async fn cron(
        &self,
        name: &str,
        expression: &str,
        timezone: &str,
        arguments: impl Serialize,
    ) -> Result<Uuid, TaskError> {
        let schedule = Schedule::Cron { expression: expression.to_owned(), timezone: timezone.to_owned() };
        self.add(NewTask { schedule, ..NewTask::new(name).with(arguments)? }).await
    }

    /// Schedules a task; its id. It is stored when this returns, and will run even if the process ends now.
    ///
    /// # Errors
    /// [`TaskError`]
    pub async fn add(&self, task: NewTask) -> Result<Uuid, TaskError> {
        let (plugin, def) = self.find(&task.name)?;
        check_arguments(def, &task.arguments)?;
        task.schedule.check()?;
        if !self.0.has_store() {
            return Err(StoreError::Failed("the storage is not open yet".to_owned()).into());
        }
        let now = self.0.clock().now();
        let due = match task.first {
            Some(When::Now) => Some(now),
            Some(When::At(at)) => Some(at),
            Some(When::After(time)) => now.checked_add(time).ok(),
            None => Some(task.schedule.next(now, now).unwrap_or(now)),
        };
        let stored = StoredTask {
            id: Uuid::now_v7(),
            plugin: plugin.to_owned(),
            name: def.name.to_owned(),
            arguments: if task.arguments.is_null() { no_arguments() } else { task.arguments },
            schedule: task.schedule,
            declared: false,
            state: TaskState::Waiting,
            due: due.unwrap_or(Timestamp::MAX),
            not_before: None,
            attempts: 0,
            claimed_until: None,
            last_run: None,
            last_error: None,
            room: task.room,
            world: task.world,
            tags: task.tags,
            created: now,
            revision: 0,
        };
        self.0.store().add_task(&stored).await?;
        self.0.wake_tasks();
        Ok(stored.id)
    }

    /// Takes a task back; `false` if it is not known (any more). If it runs in this process, it is cut off; in another one it
    /// is within a minute. One that its attribute schedules comes back at the next start.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn cancel(&self, id: Uuid) -> Result<bool, TaskError> {
        let known = self.0.store().delete_task(id).await?;
        if let Some(running) = self.0.scheduler().running(id).filter(|_| known) {
            running.cut.cancel();
        }
        Ok(known)
    }

    /// Every task that is kept, those that are due soonest first. One that a program asked for once is forgotten when it went
    /// well.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn list(&self) -> Result<Vec<StoredTask>, TaskError> {
        Ok(self.0.store().tasks(usize::MAX).await?)
    }

    /// The task of this name among those of the plan's plugins.
    fn find(&self, name: &str) -> Result<(&'static str, &'static TaskDef), TaskError> {
        let plan = self.0.plan();
        let plugins = plan.plugins.iter().filter_map(|planned| self.0.registry().get(planned.name));
        let all: Vec<_> =
            plugins.flat_map(|plugin| plugin.tasks.iter().map(|&task| (plugin.def.name, task))).collect();
        all.iter().copied().find(|(_, task)| task.name == name).ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|(_, task)| task.name).collect();
            let hint = match names.as_slice() {
                [] => "; none of them has any".to_owned(),
                names => format!("; there are: {}", names.join(", ")),
            };
            TaskError::Unknown { name: name.to_owned(), hint }
        })
    }
}

/// Whether a handler can take these arguments.
fn check_arguments(def: &TaskDef, arguments: &Value) -> Result<(), TaskError> {
    let wrong = |why: String| TaskError::Arguments { name: def.name.to_owned(), why };
    let arguments = if arguments.is_null() { &no_arguments() } else { arguments };
    if !arguments.is_object() {
        return Err(wrong("they are not an object; use a struct with named fields".to_owned()));
    }
    let Some(schema) = Signature::of(def.describe).arguments else { return Ok(()) };
    let misfits = Fit::new(&schema).map_err(wrong)?.misfits(arguments);
    if misfits.is_empty() { Ok(()) } else { Err(wrong(listed(&misfits))) }
}

impl Agent {
    /// Its tasks.
    #[must_use]
    pub fn tasks(&self) -> Tasks {
        Tasks(self.clone())
    }
}
