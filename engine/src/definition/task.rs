//! The definition of a task.

use super::{Call, HandlerError, Origin};
use crate::{extract::Signature, task::Schedule};
use std::time::Duration;

/// A task: something that runs at a time of its own.
#[derive(Debug)]
pub struct TaskDef {
    /// The name in SCREAMING_SNAKE_CASE, unique in an agent.
    pub name: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// When it runs by itself.
    pub when: TaskSchedule,
    /// How long one attempt may run. Default 60 s.
    pub timeout: Duration,
    /// How often it is tried again after a failed attempt, each time after a longer while. Default 3.
    pub retries: u32,
    /// What happens if it was due while the agent did not run. Default: skip.
    pub missed: Missed,
    /// Running it twice does no harm.
    pub idempotent: bool,
    /// Collects what its parameters say of themselves, among it the schema of its arguments.
    pub describe: fn(&mut Signature),
    /// Runs it.
    pub call: Call<Result<(), HandlerError>>,
}

/// When a task runs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskSchedule {
    /// Never: only when a program asks for it.
    OnDemand,
    /// Once for each agent, for ever: so long after the first start with it.
    After(Duration),
    /// Again and again, the first time so long after the first start with it.
    Every(Duration),
    /// At the times of a calendar.
    Cron {
        /// Minute, hour, day of the month, month, day of the week.
        expression: &'static str,
        /// The time zone whose clocks count. Default `UTC`.
        timezone: &'static str,
    },
}

impl TaskSchedule {
    /// How often it runs by itself; `None`: never.
    #[must_use]
    pub fn schedule(self) -> Option<Schedule> {
        match self {
            Self::OnDemand => None,
            Self::After(_) => Some(Schedule::Once),
            Self::Every(interval) => Some(Schedule::Every(interval)),
            Self::Cron { expression, timezone } => {
                Some(Schedule::Cron { expression: expression.to_owned(), timezone: timezone.to_owned() })
            }
        }
    }
}

/// What happens to a task that recurs if it was due while the agent did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// It runs next at its next time.
    Skip,
    /// It runs once at the start, however often it was due.
    CatchUp,
}
