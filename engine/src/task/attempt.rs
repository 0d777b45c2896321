//! One attempt to run a task: claimed, run, written down.

use super::scheduler::Running;
use crate::{
    agent::{Agent, RegisteredTask},
    event::{TaskCompleted, TaskFailed, TaskStarted},
    extract::{Input, Invocation, TaskRun},
    service::Part,
    store::{StoreError, StoredTask, TaskState},
    telemetry::span,
    turn::guarded,
};
use backon::{BackoffBuilder, ExponentialBuilder};
use futures_util::FutureExt;
use jiff::Timestamp;
use serde_json::Value;
use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// How long a claim holds if it is not put off.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// How often the claim is put off while an attempt runs.
const RENEW: Duration = Duration::from_secs(20);

/// How long to wait before the first of the further attempts, before jitter; then twice as long each time.
const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_secs(1))
    .with_max_delay(Duration::from_secs(300))
    .without_max_times()
    .with_jitter();

/// How an attempt ended.
enum End {
    Well,
    Failed(String),
    /// It was cut off in the middle.
    Cut(String),
    /// The task is somebody else's now, or nobody's; nothing is written.
    Lost(String),
}

impl Agent {
    /// Claims a task that is due and runs it in the background; `false` if somebody else was faster.
    pub(super) async fn claim(
        &self,
        mut task: StoredTask,
        now: Timestamp,
        slot: OwnedSemaphorePermit,
    ) -> Result<bool, StoreError> {
        // Whatever is changed meanwhile, an attempt ends on the plugins that it began with.
        let agent = self.pin();
        let parts = agent.parts();
        let found = parts.task(&task.plugin, &task.name);
        let found = found.and_then(|task| Some((task, parts.owner(task.plugin.name)?)));
        let Some((registered, owner)) = found else {
            tracing::warn!(
                task = task.name,
                plugin = task.plugin,
                "no loaded plugin has this task; it waits"
            );
            task.state = TaskState::Suspended;
            return self.write_task(&mut task).await;
        };
        task.state = TaskState::Running;
        task.attempts += 1;
        task.claimed_until = Some(later(now, LEASE));
        task.last_run = Some(now);
        if !self.write_task(&mut task).await? {
            return Ok(false);
        }
        let running = Running { owner, cut: CancellationToken::new(), over: CancellationToken::new() };
        if !self.scheduler().enter(task.id, running.clone()) {
            // The agent stopped at this moment: nothing was begun.
            task.attempts -= 1;
            (task.state, task.claimed_until) = (TaskState::Waiting, None);
            return self.write_task(&mut task).await;
        }
        self.spawn(async move {
            let id = task.id;
            let attempt = AssertUnwindSafe(agent.attempt(registered, task, running.cut)).catch_unwind().await;
            if attempt.is_err() {
                tracing::error!(task = %id, "the storage panicked; how the task ended is not stored");
            }
            agent.scheduler().leave(id);
            drop(slot);
            agent.wake_tasks();
        });
        Ok(true)
    }

    /// A task whose process ended in the middle: it is run again if that does no harm, else nobody knows.
    pub(super) async fn take_over(&self, mut task: StoredTask, now: Timestamp) -> Result<(), StoreError> {
        let registered = self.parts().task(&task.plugin, &task.name);
        let end = End::Cut("the process ended in the middle".to_owned());
        let (attempt, registered) = (task.attempts, registered.map(|task| task.def));
        let retries = registered.map_or(0, |def| def.retries);
        let idempotent = registered.is_some_and(|def| def.idempotent);
        let (unknown, error) = settle(&mut task, &end, now, retries, idempotent);
        if self.write_task(&mut task).await? {
            self.tell_failed(&task, attempt, error, unknown).await;
        }
        Ok(())
    }

    /// Runs a task that is claimed, on this pinned handle, and writes down how it ended.
    async fn attempt(&self, registered: RegisteredTask, mut task: StoredTask, cut: CancellationToken) {
        let (attempt, begun) = (task.attempts, Instant::now());
        let (owner, def) = (registered.plugin.name, registered.def);
        let span = span::task(self, owner, def, attempt);
        let end = self.run_task(registered, &mut task, &cut).instrument(span.clone()).await;
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.shared().tally.part(Part::Task, owner, def.name, micros, matches!(end, End::Well));
        match &end {
            End::Well => {}
            End::Failed(why) => span::failed(&span, "failed", why),
            End::Cut(why) => span::failed(&span, "cut-off", why),
            End::Lost(why) => span::failed(&span, "lost", why),
        }
        drop(span);
        let (name, plugin) = (task.name.clone(), task.plugin.clone());
        if let End::Lost(why) = &end {
            tracing::warn!(task = name, plugin, "{why}");
            self.tell_failed(&StoredTask { state: TaskState::Unknown, ..task }, attempt, why.clone(), true)
                .await;
            return;
        }
        let now = self.clock().now();
        let (unknown, error) = settle(&mut task, &end, now, def.retries, def.idempotent);
        if let Err(error) = self.keep_end(&mut task).await {
            tracing::error!(task = name, plugin, "how it ended could not be stored: {error}");
        }
        if matches!(end, End::Well) {
            tracing::info!(task = name, plugin, micros, "task ended");
            let next = task.next();
            self.emit(TaskCompleted { task: task.id, name, plugin, attempt, micros, next }).await;
        } else {
            self.tell_failed(&task, attempt, error, unknown).await;
        }
    }

    /// Tells of the attempt and runs the handler while the claim is kept.
    async fn run_task(
        &self,
        registered: RegisteredTask,
        task: &mut StoredTask,
        cut: &CancellationToken,
    ) -> End {
        let arguments = task.arguments.as_object().cloned().unwrap_or_default();
        let run = TaskRun {
            id: task.id,
            attempt: task.attempts,
            due: task.due,
            room: task.room,
            world: task.world,
        };
        let started = TaskStarted {
            task: task.id,
            name: task.name.clone(),
            plugin: task.plugin.clone(),
            attempt: task.attempts,
            due: task.due,
        };
        let input = Input::Task(run, Arc::new(arguments));
        let invocation = Invocation { input, ..Invocation::of(self.clone(), registered.plugin) };
        let mut work = pin!(async {
            self.emit(started).await;
            guarded(registered.def.timeout, (registered.def.call)(&invocation)).await
        });
        loop {
            tokio::select! {
                outcome = &mut work => {
                    return match outcome.and_then(|result| result.map_err(Into::into)) {
                        Ok(()) => End::Well,
                        Err(failure) => End::Failed(failure.to_string()),
                    };
                }
                () = cut.cancelled() => {
                    return match self.store().task(task.id).await {
                        Ok(None) => End::Lost("it was cancelled in the middle".to_owned()),
                        _ => End::Cut("its plugin was unloaded in the middle".to_owned()),
                    };
                }
                () = self.stopping().cancelled() => return End::Cut("the agent stopped in the middle".to_owned()),
                () = self.clock().sleep(RENEW) => {}
            }
            // Not beside the work: a write that is dropped half-way would leave open what is stored.
            task.claimed_until = Some(later(self.clock().now(), LEASE));
            match self.write_task(task).await {
                Ok(true) => {}
                Ok(false) => {
                    return End::Lost("somebody else took it, or it was cancelled in the middle".to_owned());
                }
                Err(error) => tracing::warn!(task = task.name, "the claim could not be put off: {error}"),
            }
        }
    }

    /// Writes down how it ended; a task that a program asked for once is forgotten.
    async fn keep_end(&self, task: &mut StoredTask) -> Result<(), StoreError> {
        if task.state == TaskState::Done && !task.declared {
            return self.store().delete_task(task.id).await.map(drop);
        }
        if !self.write_task(task).await? {
            return Err(StoreError::Failed("somebody else changed it meanwhile".to_owned()));
        }
        Ok(())
    }

    async fn tell_failed(&self, task: &StoredTask, attempt: u32, error: String, unknown: bool) {
        let next = task.next();
        tracing::error!(task = task.name, plugin = task.plugin, attempt, ?next, "task failed: {error}");
        let (name, plugin) = (task.name.clone(), task.plugin.clone());
        self.emit(TaskFailed { task: task.id, name, plugin, attempt, error, unknown, next }).await;
    }
}

/// What becomes of a task after an attempt; whether its effect is not known, and what is to be told.
fn settle(
    task: &mut StoredTask,
    end: &End,
    now: Timestamp,
    retries: u32,
    idempotent: bool,
) -> (bool, String) {
    task.claimed_until = None;
    task.not_before = None;
    // A task that ends its process each time must end too.
    let repeatable = idempotent && task.attempts <= retries && !matches!(end, End::Well | End::Failed(_));
    let (unknown, error) = match end {
        End::Well => (false, None),
        End::Failed(why) if task.attempts <= retries => {
            task.not_before = Some(later(now, wait_after(task.attempts)));
            (false, Some(why.clone()))
        }
        End::Failed(why) => (false, Some(why.clone())),
        End::Cut(why) | End::Lost(why) if repeatable => (false, Some(format!("{why}; it is run again"))),
        End::Cut(why) | End::Lost(why) => {
            (true, Some(format!("{why}; whether it took effect is not known, so it is not repeated")))
        }
    };
    task.last_error.clone_from(&error);
    if task.not_before.is_some() || repeatable {
        task.state = TaskState::Waiting;
        return (unknown, error.unwrap_or_default());
    }
    task.attempts = 0;
    match task.schedule.next(task.due, now) {
        Some(next) => (task.state, task.due) = (TaskState::Waiting, next),
        None if error.is_none() => task.state = TaskState::Done,
        None if unknown => task.state = TaskState::Unknown,
        None => task.state = TaskState::Failed,
    }
    (unknown, error.unwrap_or_default())
}

fn wait_after(attempts: u32) -> Duration {
    let before = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    BACKOFF.build().nth(before.min(32)).unwrap_or_default()
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The arguments of a task that has none.
pub(super) fn no_arguments() -> Value {
    Value::Object(serde_json::Map::new())
}
