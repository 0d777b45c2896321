//! The rooms that have something to do: a queue each, handled one message at a time; rooms run side by side.

use super::{
    Agent,
    handle::{Job, Work},
    inbox::AcceptError,
};
use crate::{
    fabric::Lease,
    memory::Memory,
    turn::{TurnContext, asked_by_name},
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How many messages of one room may wait.
pub(super) const MOST_WAITING: usize = 1000;

/// How many messages of all rooms may wait.
pub(super) const MOST_WAITING_IN_ALL: usize = 50_000;

/// How many rooms are worked on at once of those that an earlier process left something in.
const RECOVERED_AT_ONCE: usize = 32;

/// How many rooms' acceptance may go on at once without waiting for one another.
const LANES: usize = 64;

/// How many pairs of room and entity are remembered as known; beyond that all are looked up again.
const MOST_KNOWN: usize = 100_000;

/// The rooms that have something to do, and what is known to exist.
#[derive(Debug)]
pub(super) struct Rooms {
    waiting: Mutex<Waiting>,
    known: Mutex<BTreeSet<Uuid>>,
    /// The turn that runs in each room.
    running: Mutex<BTreeMap<Uuid, Weak<TurnContext>>>,
    /// Made with the first message.
    lanes: OnceLock<Box<[tokio::sync::Mutex<()>]>>,
    recovery: Semaphore,
    /// Held by the last try of a message: if it brings the process down, it is known which one it was.
    pub(super) last_tries: tokio::sync::Mutex<()>,
    left_over: AtomicUsize,
    pub(super) worlds: tokio::sync::Mutex<()>,
    /// The leases under which rooms are worked on, and what is cancelled when one is lost.
    pub(super) leases: Mutex<BTreeMap<Lease, CancellationToken>>,
    /// Wakes workers whose room another process holds.
    pub(super) news: tokio::sync::Notify,
    /// Cancelled when no more messages are handled.
    pub(super) closed: CancellationToken,
}

#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) phase: Phase,
    pub(super) rooms: BTreeMap<Uuid, VecDeque<Job>>,
    /// How many jobs there are in all of them.
    pub(super) jobs: usize,
    /// The runs that are stored now and queued next.
    coming: BTreeSet<Uuid>,
    /// The rooms about which their worker is to look again.
    pub(super) roused: BTreeSet<Uuid>,
    /// The rooms whose worker waits because another process holds them.
    pub(super) elsewhere: BTreeSet<Uuid>,
}

/// A run that is about to be stored and then queued. Until this is dropped, a start that reads the run leaves it
/// to who queues it.
#[derive(Debug)]
pub(super) struct Coming<'a> {
    rooms: &'a Rooms,
    run: Uuid,
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.rooms.waiting().coming.remove(&self.run);
    }
}

/// A message of an earlier process that is handled now.
#[derive(Debug)]
pub(super) struct Recovering<'a> {
    _permit: Option<SemaphorePermit<'a>>,
    left_over: &'a AtomicUsize,
}

impl Drop for Recovering<'_> {
    fn drop(&mut self) {
        let left = self.left_over.fetch_sub(1, Ordering::Relaxed) - 1;
        if left == 0 {
            tracing::info!("everything is taken up that an earlier process had left");
        } else if left.is_multiple_of(100) {
            tracing::info!(left, "messages of an earlier process are being taken up");
        }
    }
}

/// Whether messages are handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// The agent is starting: messages are accepted and wait.
    #[default]
    Starting,
    /// Messages are handled.
    Open,
    /// The agent is stopping: no more messages are accepted.
    Closed,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            known: Mutex::default(),
            running: Mutex::default(),
            recovery: Semaphore::new(RECOVERED_AT_ONCE),
            last_tries: tokio::sync::Mutex::default(),
            left_over: AtomicUsize::new(0),
            lanes: OnceLock::new(),
            worlds: tokio::sync::Mutex::default(),
            leases: Mutex::default(),
            news: tokio::sync::Notify::default(),
            closed: CancellationToken::new(),
        }
    }
}

impl Rooms {
    pub(super) fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn phase(&self) -> Phase {
        self.waiting().phase
    }

    /// Refuses one more message of a room where too many wait.
    pub(super) fn has_place(&self, room: Uuid) -> Result<(), AcceptError> {
        let waiting = self.waiting();
        if waiting.rooms.get(&room).is_some_and(|jobs| jobs.len() >= MOST_WAITING) {
            return Err(AcceptError::Busy);
        }
        if waiting.jobs >= MOST_WAITING_IN_ALL { Err(AcceptError::Overloaded) } else { Ok(()) }
    }

    /// Whether the turn about the next message of a room begins when it is queued.
    pub(super) fn begins_at_once(&self, room: Uuid) -> bool {
        let waiting = self.waiting();
        waiting.phase == Phase::Open && !waiting.rooms.contains_key(&room)
    }

    /// To be held while a message is handled that an earlier process left: not all rooms of a long list at once.
    pub(super) async fn recovering(&self, job: &Job) -> Option<Recovering<'_>> {
        if !job.recovered {
            return None;
        }
        let _permit = self.recovery.acquire().await.ok();
        Some(Recovering { _permit, left_over: &self.left_over })
    }

    /// How many messages of an earlier process are not handled yet.
    pub(super) fn left_over(&self) -> usize {
        self.left_over.load(Ordering::Relaxed)
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<Uuid, Weak<TurnContext>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the turn that begins in a room.
    pub(super) fn runs_now(&self, turn: &Arc<TurnContext>) {
        self.running().insert(turn.message.room, Arc::downgrade(turn));
    }

    /// Notes that the room's turn is over.
    pub(super) fn nobody_runs(&self, room: Uuid) {
        self.running().remove(&room);
    }

    /// The runs that wait, and those that are about to.
    pub(super) fn runs(&self) -> BTreeSet<Uuid> {
        let waiting = self.waiting();
        let queued = waiting.rooms.values().flatten().map(|job| job.run);
        queued.chain(waiting.coming.iter().copied()).collect()
    }

    /// Notes a run before it is stored. To be kept until it is queued.
    pub(super) fn comes(&self, run: Uuid) -> Coming<'_> {
        self.waiting().coming.insert(run);
        Coming { rooms: self, run }
    }

    /// No more messages; those that wait stay in the storage for the next start.
    pub(super) fn close(&self) {
        let mut waiting = self.waiting();
        waiting.phase = Phase::Closed;
        waiting.jobs = 0;
        for jobs in waiting.rooms.values_mut() {
            jobs.clear();
        }
        drop(waiting);
        self.closed.cancel();
    }

    /// Held while a message of this room is accepted: the order of storing is the order of handling.
    pub(super) async fn lane(&self, room: Uuid) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let lanes = self.lanes.get_or_init(|| (0..LANES).map(|_| tokio::sync::Mutex::default()).collect());
        let lane = lanes.get(usize::from(room.as_bytes()[15]) % LANES)?;
        Some(lane.lock().await)
    }

    pub(super) fn known(&self) -> MutexGuard<'_, BTreeSet<Uuid>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who is known where is looked up again.
    pub(super) fn forget(&self) {
        self.known().clear();
    }

    pub(super) fn remember(&self, key: Uuid) {
        let mut known = self.known();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(key);
    }
}

/// How much waits and runs in an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Queues {
    /// Messages that wait for their turn.
    pub(crate) waiting: usize,
    /// Rooms that have something to do.
    pub(crate) rooms: usize,
    /// Turns that run.
    pub(crate) running: usize,
    /// Events in the queues of handlers.
    pub(crate) events: usize,
}

impl Agent {
    /// How much waits and runs at this moment.
    pub(crate) fn queues(&self) -> Queues {
        let (waiting, rooms) = {
            let waiting = self.0.rooms.waiting();
            (waiting.jobs, waiting.rooms.len())
        };
        let parts = self.parts();
        let queues = parts.listeners.values().flatten().filter_map(|(_, listener)| listener.queue.as_ref());
        let events = queues.map(|queue| queue.waiting()).sum();
        Queues { waiting, rooms, running: self.0.rooms.running().len(), events }
    }

    /// Whether both are handles of one agent.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// A message came: if the character wants that, the turn about an older one of the same sender ends,
    /// unless it has acted or spoken. An action that is asked for by its name is no word of a conversation: it ends no turn, and
    /// none ends it.
    pub(super) fn supersede(&self, message: &Memory) {
        if !self.character().respond.supersede || asked_by_name(message).is_some() {
            return;
        }
        let turn = self.0.rooms.running().get(&message.room).and_then(Weak::upgrade);
        let is_older = |turn: &Arc<TurnContext>| {
            turn.message.entity == message.entity && asked_by_name(&turn.message).is_none()
        };
        if let Some(turn) = turn.filter(is_older) {
            turn.supersede();
        }
    }

    /// Whether a newer message of the same sender waits that replaces this one.
    pub(super) fn is_superseded(&self, job: &Job) -> bool {
        let newer = |other: &Job| {
            other.work == Work::Turn
                && other.message.entity == job.message.entity
                && asked_by_name(&other.message).is_none()
        };
        self.character().respond.supersede
            && self.0.rooms.waiting().rooms.get(&job.message.room).is_some_and(|jobs| jobs.iter().any(newer))
    }

    /// Puts a message into its room's queue, and a worker to work if the room has none.
    pub(super) fn enqueue(&self, job: Job) {
        let room = job.message.room;
        self.0.turns.open(job.run, &job.events);
        let mut waiting = self.0.rooms.waiting();
        match waiting.phase {
            // It is stored; the next start takes it up.
            Phase::Closed => {}
            Phase::Starting => {
                waiting.jobs += 1;
                waiting.rooms.entry(room).or_default().push_back(job);
            }
            Phase::Open => match waiting.rooms.get_mut(&room) {
                Some(jobs) => {
                    jobs.push_back(job);
                    waiting.jobs += 1;
                    self.0.rooms.look_elsewhere(&mut waiting, room);
                }
                None => {
                    waiting.jobs += 1;
                    waiting.rooms.insert(room, VecDeque::from([job]));
                    self.work(room);
                }
            },
        }
    }

    /// Begins to handle messages: first those that were taken up, then those that came during the start.
    pub(super) fn open_rooms(&self, taken_up: Vec<Job>) {
        let mut waiting = self.0.rooms.waiting();
        if waiting.phase != Phase::Starting {
            return;
        }
        waiting.phase = Phase::Open;
        waiting.jobs += taken_up.len();
        self.0.rooms.left_over.store(taken_up.len(), Ordering::Relaxed);
        for job in taken_up.into_iter().rev() {
            self.0.turns.open(job.run, &job.events);
            waiting.rooms.entry(job.message.room).or_default().push_front(job);
        }
        for room in waiting.rooms.keys() {
            self.work(*room);
        }
    }

    /// Handles a room's messages one after another until none waits.
    pub(super) fn work(&self, room: Uuid) {
        let agent = self.live();
        self.spawn(async move {
            if agent.fabric().is_shared() {
                return agent.work_claimed(room).await;
            }
            while let Some(job) = agent.next_job(room) {
                Box::pin(agent.handle(job, None)).await;
            }
        });
    }

    fn next_job(&self, room: Uuid) -> Option<Job> {
        let mut waiting = self.0.rooms.waiting();
        let next = waiting.rooms.get_mut(&room).and_then(VecDeque::pop_front);
        match next {
            Some(_) => waiting.jobs = waiting.jobs.saturating_sub(1),
            None => drop(waiting.rooms.remove(&room)),
        }
        next
    }
}
