//! The queues of rooms that other processes may hold: what is held, what was told of it, and what waits meanwhile.

use super::{
    Agent,
    handle::Job,
    rooms::{Phase, Rooms, Waiting},
};
use crate::fabric::Lease;
use std::{
    collections::{BTreeMap, VecDeque, btree_map::Entry},
    sync::{MutexGuard, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

impl Rooms {
    fn leases(&self) -> MutexGuard<'_, BTreeMap<Lease, CancellationToken>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a lease that is worked under; what is given is cancelled when it is lost.
    pub(super) fn holds(&self, lease: Lease) -> CancellationToken {
        self.leases().entry(lease).or_default().clone()
    }

    pub(super) fn holds_no_more(&self, lease: Lease) {
        self.leases().remove(&lease);
    }

    /// Another process has this room now.
    pub(super) fn lose(&self, lease: Lease) {
        if let Some(lost) = self.leases().get(&lease) {
            lost.cancel();
        }
    }

    /// The messages of a room that were accepted here and wait.
    pub(super) fn jobs(&self, room: Uuid) -> Vec<Job> {
        self.waiting().rooms.get(&room).into_iter().flatten().cloned().collect()
    }

    pub(super) fn has_jobs(&self, room: Uuid) -> bool {
        self.waiting().rooms.get(&room).is_some_and(|jobs| !jobs.is_empty())
    }

    /// Takes the message of a run out of the queue of its room.
    pub(super) fn take_job(&self, room: Uuid, run: Uuid) -> Option<Job> {
        let mut waiting = self.waiting();
        let jobs = waiting.rooms.get_mut(&room)?;
        let place = jobs.iter().position(|job| job.run == run)?;
        let job = jobs.remove(place);
        waiting.jobs = waiting.jobs.saturating_sub(1);
        job
    }

    /// Puts a message back to the front of its room's queue.
    pub(super) fn put_back(&self, job: Job) {
        let mut waiting = self.waiting();
        if waiting.phase == Phase::Open
            && let Some(jobs) = waiting.rooms.get_mut(&job.message.room)
        {
            jobs.push_front(job);
            waiting.jobs += 1;
        }
    }

    /// Ends the work on a room; `false` if there is more to do.
    pub(super) fn leave(&self, room: Uuid) -> bool {
        let mut waiting = self.waiting();
        let is_roused = waiting.roused.remove(&room) && waiting.phase == Phase::Open;
        let is_over = !is_roused && waiting.rooms.get(&room).is_none_or(VecDeque::is_empty);
        if is_over {
            waiting.rooms.remove(&room);
        }
        is_over
    }

    /// Another process told something about a room; its worker looks again.
    pub(super) fn tell_news(&self, room: Uuid) {
        let mut waiting = self.waiting();
        if waiting.rooms.contains_key(&room) {
            waiting.roused.insert(room);
        }
        drop(waiting);
        self.news.notify_waiters();
    }

    /// One more message waits in a room: if another process holds the room, it is to be told.
    pub(super) fn look_elsewhere(&self, waiting: &mut Waiting, room: Uuid) {
        if waiting.elsewhere.contains(&room) {
            waiting.roused.insert(room);
            self.news.notify_waiters();
        }
    }

    /// Waits until there is news of a room, at most so long.
    pub(super) async fn news_of(&self, room: Uuid, most: Duration) {
        let until = tokio::time::Instant::now() + most;
        self.waiting().elsewhere.insert(room);
        loop {
            let told = self.news.notified();
            if self.waiting().roused.remove(&room) {
                break;
            }
            tokio::select! {
                () = told => {}
                () = self.closed.cancelled() => break,
                () = tokio::time::sleep_until(until) => break,
            }
        }
        self.waiting().elsewhere.remove(&room);
    }
}

impl Agent {
    /// Puts a worker to work on a room in which messages may wait that other processes accepted.
    pub(super) fn rouse(&self, room: Uuid) {
        let mut waiting = self.0.rooms.waiting();
        if waiting.phase != Phase::Open {
            return;
        }
        if let Entry::Vacant(queue) = waiting.rooms.entry(room) {
            queue.insert(VecDeque::new());
            self.work(room);
        } else {
            drop(waiting);
            self.0.rooms.tell_news(room);
        }
    }
}
