//! What a storage keeps of tasks.

use super::StoreError;
use crate::task::Schedule;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A task that is to be run, or how the last attempt ended. Serialised in kebab-case, without its revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StoredTask {
    /// Identifies it.
    pub id: Uuid,
    /// The plugin that has the handler.
    pub plugin: String,
    /// The handler's name, e.g. `SEND_DIGEST`.
    pub name: String,
    /// Its arguments, a JSON object.
    pub arguments: Value,
    /// How often it runs.
    pub schedule: Schedule,
    /// It runs because `#[task(…)]` says so; else because a program asked for it.
    pub declared: bool,
    /// What it is doing.
    pub state: TaskState,
    /// When it is due, or, while it is tried again, when it was.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub due: Timestamp,
    /// It is not tried again before this moment.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub not_before: Option<Timestamp>,
    /// How many attempts were begun since it was due.
    pub attempts: u32,
    /// While it runs: when somebody else may say that its process is gone, unless that is put off.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub claimed_until: Option<Timestamp>,
    /// When the last attempt began.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_run: Option<Timestamp>,
    /// Why the last attempt failed; `None` if it went well.
    pub last_error: Option<String>,
    /// The room it is about.
    pub room: Option<Uuid>,
    /// The world it is about.
    pub world: Option<Uuid>,
    /// Free labels.
    pub tags: Vec<String>,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created: Timestamp,
    /// How often it was changed; a storage refuses to write what was not read last. 0 in a new one.
    #[serde(skip)]
    pub revision: i64,
}

/// What a task is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// It waits for its time.
    Waiting,
    /// An attempt was begun.
    Running,
    /// It ran, and does not run again.
    Done,
    /// It failed for good, and does not run again.
    Failed,
    /// Its process ended in the middle: whether it took effect is not known, so it does not run again.
    Unknown,
    /// It was due while no loaded plugin had the handler; it waits for the plugin.
    Suspended,
}

impl TaskState {
    /// The name, e.g. `waiting`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Suspended => "suspended",
        }
    }
}

impl StoredTask {
    /// When something is to be done about it: it is to be run, or the process that runs it must have said that it is alive.
    /// `None`: never.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        match self.state {
            TaskState::Waiting => Some(self.not_before.map_or(self.due, |at| at.max(self.due))),
            TaskState::Running => Some(self.claimed_until.unwrap_or(self.due)),
            TaskState::Done | TaskState::Failed | TaskState::Unknown | TaskState::Suspended => None,
        }
    }
}

/// Tasks and how they stand. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait TaskStore: Send + Sync {
    /// Adds a task; one whose id is there is left as it is. Whether it is new.
    async fn add_task(&self, task: &StoredTask) -> Result<bool, StoreError>;
    /// The tasks, those first about which [something is to be done](StoredTask::next) soonest, those last about which
    /// nothing is; of equal ones by id.
    async fn tasks(&self, limit: usize) -> Result<Vec<StoredTask>, StoreError>;
    /// A task by its id.
    async fn task(&self, id: Uuid) -> Result<Option<StoredTask>, StoreError>;
    /// Writes a task that was read before, if nobody changed or deleted it meanwhile: its revision is the one that is
    /// stored, which grows by one. Whether it was written. Of several that write at once, in whatever processes, one does.
    async fn put_task(&self, task: &StoredTask) -> Result<bool, StoreError>;
    /// Deletes a task; whether there was one.
    async fn delete_task(&self, id: Uuid) -> Result<bool, StoreError>;
}
