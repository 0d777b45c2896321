//! Running a task before its time.

use super::{TaskError, Tasks};
use crate::store::{StoredTask, TaskState};
use uuid::Uuid;

/// How often a task that others write meanwhile is tried.
const TRIES: usize = 8;

impl Tasks {
    /// A task that is kept, by its id.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn get(&self, id: Uuid) -> Result<Option<StoredTask>, TaskError> {
        Ok(self.agent().store().task(id).await?)
    }

    /// Lets a task run at once, as if it were due: also one that failed for good, or that did not end. One that recurs goes on
    /// from there as its schedule says. The task as it stands then; `None` if it is not known. One that runs already is
    /// left as it is.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn run_now(&self, id: Uuid) -> Result<Option<StoredTask>, TaskError> {
        let store = self.agent().store();
        for _ in 0..TRIES {
            let Some(task) = store.task(id).await? else { return Ok(None) };
            if task.state == TaskState::Running {
                return Ok(Some(task));
            }
            let due = self.agent().clock().now();
            let task = StoredTask { state: TaskState::Waiting, due, not_before: None, attempts: 0, ..task };
            if store.put_task(&task).await? {
                self.agent().wake_tasks();
                return Ok(Some(task));
            }
        }
        Ok(store.task(id).await?)
    }
}
