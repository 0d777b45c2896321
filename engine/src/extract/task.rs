//! What a task takes.

use super::{ExtractError, Input, kind, kind::extract_for};
use crate::task::Tasks;
use jiff::Timestamp;
use uuid::Uuid;

/// The attempt that a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskRun {
    /// The task's id.
    pub id: Uuid,
    /// Which attempt it is since the task was due, from 1.
    pub attempt: u32,
    /// When the task was due; attempts after the first come later.
    pub due: Timestamp,
    /// The room that the task is about.
    pub room: Option<Uuid>,
    /// The world that the task is about.
    pub world: Option<Uuid>,
}

extract_for!(for TaskRun in [kind::Task], |invocation| match &invocation.input {
    Input::Task(run, _) => Ok(*run),
    _ => Err(ExtractError::Other("`TaskRun` exists only in a task".to_owned())),
});

extract_for!(for Tasks, |invocation| Ok::<_, ExtractError>(invocation.agent.tasks()));
