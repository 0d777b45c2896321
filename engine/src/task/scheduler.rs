//! Sleeps until a task is due, and lets it run.

use crate::{
    agent::{Agent, WeakAgent},
    clock::Clock,
    event::Owner,
    store::{StoreError, StoredTask, TaskState},
};
use futures_util::FutureExt;
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// How many tasks run side by side.
const MOST_AT_ONCE: usize = 16;

/// How many tasks are looked at in one read. Those under way may be among them.
const LOOK_AHEAD: usize = 64;

/// When the storage is asked again after it failed.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// How long an attempt may take to write down that it was cut off.
const RECORD_GRACE: Duration = Duration::from_secs(5);

/// The tasks of one agent that are under way, and what wakes the loop that starts them.
#[derive(Debug)]
pub(crate) struct Scheduler {
    state: Mutex<State>,
    wake: Arc<Notify>,
    pub(super) slots: Arc<Semaphore>,
    /// Ends the loop; with the agent, if nobody stops it.
    ended: CancellationToken,
    _ends_with_the_agent: DropGuard,
}

#[derive(Debug, Default)]
struct State {
    open: bool,
    /// The loop exists.
    looping: bool,
    /// Something changed since the loop last looked.
    changed: bool,
    /// A change of plugins was not looked after yet.
    stale: bool,
    running: BTreeMap<Uuid, Running>,
}

/// An attempt that is under way in this process.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// The plugin whose task it is, as it was loaded when the attempt began.
    pub(super) owner: Owner,
    /// Cancelled to cut it off.
    pub(super) cut: CancellationToken,
    /// Cancelled when it is over.
    pub(super) over: CancellationToken,
}

impl Default for Scheduler {
    fn default() -> Self {
        let ended = CancellationToken::new();
        Self {
            state: Mutex::default(),
            wake: Arc::default(),
            slots: Arc::new(Semaphore::new(MOST_AT_ONCE)),
            _ends_with_the_agent: ended.clone().drop_guard(),
            ended,
        }
    }
}

impl Scheduler {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins no more attempts; those that run go on.
    pub(crate) fn close(&self) {
        self.state().open = false;
        self.ended.cancel();
    }

    pub(super) fn running(&self, id: Uuid) -> Option<Running> {
        self.state().running.get(&id).cloned()
    }

    /// Notes that an attempt begins; `false` if none may begin any more.
    pub(super) fn enter(&self, id: Uuid, running: Running) -> bool {
        let mut state = self.state();
        if state.open {
            state.running.insert(id, running);
        }
        state.open
    }

    /// Notes that an attempt is over.
    pub(super) fn leave(&self, id: Uuid) {
        if let Some(running) = self.state().running.remove(&id) {
            running.over.cancel();
        }
    }

    /// Waits for the attempts of one loading of a plugin that run; those that are not over after the grace are cut off.
    pub(crate) async fn end_attempts(&self, owner: &Owner, grace: Duration) {
        let plugin = owner.plugin;
        let running: Vec<Running> =
            self.state().running.values().filter(|running| running.owner.is(owner)).cloned().collect();
        let all_over = || async {
            for running in &running {
                running.over.cancelled().await;
            }
        };
        if tokio::time::timeout(grace, all_over()).await.is_ok() {
            return;
        }
        tracing::warn!(plugin, "tasks are still running after {grace:?}; they are cut off");
        for running in &running {
            running.cut.cancel();
        }
        if tokio::time::timeout(RECORD_GRACE, all_over()).await.is_err() {
            tracing::error!(plugin, "tasks did not end after they were cut off");
        }
    }
}

/// When the loop looks again.
enum Look {
    At(Timestamp),
    Now,
    WhenWoken,
}

impl Agent {
    /// Begins to run tasks.
    pub(crate) async fn open_tasks(&self) -> Result<(), StoreError> {
        self.declare_tasks(true).await?;
        self.scheduler().state().open = true;
        self.wake_tasks();
        Ok(())
    }

    /// Looks after the tasks of plugins that a change loaded. To be called when everybody sees those plugins. Where the
    /// storage fails, it is tried again before the next task is begun.
    pub(crate) async fn renew_tasks(&self) -> Result<(), StoreError> {
        self.scheduler().state().stale = true;
        let renewed = self.renew_stale_tasks().await;
        self.wake_tasks();
        renewed
    }

    /// Looks after the tasks where a change could not.
    async fn renew_stale_tasks(&self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.scheduler().state().stale) {
            return Ok(());
        }
        let renewed = self.declare_tasks(false).await;
        if renewed.is_err() {
            self.scheduler().state().stale = true;
        }
        renewed
    }

    /// Looks again at which task is due next.
    pub(crate) fn wake_tasks(&self) {
        let scheduler = self.scheduler();
        let mut state = scheduler.state();
        if !state.open {
            return;
        }
        state.changed = true;
        if state.looping {
            scheduler.wake.notify_one();
        } else {
            state.looping = true;
            let (weak, clock) = (self.live().weak(), self.clock().clone());
            let (wake, ended) = (Arc::clone(&scheduler.wake), scheduler.ended.clone());
            self.spawn_timer(attend(weak, clock, wake, ended));
        }
    }

    /// Starts what is due.
    async fn start_due(&self) -> Result<Look, StoreError> {
        self.renew_stale_tasks().await?;
        let now = self.clock().now();
        let tasks = self.store().tasks(LOOK_AHEAD).await?;
        let page_is_full = tasks.len() >= LOOK_AHEAD;
        // What is next may be another one after a task was taken over.
        let mut again = false;
        for task in tasks {
            // Those after it have no time either.
            let Some(at) = task.next() else {
                return Ok(if again { Look::Now } else { Look::WhenWoken });
            };
            if self.scheduler().running(task.id).is_some() {
                // Its end wakes the loop.
                continue;
            }
            if at > now {
                return Ok(if again { Look::Now } else { Look::At(at) });
            }
            match task.state {
                TaskState::Running => {
                    self.take_over(task, now).await?;
                    again = true;
                }
                _ => match Arc::clone(&self.scheduler().slots).try_acquire_owned() {
                    // Another process may have been faster; if it ends in the middle, this one takes over.
                    Ok(slot) => again |= !self.claim(task, now, slot).await?,
                    // An attempt that ends makes room, and wakes the loop.
                    Err(_) => return Ok(Look::WhenWoken),
                },
            }
        }
        Ok(if again || page_is_full { Look::Now } else { Look::WhenWoken })
    }

    /// Writes a task; whether nobody else changed it meanwhile.
    pub(super) async fn write_task(&self, task: &mut StoredTask) -> Result<bool, StoreError> {
        let written = self.store().put_task(task).await?;
        task.revision += i64::from(written);
        Ok(written)
    }

    /// Ends the loop, unless something changed since it last looked.
    fn end_loop(&self) -> bool {
        let mut state = self.scheduler().state();
        state.looping = state.changed;
        !state.changed
    }
}

/// The loop. It holds no agent while it sleeps, and ends when nothing waits for a time.
async fn attend(agent: WeakAgent, clock: Clock, wake: Arc<Notify>, ended: CancellationToken) {
    while !ended.is_cancelled() {
        let look = {
            let Some(agent) = agent.upgrade() else { return };
            agent.scheduler().state().changed = false;
            let look = AssertUnwindSafe(agent.start_due()).catch_unwind().await;
            let look = look.unwrap_or_else(|_| Err(StoreError::Failed("the storage panicked".to_owned())));
            let look = look.unwrap_or_else(|error| {
                tracing::error!("tasks cannot be looked after, trying again in {AFTER_FAILURE:?}: {error}");
                Look::At(clock.now().checked_add(AFTER_FAILURE).unwrap_or(Timestamp::MAX))
            });
            if matches!(look, Look::WhenWoken) && agent.end_loop() {
                return;
            }
            look
        };
        if let Look::At(at) = look {
            tokio::select! {
                () = clock.sleep_until(at) => {}
                () = wake.notified() => {}
                // Only while it sleeps: a claim that is dropped half-way would be taken for an attempt.
                () = ended.cancelled() => {}
            }
        }
    }
}
