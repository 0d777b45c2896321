//! Work for later.

use super::{KindFault, kind};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// Work that shall be done later.
#[derive(Clone, Debug, PartialEq)]
pub struct NewScheduledTask {
    /// What to do: the name of a worker that somebody registered with the scheduler.
    pub name: String,
    /// With what.
    pub payload: Value,
    /// When; what lies in the past is done at once.
    pub at: Timestamp,
    /// And again and again after so long; at least a second. `None` for once.
    pub every: Option<Duration>,
}

/// Work that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledTask {
    /// Identifies it.
    pub id: Uuid,
    /// What was asked; `at` is when it is done next.
    pub task: NewScheduledTask,
    /// How often it was done.
    pub runs: u64,
    /// Why it failed last time, if it did.
    pub error: Option<String>,
}

/// Does work later, elsewhere perhaps. (The engine's own tasks need no such service.)
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `TaskScheduler`",
    label = "`TaskScheduler` is not implemented",
    note = "write `#[async_trait] impl TaskScheduler for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait TaskScheduler: Send + Sync {
    /// Takes work on; it is kept before this returns.
    ///
    /// # Errors
    /// [`KindFault::Refused`] for an empty name or a repetition of less than a second.
    async fn schedule(&self, task: NewScheduledTask) -> Result<Uuid, KindFault>;

    /// Forgets work; whether it was there. What is being done is done to its end, and not again.
    ///
    /// # Errors
    /// If the scheduler cannot be reached.
    async fn cancel(&self, id: Uuid) -> Result<bool, KindFault>;

    /// The work that waits, by when it is next; all, or that of one name.
    ///
    /// # Errors
    /// If the scheduler cannot be reached.
    async fn waiting(&self, name: Option<&str>) -> Result<Vec<ScheduledTask>, KindFault>;
}

kind!(TaskScheduler = "task");
