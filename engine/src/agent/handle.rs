//! From a message in a queue to a turn that ended, whatever happens on the way.

use super::{Agent, claimed::Fence};
use crate::{
    event::{MessageReceived, RunEnded},
    memory::{Content, Memory, MemoryKind},
    store::{RoomSnapshot, StoreError, StoredRun, Window},
    telemetry::TraceParent,
    turn::{RunRecord, Teller, TurnContext, TurnEvent, asked_by_name, run},
};
use futures_util::FutureExt;
use serde_json::json;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long to wait before a room that could not be read is read again.
const READ_AGAIN: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(250), Duration::from_secs(1)];

/// What is to be done about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A turn about it.
    Turn,
    /// The turn about it goes on: it waited for a person, who has answered, or an earlier process left it.
    Resume,
}

/// A message that waits for its turn.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) message: Arc<Memory>,
    pub(super) run: Uuid,
    pub(super) events: Teller,
    pub(super) cancelled: CancellationToken,
    /// How often its turn was begun.
    pub(super) attempts: u32,
    /// This try is counted among them, durably.
    pub(super) counted: bool,
    /// An earlier process left it.
    pub(super) recovered: bool,
    /// The trace to which its turn belongs.
    pub(super) trace: Option<TraceParent>,
}

impl Agent {
    /// Handles a message. If that cannot be done, because the room cannot be read or by a panic of the engine or a store,
    /// it is tried again as often as the character allows, then set aside; then the next message of the room is handled.
    pub(super) async fn handle(&self, job: Job, fence: Option<Fence>) {
        // Whatever is changed meanwhile, a turn ends on the plugins that it began with.
        let agent = self.pin_under(fence);
        self.0.turns.open(job.run, &job.events);
        let _recovering = agent.0.rooms.recovering(&job).await;
        let mut next = Some(job);
        while let Some(job) = next {
            next = agent.handle_one(job).await;
        }
        agent.embed_memories();
    }

    /// Handles a message; gives what is to be done next about it, or the turn that is to go on because it answers its
    /// question.
    async fn handle_one(&self, mut job: Job) -> Option<Job> {
        let is_last = job.attempts + u32::from(!job.counted) >= self.character().limits.attempts;
        // If the process ends now, no other message had its last chance.
        let _alone = if job.recovered && is_last { Some(self.0.rooms.last_tries.lock().await) } else { None };
        let done = AssertUnwindSafe(self.work_on(&mut job)).catch_unwind().await;
        self.0.rooms.nobody_runs(job.message.room);
        let why = match done {
            Ok(Ok(next)) => return next,
            Ok(Err(error)) => format!("the room cannot be read: {error}"),
            Err(_) => "the turn ended by a panic; this is a bug of the engine or of the storage".to_owned(),
        };
        tracing::error!(run = %job.run, attempts = job.attempts, "{why}");
        self.try_again(job, why).await
    }

    async fn work_on(&self, job: &mut Job) -> Result<Option<Job>, StoreError> {
        self.count_attempt(job).await?;
        let job = &*job;
        match job.work {
            Work::Resume => self.resume(job).await.map(|()| None),
            Work::Turn => {
                self.emit(MessageReceived { message: Arc::clone(&job.message) }).await;
                self.answer_in_room(job).await
            }
        }
    }

    /// Runs the turn about a message.
    pub(super) async fn turn(&self, job: &Job) -> Result<(), StoreError> {
        let turn = Arc::new(self.context(job).await?);
        turn.note(|record| record.attempts = job.attempts);
        self.0.rooms.runs_now(&turn);
        if asked_by_name(&job.message).is_none() && self.is_superseded(job) {
            turn.supersede();
        }
        run(self, turn).await;
        Ok(())
    }

    pub(super) async fn context(&self, job: &Job) -> Result<TurnContext, StoreError> {
        let snapshot = self.read_room(&job.message).await?;
        // The store gave the message its place in the room.
        let placed = snapshot.history.iter().find(|memory| memory.id == job.message.id).cloned();
        let message = placed.map_or_else(|| Arc::clone(&job.message), Arc::new);
        if job.work == Work::Turn {
            self.tell_of_kind(&message, snapshot.room.as_ref()).await;
        }
        let (cancelled, events) = (job.cancelled.clone(), job.events.clone());
        let mut turn = TurnContext::new(message, job.run, snapshot, self.parts(), cancelled, events);
        turn.trace = job.trace;
        Ok(turn)
    }

    pub(super) async fn read_room(&self, message: &Memory) -> Result<RoomSnapshot, StoreError> {
        let character = self.character();
        let limits = &character.limits;
        let window = Window {
            until: Some(message.id),
            messages: limits.history as usize,
            results: limits.working_memory as usize,
        };
        for wait in READ_AGAIN {
            match self.store().snapshot(message.room, window).await {
                Ok(snapshot) => return Ok(snapshot),
                Err(error) => {
                    tracing::warn!(room = %message.room, "the room cannot be read, trying again: {error}")
                }
            }
            tokio::time::sleep(wait).await;
        }
        self.store().snapshot(message.room, window).await
    }

    /// Ends a run outside its turn, and tells who follows.
    pub(super) async fn tell_end(&self, job: &Job, record: RunRecord, told: Option<String>) {
        let (record, reply) = self.end_without_turn(&job.message, record, told).await;
        // Who took over the room says how it ends.
        if self.has_lost_room() {
            return;
        }
        // Nobody may be following.
        if let Some(reply) = reply {
            job.events.send(TurnEvent::Reply(reply));
        }
        job.events.send(TurnEvent::Ended(Arc::new(record)));
    }

    /// Ends a run outside its turn: stores record and reply, and tells of both.
    pub(super) async fn end_without_turn(
        &self,
        message: &Memory,
        mut record: RunRecord,
        told: Option<String>,
    ) -> (RunRecord, Option<Arc<Memory>>) {
        let reply = told.map(|told| self.reply_to(message, record.run, told));
        record.replies.extend(reply.as_ref().map(|reply| reply.id));
        let stored = stored(&record, message);
        if let Err(error) = self.store().put_run(&stored, reply.as_slice()).await {
            if let (StoreError::Fenced { .. }, Some(fence)) = (&error, self.fence()) {
                fence.lost.cancel();
                return (record, None);
            }
            tracing::error!(run = %record.run, "the end of the turn could not be stored: {error}");
        }
        let reply = reply.map(Arc::new);
        if let Some(reply) = &reply {
            let room = self.store().snapshot(message.room, Window::default()).await;
            let room = room.ok().and_then(|snapshot| snapshot.room);
            self.announce(reply, room.as_ref()).await;
        }
        self.shared().tally.turn(record.status.name(), record.micros);
        self.emit(RunEnded {
            run: record.run,
            room: message.room,
            message: message.id,
            status: record.status.name().to_owned(),
            micros: record.micros,
            error: record.error.clone(),
        })
        .await;
        (record, reply)
    }

    fn reply_to(&self, message: &Memory, run: Uuid, told: String) -> Memory {
        Memory {
            id: Uuid::now_v7(),
            kind: MemoryKind::Message,
            entity: self.id(),
            at: self.clock().now(),
            sequence: 0,
            content: Content {
                in_reply_to: Some(message.id),
                source: message.content.source.clone(),
                ..Content::text(told)
            },
            metadata: json!({ "run": run }),
            ..message.clone()
        }
    }
}

/// A record as it is stored.
pub(super) fn stored(record: &RunRecord, message: &Memory) -> StoredRun {
    StoredRun {
        id: record.run,
        room: message.room,
        message: message.id,
        status: record.status.name().to_owned(),
        at: message.at,
        record: serde_json::to_value(record).unwrap_or_default(),
    }
}
