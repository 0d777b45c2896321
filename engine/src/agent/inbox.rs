//! The way in: a message is stored, then acknowledged, then handled.

use super::{
    Agent,
    address::{Ids, Incoming},
    handle::{Job, Work, stored},
    rooms::{MOST_WAITING, MOST_WAITING_IN_ALL, Phase},
};
use crate::{
    memory::{Memory, MemoryKind},
    store::{StoreError, StoredRun},
    telemetry::TraceParent,
    text::id::stable_id_for,
    turn::{AtEnd, RunRecord, Teller, TurnEvent, TurnLog},
};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Why a message was not accepted. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The agent is stopping.
    #[error("the agent is stopping and takes no more messages")]
    Stopping,
    /// Too many messages of this room wait.
    #[error("{MOST_WAITING} messages wait in this room already; send it again later")]
    Busy,
    /// Too many messages wait, of all rooms together.
    #[error("{MOST_WAITING_IN_ALL} messages wait for this agent already; send it again later")]
    Overloaded,
    /// It could not be stored.
    #[error("the message could not be stored: {0}")]
    Store(#[from] StoreError),
}

/// A turn that was begun, or a message that had been accepted before.
///
/// A message that answers the question of a turn that [waits](crate::turn::RunStatus::Waiting) has no turn of
/// its own: what comes is that turn going on, and the record is that turn's.
#[derive(Debug)]
pub struct TurnHandle {
    /// The message.
    pub message: Uuid,
    /// The run about it.
    pub run: Uuid,
    /// The message had been accepted before: no turn begins, no event comes.
    pub duplicate: bool,
    pub(super) events: mpsc::UnboundedReceiver<Arc<TurnEvent>>,
    pub(super) cancelled: CancellationToken,
    pub(super) log: Arc<TurnLog>,
}

impl TurnHandle {
    /// The handle of a turn that is told of by this teller.
    pub(super) fn new(
        run: Uuid,
        message: Uuid,
        teller: &Teller,
        events: mpsc::UnboundedReceiver<Arc<TurnEvent>>,
        cancelled: CancellationToken,
    ) -> Self {
        let log = teller
            .log()
            .map_or_else(|| TurnLog::new(run, message, 0, cancelled.clone(), AtEnd::new(|_| {})), Arc::clone);
        Self { message, run, duplicate: false, events, cancelled, log }
    }

    /// Ends the turn as soon as it can be: a running action is dropped, nothing more is said, the record says
    /// `cancelled`. A turn that has not begun ends when its time comes. A turn that runs in another process is not
    /// reached.
    pub fn cancel(&self) {
        self.cancelled.cancel();
    }

    /// The next thing that happens in the turn; `None` after [`TurnEvent::Ended`].
    pub async fn next(&mut self) -> Option<TurnEvent> {
        // What a follower may read, too, is copied for who holds the handle.
        let event = self.events.recv().await.map(Arc::unwrap_or_clone);
        if matches!(event, Some(TurnEvent::Ended(_))) {
            // Evaluators may look back at the turn for long; who followed it does not wait for them.
            self.events.close();
        }
        event
    }

    /// Waits for the end; the replies in order and the record. The record is `None` for a duplicate and for a
    /// turn that the end of the agent cut off.
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

impl Agent {
    /// Accepts a message: it is stored before this returns, and will be answered even if the process ends now.
    /// Dropping the future does not undo that.
    ///
    /// # Errors
    /// [`AcceptError`]; then nothing of the message is stored.
    pub async fn send(&self, incoming: Incoming) -> Result<TurnHandle, AcceptError> {
        let ids = self.ids(&incoming);
        self.send_as(incoming, ids, Value::Null).await
    }

    /// Accepts a message from who and where these ids say, with metadata of the engine's own.
    pub(super) async fn send_as(
        &self,
        incoming: Incoming,
        ids: Ids,
        metadata: Value,
    ) -> Result<TurnHandle, AcceptError> {
        // A turn that sends is not what the turn about its message begins with.
        let agent = self.live();
        let trace = crate::telemetry::traceparent();
        // On a task of its own: a caller that goes away must not leave a message stored and not queued.
        let accept = async move { agent.accept(incoming, ids, metadata, trace).await };
        let accepted = self.0.tasks.spawn(accept).await;
        accepted
            .unwrap_or_else(|error| Err(StoreError::Failed(format!("accepting it ended: {error}")).into()))
    }

    async fn accept(
        &self,
        incoming: Incoming,
        ids: Ids,
        metadata: Value,
        trace: Option<TraceParent>,
    ) -> Result<TurnHandle, AcceptError> {
        let mut lane = self.0.rooms.lane(ids.room).await;
        self.may_accept(ids)?;
        let mut joined = Vec::new();
        let connected = self.connect(&incoming, ids, &mut joined).await;
        if !joined.is_empty() {
            // Who hears of it may send a message to this room.
            drop(lane);
            self.tell_joined(joined).await;
            lane = self.0.rooms.lane(ids.room).await;
            self.may_accept(ids)?;
        }
        connected?;
        let message = Memory { metadata, ..self.memory_of(incoming, ids) };
        let cancelled = self.0.stopping.child_token();
        let (work, run) = (Work::Turn, run_of(&message));
        let (sender, events) = self.0.turns.teller(run, message.id, cancelled.clone());
        // Most often the turn begins at once: then it is counted in the same write.
        let counted = self.0.rooms.begins_at_once(ids.room);
        let job = Job {
            work,
            run,
            message: Arc::new(message),
            events: sender,
            cancelled,
            attempts: u32::from(counted),
            counted,
            recovered: false,
            trace,
        };
        let cancelled = job.cancelled.clone();
        let mut handle = TurnHandle::new(run, job.message.id, &job.events, events, cancelled);
        let _coming = self.0.rooms.comes(job.run);
        if self.store().accept(&begun(&job), &job.message).await?.is_none() {
            handle.duplicate = true;
            return Ok(handle);
        }
        self.shared().tally.message();
        self.supersede(&job.message);
        self.enqueue(job);
        drop(lane);
        Ok(handle)
    }

    /// Whether a message of this room can be taken at this moment.
    pub(super) fn may_accept(&self, ids: Ids) -> Result<(), AcceptError> {
        if self.0.rooms.phase() == Phase::Closed {
            return Err(AcceptError::Stopping);
        }
        self.0.rooms.has_place(ids.room)?;
        if !self.has_store() {
            return Err(StoreError::Failed("the storage is not open yet".to_owned()).into());
        }
        Ok(())
    }

    fn memory_of(&self, incoming: Incoming, ids: Ids) -> Memory {
        Memory {
            id: incoming.id.unwrap_or_else(Uuid::now_v7),
            kind: MemoryKind::Message,
            agent: self.id(),
            entity: ids.entity,
            room: ids.room,
            world: ids.world,
            at: self.clock().now(),
            sequence: 0,
            content: incoming.content,
            metadata: serde_json::Value::Null,
        }
    }
}

/// The record of a run that has not begun to do anything.
fn begun(job: &Job) -> StoredRun {
    let (run, room, message) = (job.run, job.message.room, job.message.id);
    let attempts = job.attempts;
    stored(&RunRecord { run, room, message, attempts, ..RunRecord::default() }, &job.message)
}

/// The run about a message: the same however often it is taken up.
pub(super) fn run_of(message: &Memory) -> Uuid {
    stable_id_for(message.id, "run")
}
