//! The turns that run, by run: to follow one, to end one.

use super::{Agent, TurnHandle};
use crate::{
    event::RunEnded,
    store::{StoreError, StoredRun},
    turn::{AtEnd, Follower, OpenLog, RunRecord, RunStatus, Teller, TurnEvent, TurnLog},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How many turns that ended can be followed still, of those that somebody followed.
const ENDED: usize = 32;

/// For how long they can.
const ENDED_FOR: Duration = Duration::from_secs(60);

/// The logs of the turns that run, and of some that ended.
#[derive(Debug, Default)]
pub(super) struct Turns(Arc<Mutex<Logs>>);

#[derive(Debug, Default)]
struct Logs {
    /// By run. One log may stand for two: a message that answers a question goes on as the turn that asked it.
    running: BTreeMap<Uuid, Arc<TurnLog>>,
    ended: VecDeque<(Instant, Uuid, Arc<TurnLog>)>,
    /// A task waits to let those go whose time is over.
    is_pruned: bool,
}

impl Logs {
    fn prune(&mut self) {
        while self.ended.front().is_some_and(|(at, ..)| at.elapsed() >= ENDED_FOR) {
            self.ended.pop_front();
        }
    }
}

/// Why a run could not be ended.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is no such run.
    #[error("there is no run {0}")]
    Unknown(Uuid),
    /// It ended before.
    #[error("the run {run} has ended already: {status}")]
    Ended {
        /// The run.
        run: Uuid,
        /// How.
        status: String,
    },
    /// Another process works on it, or will.
    #[error("the run {0} is not in this process; ask the one that has its room")]
    Elsewhere(Uuid),
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn lock(logs: &Mutex<Logs>) -> MutexGuard<'_, Logs> {
    logs.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Turns {
    /// What tells of a turn, and what the holder of its handle reads. It can be followed by its run once it is
    /// [open](Self::open).
    pub(super) fn teller(
        &self,
        run: Uuid,
        message: Uuid,
        cancelled: CancellationToken,
    ) -> (Teller, mpsc::UnboundedReceiver<Arc<TurnEvent>>) {
        let turns = Arc::downgrade(&self.0);
        let at_end = AtEnd::new(move |log| end(&turns, log));
        Teller::new(OpenLog(TurnLog::new(run, message, number(), cancelled, at_end)))
    }

    /// From now on the turn can be followed, and ended, by this run.
    pub(super) fn open(&self, run: Uuid, teller: &Teller) {
        if let Some(log) = teller.log() {
            let mut logs = lock(&self.0);
            // What it told before it waited is not what goes on.
            logs.ended.retain(|(_, of, _)| *of != run);
            logs.running.insert(run, Arc::clone(log));
        }
    }

    fn find(&self, run: Uuid) -> Option<Arc<TurnLog>> {
        let logs = lock(&self.0);
        if let Some(log) = logs.running.get(&run) {
            return Some(Arc::clone(log));
        }
        logs.ended.iter().rev().find(|(_, of, _)| *of == run).map(|(.., log)| Arc::clone(log))
    }
}

/// Nobody writes the log any more, or somebody follows it who came when it was over.
fn end(turns: &Weak<Mutex<Logs>>, log: &Arc<TurnLog>) {
    let Some(turns) = turns.upgrade() else { return };
    let mut logs = lock(&turns);
    let of_log: Vec<Uuid> =
        logs.running.iter().filter(|(_, known)| Arc::ptr_eq(known, log)).map(|(run, _)| *run).collect();
    let now = Instant::now();
    logs.prune();
    let is_kept = logs.ended.iter().any(|(.., kept)| Arc::ptr_eq(kept, log));
    let late = if of_log.is_empty() && !is_kept { Some(log.run) } else { None };
    for run in of_log.into_iter().chain(late) {
        logs.running.remove(&run);
        if log.was_followed() {
            logs.ended.push_back((now, run, Arc::clone(log)));
        }
    }
    while logs.ended.len() > ENDED {
        logs.ended.pop_front();
    }
    if !logs.ended.is_empty() && !logs.is_pruned {
        logs.is_pruned = prune_later(&turns);
    }
}

/// An agent that has nothing to do keeps nothing of its last turns. Whether there is a runtime for that.
fn prune_later(turns: &Arc<Mutex<Logs>>) -> bool {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return false };
    let turns = Arc::downgrade(turns);
    runtime.spawn(async move {
        loop {
            tokio::time::sleep(ENDED_FOR).await;
            let Some(turns) = turns.upgrade() else { return };
            let mut logs = lock(&turns);
            logs.prune();
            if logs.ended.is_empty() {
                logs.is_pruned = false;
                return;
            }
        }
    });
    true
}

/// Unique also over restarts, so that a reader of an earlier process does not take this log for the one it knew.
fn number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let micros = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap_or_default();
    let last = LAST.fetch_max(micros, Ordering::Relaxed);
    if last < micros { micros } else { LAST.fetch_add(1, Ordering::Relaxed) + 1 }
}

impl TurnHandle {
    /// Follows the turn from its beginning, apart from this handle, which can be dropped. Of a [duplicate](Self::duplicate)
    /// nothing comes; [`Agent::follow`] finds its turn.
    #[must_use]
    pub fn follow(&self) -> Follower {
        self.log.follow()
    }
}

impl Agent {
    /// Follows the turn of a run that waits for its turn or runs in this process, or ended a moment ago and was followed;
    /// `None` of any other. What it told before is told again.
    #[must_use]
    pub fn follow(&self, run: Uuid) -> Option<Follower> {
        self.0.turns.find(run).map(|log| log.follow())
    }

    /// Ends a run as soon as it can be, as [`TurnHandle::cancel`]. One that waits for a person is ended at once, and
    /// nothing is said.
    ///
    /// # Errors
    /// [`CancelError`]; then nothing changed.
    pub async fn cancel(&self, run: Uuid) -> Result<(), CancelError> {
        if let Some(log) = self.0.turns.find(run).filter(|log| !log.is_over()) {
            log.cancelled.cancel();
            return Ok(());
        }
        let known = self.store().run(run).await?.ok_or(CancelError::Unknown(run))?;
        if known.is_waiting() && self.cancel_waiting(&known).await? {
            return Ok(());
        }
        match self.store().run(run).await?.unwrap_or(known) {
            ended if ended.is_at_rest() => Err(CancelError::Ended { run, status: ended.status }),
            _ => Err(CancelError::Elsewhere(run)),
        }
    }

    /// Ends a run that waits for a person; `false` if somebody answered meanwhile.
    async fn cancel_waiting(&self, run: &StoredRun) -> Result<bool, StoreError> {
        let record: RunRecord = serde_json::from_value(run.record.clone()).unwrap_or_default();
        let error = Some("it was cancelled while it waited for a person".to_owned());
        let record = RunRecord { status: RunStatus::Cancelled, error, suspended: None, ..record };
        let status = record.status.name().to_owned();
        let written = serde_json::to_value(&record).unwrap_or_default();
        let ended = StoredRun { status: status.clone(), record: written, ..run.clone() };
        if !self.store().change_run(&ended, StoredRun::WAITING).await? {
            return Ok(false);
        }
        self.emit(RunEnded {
            run: run.id,
            room: run.room,
            message: run.message,
            status,
            micros: record.micros,
            error: record.error,
        })
        .await;
        Ok(true)
    }
}
