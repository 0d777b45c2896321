//! The way in: messages are stored, acknowledged, and handled in order, room by room.

use super::Agent;
use crate::{
    event::{EntityJoined, MessageReceived, RoomJoined, WorldJoined},
    memory::{Content, Entity, Memory, MemoryKind, Role, Room, RoomKind, World},
    store::{StoreError, StoredRun},
    text::id::{stable_id, stable_id_for},
    turn::{RunRecord, RunStatus, TurnContext, TurnEvent, run},
};
use jiff::Timestamp;
use serde_json::{Map, json};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How many messages of one room may wait.
const MOST_WAITING: usize = 1000;

/// How many rooms' acceptance may go on at once without waiting for one another.
const LANES: usize = 64;

/// A room, by the name that its platform gives it. The same names give the same room.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where it lives: `chat`, `discord` …
    pub source: String,
    /// What kind of place it is.
    pub kind: RoomKind,
    /// Its name or id on the platform.
    pub room: String,
    /// The name or id of its world, if it has one.
    pub world: Option<String>,
}

/// A message as it comes in.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Identifies it; the same id twice is handled once. Made if not given.
    pub id: Option<Uuid>,
    /// Where it was said.
    pub place: Place,
    /// Who said it, by the name or id on the platform. The same name in the same source is the same entity.
    pub from: String,
    /// What was said.
    pub content: Content,
}

impl Incoming {
    /// A text said by somebody in a direct chat.
    #[must_use]
    pub fn direct(source: &str, room: &str, from: &str, text: &str) -> Self {
        Self {
            id: None,
            place: Place {
                source: source.to_owned(),
                kind: RoomKind::Dm,
                room: room.to_owned(),
                world: Some(source.to_owned()),
            },
            from: from.to_owned(),
            content: Content { source: Some(source.to_owned()), ..Content::text(text) },
        }
    }
}

/// Why a message was not accepted. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The agent is stopping.
    #[error("the agent is stopping and takes no more messages")]
    Stopping,
    /// Too many messages of this room wait.
    #[error("{MOST_WAITING} messages wait in this room already; send it again later")]
    Busy,
    /// It could not be stored.
    #[error("the message could not be stored: {0}")]
    Store(#[from] StoreError),
}

/// A turn that was begun, or a message that had been accepted before.
#[derive(Debug)]
pub struct TurnHandle {
    /// The message.
    pub message: Uuid,
    /// The run about it.
    pub run: Uuid,
    /// The message had been accepted before: no turn begins, no event comes.
    pub duplicate: bool,
    events: mpsc::UnboundedReceiver<TurnEvent>,
    cancelled: CancellationToken,
}

impl TurnHandle {
    /// Ends the turn as soon as it can be: a running action is dropped, nothing more is said, the record says `cancelled`. A turn that has not
    /// begun ends when its time comes.
    pub fn cancel(&self) {
        self.cancelled.cancel();
    }

    /// The next thing that happens in the turn; `None` after [`TurnEvent::Ended`].
    pub async fn next(&mut self) -> Option<TurnEvent> {
        self.events.recv().await
    }

    /// Waits for the end; the replies in order and the record. The record is `None` for a duplicate and for a turn that the end of the agent cut off.
    pub async fn finish(mut self) -> (Vec<Arc<Memory>>, Option<Arc<RunRecord>>) {
        let (mut replies, mut record) = (Vec::new(), None);
        while let Some(event) = self.next().await {
            match event {
                TurnEvent::Reply(reply) => replies.push(reply),
                TurnEvent::Ended(ended) => record = Some(ended),
                _ => {}
            }
        }
        (replies, record)
    }
}

/// The rooms that have something to do, and what is known to exist.
#[derive(Debug)]
pub(super) struct Rooms {
    waiting: Mutex<Waiting>,
    known: Mutex<BTreeSet<Uuid>>,
    lanes: Vec<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Default)]
struct Waiting {
    closed: bool,
    rooms: BTreeMap<Uuid, VecDeque<Job>>,
}

#[derive(Debug)]
struct Job {
    message: Arc<Memory>,
    run: Uuid,
    events: mpsc::UnboundedSender<TurnEvent>,
    cancelled: CancellationToken,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            known: Mutex::default(),
            lanes: (0..LANES).map(|_| tokio::sync::Mutex::default()).collect(),
        }
    }
}

impl Rooms {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No more messages; those that wait stay in the storage.
    pub(super) fn close(&self) {
        let mut waiting = self.waiting();
        waiting.closed = true;
        for jobs in waiting.rooms.values_mut() {
            jobs.clear();
        }
    }

    fn lane(&self, room: Uuid) -> Option<&tokio::sync::Mutex<()>> {
        let lane = usize::from(room.as_bytes()[15]) % LANES;
        self.lanes.get(lane)
    }
}

impl Agent {
    /// Accepts a message: it is stored before this returns, and will be answered even if the process ends now.
    ///
    /// # Errors
    /// [`AcceptError`]; then nothing is stored.
    pub async fn send(&self, incoming: Incoming) -> Result<TurnHandle, AcceptError> {
        let source = &incoming.place.source;
        let room = self.place_id(source, &incoming.place.room);
        let entity = self.entity_id(source, &incoming.from);
        let world = incoming.place.world.as_ref().map(|world| self.place_id(source, &format!("world:{world}")));
        self.connect(&incoming, room, world, entity).await?;
        let given = incoming.id.is_some();
        let message = Memory {
            id: incoming.id.unwrap_or_else(Uuid::now_v7),
            kind: MemoryKind::Message,
            agent: self.id(),
            entity,
            room,
            world,
            at: Timestamp::now(),
            sequence: 0,
            content: incoming.content,
            metadata: serde_json::Value::Null,
        };
        // One acceptance at a time in a room: the order of storing is the order of handling.
        let _lane = match self.0.rooms.lane(room) {
            Some(lane) => Some(lane.lock().await),
            None => None,
        };
        self.accept(message, given).await
    }

    async fn accept(&self, message: Memory, given: bool) -> Result<TurnHandle, AcceptError> {
        {
            let waiting = self.0.rooms.waiting();
            if waiting.closed {
                return Err(AcceptError::Stopping);
            }
            if waiting.rooms.get(&message.room).is_some_and(|jobs| jobs.len() >= MOST_WAITING) {
                return Err(AcceptError::Busy);
            }
        }
        let run = run_of(&message);
        let (sender, events) = mpsc::unbounded_channel();
        let cancelled = self.0.stopping.child_token();
        let mut handle =
            TurnHandle { message: message.id, run, duplicate: false, events, cancelled: cancelled.clone() };
        if given && !self.store().memories_by_id(&[message.id]).await?.is_empty() {
            handle.duplicate = true;
            return Ok(handle);
        }
        let record =
            RunRecord { run, room: message.room, message: message.id, ..RunRecord::default() };
        let stored = StoredRun {
            id: run,
            room: message.room,
            message: message.id,
            status: RunStatus::Running.name().to_owned(),
            at: message.at,
            record: serde_json::to_value(&record).unwrap_or_default(),
        };
        self.store().put_run(&stored, std::slice::from_ref(&message)).await?;
        self.enqueue(Job { message: Arc::new(message), run, events: sender, cancelled });
        Ok(handle)
    }

    /// Puts a message into its room's queue, and a worker to work if the room has none.
    fn enqueue(&self, job: Job) {
        let room = job.message.room;
        let mut waiting = self.0.rooms.waiting();
        if waiting.closed {
            // It is stored; the next start takes it up.
            return;
        }
        if let Some(jobs) = waiting.rooms.get_mut(&room) {
            jobs.push_back(job);
            return;
        }
        waiting.rooms.insert(room, VecDeque::new());
        let agent = self.clone();
        self.spawn(async move {
            let mut next = Some(job);
            while let Some(job) = next {
                agent.handle(job).await;
                let mut waiting = agent.0.rooms.waiting();
                next = waiting.rooms.get_mut(&room).and_then(VecDeque::pop_front);
                if next.is_none() {
                    waiting.rooms.remove(&room);
                }
            }
        });
    }

    async fn handle(&self, job: Job) {
        self.emit(MessageReceived { message: Arc::clone(&job.message) }).await;
        let history = self.character().limits.history as usize;
        let snapshot = match self.store().snapshot(job.message.room, history).await {
            Ok(snapshot) => snapshot,
            Err(error) => {
                tracing::error!(run = %job.run, "the room cannot be read, the message stays unanswered: {error}");
                return;
            }
        };
        // The store gave the message its place in the room.
        let placed = snapshot.history.iter().find(|memory| memory.id == job.message.id).cloned();
        let message = placed.map_or(job.message, Arc::new);
        let turn = TurnContext::new(message, job.run, snapshot, self.parts(), job.cancelled, job.events);
        run(self, Arc::new(turn)).await;
    }

    /// Takes up messages that an earlier process accepted and did not answer. A turn in which an action had begun is not run again: whether the
    /// action took effect is not known.
    pub(super) async fn take_up(&self) -> Result<(), StoreError> {
        for message in self.store().unfinished().await? {
            // A message without a run was stored by somebody else than `send`; nobody waits for an answer.
            let Some(stored) = self.store().run(run_of(&message)).await? else { continue };
            let record: RunRecord = serde_json::from_value(stored.record.clone()).unwrap_or_default();
            if record.steps.is_empty() && record.replies.is_empty() {
                let (events, _) = mpsc::unbounded_channel();
                let cancelled = self.0.stopping.child_token();
                self.enqueue(Job { run: stored.id, message: Arc::new(message), events, cancelled });
            } else {
                self.interrupt(stored, record, &message).await?;
            }
        }
        Ok(())
    }

    async fn interrupt(&self, mut run: StoredRun, mut record: RunRecord, message: &Memory) -> Result<(), StoreError> {
        let begun: Vec<&str> = record.steps.iter().map(|step| step.action.as_str()).collect();
        let told = format!(
            "I was interrupted while I was working on this ({}). I do not know whether it took effect, so I have not done it again.",
            begun.join(", ")
        );
        record.status = RunStatus::Interrupted;
        record.error = Some("the process ended while an action was running".to_owned());
        let reply = Memory {
            id: Uuid::now_v7(),
            entity: self.id(),
            at: Timestamp::now(),
            sequence: 0,
            content: Content { in_reply_to: Some(message.id), ..Content::text(told) },
            metadata: json!({ "run": run.id }),
            ..message.clone()
        };
        record.replies.push(reply.id);
        run.status = record.status.name().to_owned();
        run.record = serde_json::to_value(&record).unwrap_or_default();
        self.store().put_run(&run, &[reply]).await
    }

    /// The id of a room or world, from its names.
    #[must_use]
    pub fn place_id(&self, source: &str, name: &str) -> Uuid {
        stable_id_for(self.id(), &format!("{source}:{name}"))
    }

    /// The id of an entity, from its names. It does not depend on the agent: agents of one process know the same people.
    #[must_use]
    pub fn entity_id(&self, source: &str, name: &str) -> Uuid {
        stable_id(&format!("{source}:{name}"))
    }

    /// Makes room, world and entity known, once.
    async fn connect(
        &self,
        incoming: &Incoming,
        room: Uuid,
        world: Option<Uuid>,
        entity: Uuid,
    ) -> Result<(), StoreError> {
        let key = stable_id_for(room, &entity.to_string());
        if self.known().contains(&key) {
            return Ok(());
        }
        let store = self.store();
        let before = store.snapshot(room, 0).await?;
        if let Some(id) = world
            && before.world.is_none()
        {
            self.make_world(id, incoming, entity).await?;
        }
        if before.room.is_none() {
            let made = Room {
                id: room,
                agent: self.id(),
                name: incoming.place.room.clone(),
                kind: incoming.place.kind,
                source: incoming.place.source.clone(),
                world,
                metadata: Map::new(),
            };
            store.put_rooms(std::slice::from_ref(&made)).await?;
            self.emit(RoomJoined { room: made }).await;
        }
        if !before.participants.iter().any(|known| known.id == entity) {
            self.make_entity(entity, &incoming.from, room).await?;
        }
        let mut known = self.known();
        if known.len() >= 100_000 {
            known.clear();
        }
        known.insert(key);
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, BTreeSet<Uuid>> {
        self.0.rooms.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A world whose first visitor owns it where it is private, as in the terminal.
    async fn make_world(&self, id: Uuid, incoming: &Incoming, entity: Uuid) -> Result<(), StoreError> {
        let known = self.store().worlds().await?;
        if known.iter().any(|world| world.id == id) {
            return Ok(());
        }
        let private = matches!(incoming.place.kind, RoomKind::Dm | RoomKind::VoiceDm | RoomKind::Api);
        let roles = if private { BTreeMap::from([(entity, Role::Owner)]) } else { BTreeMap::new() };
        let world = World {
            id,
            agent: self.id(),
            name: incoming.place.world.clone().unwrap_or_default(),
            roles,
            settings: Map::new(),
            metadata: Map::new(),
        };
        self.store().put_worlds(std::slice::from_ref(&world)).await?;
        self.emit(WorldJoined { world }).await;
        Ok(())
    }

    async fn make_entity(&self, id: Uuid, name: &str, room: Uuid) -> Result<(), StoreError> {
        let store = self.store();
        let known = store.entities(&[id]).await?;
        let entity = match known.into_iter().next() {
            Some(entity) => entity,
            None => {
                let made = Entity { id, agent: self.id(), names: vec![name.to_owned()], metadata: Map::new() };
                store.put_entities(std::slice::from_ref(&made)).await?;
                made
            }
        };
        store.add_participants(room, &[id, self.id()]).await?;
        self.emit(EntityJoined { entity, room }).await;
        Ok(())
    }
}

/// The run about a message: the same however often it is taken up.
fn run_of(message: &Memory) -> Uuid {
    stable_id_for(message.id, "run")
}
