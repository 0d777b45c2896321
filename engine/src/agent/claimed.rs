//! Rooms that other processes may work on too: claimed before they are worked on, taken in the order of what is stored,
//! and left to whoever holds them else.

use super::{
    Agent,
    handle::{Job, Work},
    rooms::Phase,
};
use crate::{
    event::RunEnded,
    fabric::{Claim, Fabric, Hint, Lease},
    memory::Memory,
    store::{Store, StoreError, StoredRun},
    turn::{RunRecord, RunStatus, TurnEvent},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long to wait before a room that could not be claimed or read is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The process that accepts a message may have counted a try of a turn that it then left to another one.
const FIRST_COUNT: u32 = 1;

/// The lease under which a turn runs.
#[derive(Clone)]
pub(super) struct Fence {
    /// The store that refuses what is written after the lease was lost; `None` where none can be lost.
    pub(super) store: Option<Arc<dyn Store>>,
    /// Cancelled when it is lost.
    pub(super) lost: CancellationToken,
}

/// How a worker stands to its room.
struct Hold {
    fabric: Arc<dyn Fabric>,
    lease: Lease,
    fence: Fence,
    /// Another process held the room while messages of this one waited, and may have begun with them.
    was_elsewhere: bool,
}

impl Agent {
    /// Whether another process has taken over the room of this handle's turn.
    pub(crate) fn has_lost_room(&self) -> bool {
        self.fence().is_some_and(|fence| fence.lost.is_cancelled())
    }

    /// What a write under a lease gave. If the lease was lost, the turn of this handle ends.
    pub(super) fn unless_lost<T>(&self, written: Result<T, StoreError>) -> Result<T, StoreError> {
        if let (Err(StoreError::Fenced { .. }), Some(fence)) = (&written, self.fence()) {
            fence.lost.cancel();
        }
        written
    }

    /// Works on a room until nothing of it waits, here or, while its messages are accepted here, elsewhere.
    pub(super) async fn work_claimed(&self, room: Uuid) {
        let fabric = self.fabric();
        let (mut was_elsewhere, mut told) = (false, BTreeSet::new());
        loop {
            let pause = match self.work_or_follow(&fabric, room, was_elsewhere, &mut told).await {
                Ok(None) => None,
                Ok(Some(again)) => {
                    was_elsewhere = true;
                    Some(again)
                }
                Err(error) => {
                    tracing::warn!(%room, "the room cannot be worked on, trying again: {error}");
                    Some(AFTER_FAILURE)
                }
            };
            if self.0.rooms.leave(room) {
                return;
            }
            if let Some(pause) = pause {
                self.0.rooms.news_of(room, pause).await;
            }
        }
    }

    /// Works on the room if it can be had; else tells what has become of the messages that were accepted here, and
    /// gives how long to wait.
    async fn work_or_follow(
        &self,
        fabric: &Arc<dyn Fabric>,
        room: Uuid,
        was_elsewhere: bool,
        told: &mut BTreeSet<Uuid>,
    ) -> Result<Option<Duration>, StoreError> {
        match fabric.claim(room).await? {
            Claim::Held(lease) => {
                let lost = self.0.rooms.holds(lease);
                let fence = Fence { store: self.store().fenced(lease), lost };
                let hold = Hold { fabric: Arc::clone(fabric), lease, fence, was_elsewhere };
                let worked = self.work_under(&hold).await;
                self.0.rooms.holds_no_more(lease);
                if hold.fence.lost.is_cancelled() {
                    // It may have been a write that found out first; then the fabric finds out now.
                    let beat = fabric.beat().await?;
                    self.heed(beat);
                    return worked.map(|()| Some(Duration::ZERO));
                }
                fabric.release(lease).await?;
                worked.map(|()| None)
            }
            Claim::Elsewhere { again } => {
                let jobs = self.0.rooms.jobs(room);
                let untold = jobs.iter().filter(|job| told.insert(job.run)).count();
                if untold > 0 {
                    fabric.tell(Hint::Waits { room }).await?;
                }
                for job in jobs {
                    if self.tell_if_over(&job).await? {
                        told.remove(&job.run);
                    }
                }
                Ok(Some(again))
            }
        }
    }

    /// Takes the messages of a room in their order, whoever accepted them, until none waits or the room is lost.
    async fn work_under(&self, hold: &Hold) -> Result<(), StoreError> {
        let room = hold.lease.room;
        let mut tried: BTreeSet<Uuid> = BTreeSet::new();
        while self.0.rooms.phase() == Phase::Open && !hold.fence.lost.is_cancelled() {
            // Noted before the queue is read: a job is stored before it waits here.
            let jobs = self.0.rooms.jobs(room);
            let goes_on = |run: Uuid| jobs.iter().any(|job| job.run == run && job.work == Work::Resume);
            let queue = hold.fabric.queue(room, tried.len() + 2).await?;
            let mut left = queue.into_iter().filter(|run| !tried.contains(&run.id) || goes_on(run.id));
            if let Some(run) = left.next() {
                let more = left.next().is_some();
                tried.insert(run.id);
                self.take(run, hold).await?;
                // What others accepted meanwhile they tell of, or claim the room for.
                if more || self.0.rooms.has_jobs(room) {
                    continue;
                }
                break;
            }
            for job in &jobs {
                // What is not in the queue is over, or its message was deleted.
                if !self.tell_if_over(job).await? && self.0.rooms.take_job(room, job.run).is_some() {
                    self.handle_under(job.clone(), hold).await;
                }
            }
            if !self.0.rooms.has_jobs(room) {
                break;
            }
        }
        Ok(())
    }

    /// Handles the message of a run.
    async fn take(&self, run: StoredRun, hold: &Hold) -> Result<(), StoreError> {
        let accepted_here = self.0.rooms.take_job(hold.lease.room, run.id);
        let is_ours = accepted_here.is_some();
        let job = match accepted_here {
            Some(job) if !hold.was_elsewhere => Some(job),
            Some(job) => match self.taken_up(Memory::clone(&job.message), run, FIRST_COUNT).await {
                Ok(Some(left)) => Some(Job { events: job.events, cancelled: job.cancelled, ..left }),
                // Who follows it goes on following.
                left => {
                    self.0.rooms.put_back(job);
                    left?
                }
            },
            None => self.foreign_job(run).await?,
        };
        if let Some(job) = job {
            self.handle_under(job, hold).await;
        }
        if !is_ours && !hold.fence.lost.is_cancelled() {
            // Nothing rests on hints: who is not told looks.
            if let Err(error) = hold.fabric.tell(Hint::Ended { room: hold.lease.room }).await {
                tracing::debug!(room = %hold.lease.room, "other processes are not told: {error}");
            }
        }
        Ok(())
    }

    /// What is to be done about a message that another process accepted.
    async fn foreign_job(&self, run: StoredRun) -> Result<Option<Job>, StoreError> {
        let Some(message) = self.store().memories_by_id(&[run.message]).await?.into_iter().next() else {
            return Ok(None);
        };
        self.taken_up(message, run, FIRST_COUNT).await
    }

    /// Handles a message under a lease. If the lease is lost in the middle, the turn is dropped: who took over says
    /// how it ends.
    async fn handle_under(&self, job: Job, hold: &Hold) {
        let lost = &hold.fence.lost;
        tokio::select! {
            biased;
            () = lost.cancelled() => {}
            () = Box::pin(self.handle(job.clone(), Some(hold.fence.clone()))) => {}
        }
        if lost.is_cancelled() {
            self.lose(job, hold.lease).await;
        }
    }

    async fn lose(&self, job: Job, lease: Lease) {
        let (room, fence) = (lease.room, lease.fence);
        self.0.rooms.nobody_runs(room);
        tracing::warn!(run = %job.run, %room, fence, "another process has taken over the room; the turn is dropped here");
        self.emit(RunEnded {
            run: job.run,
            room,
            message: job.message.id,
            status: RunStatus::Cancelled.name().to_owned(),
            micros: 0,
            error: Some("another process has taken over the room".to_owned()),
        })
        .await;
        // Who follows it here is told how it ended there.
        self.0.rooms.put_back(job);
    }

    /// If the run of a message that was accepted here is over, or waits for a person: tells who follows it.
    async fn tell_if_over(&self, job: &Job) -> Result<bool, StoreError> {
        let Some(run) = self.store().run(job.run).await? else { return Ok(false) };
        if !run.is_at_rest() {
            return Ok(false);
        }
        let record: RunRecord = serde_json::from_value(run.record).unwrap_or_default();
        let mut replies: Vec<Memory> = self.store().memories_by_id(&record.replies).await?;
        replies.sort_by_key(|reply| reply.sequence);
        if self.0.rooms.take_job(job.message.room, job.run).is_some() {
            for reply in replies {
                job.events.send(TurnEvent::Reply(Arc::new(reply)));
            }
            job.events.send(TurnEvent::Ended(Arc::new(record)));
        }
        Ok(true)
    }
}
