//! What `#[task(…)]` schedules, against what the storage knows of it.

use super::attempt::no_arguments;
use crate::{
    agent::{Agent, RegisteredTask},
    definition::{Missed, TaskSchedule},
    store::{StoreError, StoredTask, TaskState},
    task::Schedule,
    text::id::stable_id_for,
};
use jiff::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// A task that is late by less was not missed.
const LATE: Duration = Duration::from_secs(10);

impl Agent {
    /// Writes down the tasks that loaded plugins schedule, and looks after those that are stored: plugins may have changed,
    /// and times may have passed. What was missed while the agent did not run (`is_start`), or the plugin, is skipped where
    /// a task wants that; what is late only because much is due is not missed.
    pub(super) async fn declare_tasks(&self, is_start: bool) -> Result<(), StoreError> {
        let parts = self.parts();
        let stored = self.store().tasks(usize::MAX).await?;
        let now = self.clock().now();
        for task in &parts.tasks {
            let id = declared_id(self.id(), task);
            if let Some(schedule) = task.def.when.schedule()
                && !stored.iter().any(|stored| stored.id == id)
            {
                self.store().add_task(&declared(id, *task, schedule, now)).await?;
            }
        }
        for mut task in stored {
            let Some(registered) = parts.task(&task.plugin, &task.name) else { continue };
            match renewed(&task, registered, now, is_start) {
                Renewed::Same => {}
                Renewed::Gone => drop(self.store().delete_task(task.id).await?),
                Renewed::Changed(changed) => {
                    task = *changed;
                    // Another process may be doing the same; one of the two is enough.
                    self.write_task(&mut task).await?;
                }
            }
        }
        Ok(())
    }
}

/// The id of a task that its plugin schedules: the same at every start.
fn declared_id(agent: Uuid, task: &RegisteredTask) -> Uuid {
    stable_id_for(agent, &format!("task:{}:{}", task.plugin.name, task.def.name))
}

fn declared(id: Uuid, task: RegisteredTask, schedule: Schedule, now: Timestamp) -> StoredTask {
    StoredTask {
        id,
        plugin: task.plugin.name.to_owned(),
        name: task.def.name.to_owned(),
        arguments: no_arguments(),
        due: first_due(task.def.when, &schedule, now),
        schedule,
        declared: true,
        state: TaskState::Waiting,
        not_before: None,
        attempts: 0,
        claimed_until: None,
        last_run: None,
        last_error: None,
        room: None,
        world: None,
        tags: Vec::new(),
        created: now,
        revision: 0,
    }
}

fn first_due(when: TaskSchedule, schedule: &Schedule, now: Timestamp) -> Timestamp {
    let due = match when {
        TaskSchedule::After(delay) => now.checked_add(delay).ok(),
        _ => schedule.next(now, now),
    };
    due.unwrap_or(Timestamp::MAX)
}

enum Renewed {
    Same,
    Gone,
    Changed(Box<StoredTask>),
}

/// What a stored task is at a start or after a change of plugins.
fn renewed(stored: &StoredTask, task: RegisteredTask, now: Timestamp, is_start: bool) -> Renewed {
    let mut changed = stored.clone();
    // Whoever runs it writes it down.
    if stored.state == TaskState::Running {
        return Renewed::Same;
    }
    if stored.declared {
        let Some(schedule) = task.def.when.schedule() else { return Renewed::Gone };
        if schedule != stored.schedule {
            changed.due = first_due(task.def.when, &schedule, now);
            (changed.schedule, changed.state) = (schedule, TaskState::Waiting);
            (changed.attempts, changed.not_before) = (0, None);
            return Renewed::Changed(Box::new(changed));
        }
    }
    let was_off = is_start || stored.state == TaskState::Suspended;
    if stored.state == TaskState::Suspended {
        changed.state = TaskState::Waiting;
    }
    let is_late = now.duration_since(stored.due).unsigned_abs() > LATE && now > stored.due;
    let recurs = changed.state == TaskState::Waiting && stored.schedule.recurs();
    if was_off && recurs && is_late && stored.attempts == 0 && task.def.missed == Missed::Skip {
        changed.due = stored.schedule.next(stored.due, now).unwrap_or(Timestamp::MAX);
    }
    if changed == *stored { Renewed::Same } else { Renewed::Changed(Box::new(changed)) }
}
