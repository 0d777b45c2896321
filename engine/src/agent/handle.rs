//! From a message in a queue to a turn that ended, whatever happens on the way.

use super::{Agent, inbox::run_of};
use crate::{
    event::{MessageReceived, MessageSent, RunEnded},
    memory::{Content, Memory, MemoryKind},
    store::{RoomSnapshot, StoreError, StoredRun, Window},
    text::name::same_name,
    turn::{RunRecord, RunStatus, TurnContext, TurnEvent, run},
};
use futures_util::FutureExt;
use serde_json::json;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long to wait before a room that could not be read is read again.
const READ_AGAIN: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(250), Duration::from_secs(1)];

/// A message that waits for its turn.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) message: Arc<Memory>,
    pub(super) run: Uuid,
    pub(super) events: mpsc::UnboundedSender<TurnEvent>,
    pub(super) cancelled: CancellationToken,
}

impl Agent {
    /// Runs the turn about a message. A room that cannot be read, or a panic of the engine or a store, ends the
    /// turn as failed and says so; the next message of the room is handled all the same.
    pub(super) async fn handle(&self, job: Job) {
        self.emit(MessageReceived { message: Arc::clone(&job.message) }).await;
        // Whatever is changed meanwhile, a turn ends on the plugins that it began with.
        let agent = self.pin();
        let turn = AssertUnwindSafe(agent.turn(job.clone())).catch_unwind().await;
        let why = match turn {
            Ok(Ok(())) => return,
            Ok(Err(error)) => format!("the room cannot be read: {error}"),
            Err(_) => "the turn ended by a panic; this is a bug of the engine or of the storage".to_owned(),
        };
        tracing::error!(run = %job.run, "{why}");
        let told = format!("I cannot answer that now: {why}.");
        let record = RunRecord {
            run: job.run,
            room: job.message.room,
            message: job.message.id,
            status: RunStatus::Failed,
            error: Some(why),
            ..RunRecord::default()
        };
        let (record, reply) = self.end_without_turn(&job.message, record, told).await;
        // Nobody may be following.
        drop(job.events.send(TurnEvent::Reply(reply)));
        drop(job.events.send(TurnEvent::Ended(Arc::new(record))));
    }

    async fn turn(&self, job: Job) -> Result<(), StoreError> {
        let snapshot = self.read_room(&job.message).await?;
        // The store gave the message its place in the room.
        let placed = snapshot.history.iter().find(|memory| memory.id == job.message.id).cloned();
        let message = placed.map_or(job.message, Arc::new);
        let turn = TurnContext::new(message, job.run, snapshot, self.parts(), job.cancelled, job.events);
        run(self, Arc::new(turn)).await;
        Ok(())
    }

    async fn read_room(&self, message: &Memory) -> Result<RoomSnapshot, StoreError> {
        let limits = self.character().limits.clone();
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

    /// Messages that an earlier process accepted and did not answer, oldest first. A turn in which an action
    /// had begun is run again only if that does no harm; else it is ended, and the user is told that the effect
    /// is not known.
    pub(super) async fn take_up(&self) -> Result<Vec<Job>, StoreError> {
        let accepted_now = self.0.rooms.runs();
        let mut jobs = Vec::new();
        for message in self.store().unfinished().await? {
            let run = run_of(&message);
            // A message without a run was stored by somebody else than `send`; nobody waits for an answer.
            let Some(stored) = self.store().run(run).await? else {
                continue;
            };
            if accepted_now.contains(&run) {
                continue;
            }
            let record: RunRecord = serde_json::from_value(stored.record.clone()).unwrap_or_default();
            if self.may_run_again(&record) {
                let (events, _) = mpsc::unbounded_channel();
                let cancelled = self.0.stopping.child_token();
                jobs.push(Job { run: stored.id, message: Arc::new(message), events, cancelled });
            } else {
                self.interrupt(record, &message).await;
            }
        }
        Ok(jobs)
    }

    /// Nothing was said, and every action that had begun may be repeated.
    fn may_run_again(&self, record: &RunRecord) -> bool {
        let parts = self.parts();
        let repeatable = |name: &str| {
            parts.actions.iter().any(|action| action.def.idempotent && same_name(action.def.name, name))
        };
        record.replies.is_empty() && record.steps.iter().all(|step| repeatable(&step.action))
    }

    async fn interrupt(&self, mut record: RunRecord, message: &Memory) {
        let begun: Vec<&str> = record.steps.iter().map(|step| step.action.as_str()).collect();
        let told = format!(
            "I was interrupted while I was working on this ({}). I do not know whether it took effect, so I have not done it again.",
            begun.join(", ")
        );
        record.status = RunStatus::Interrupted;
        record.error = Some("the process ended while an action was running".to_owned());
        self.end_without_turn(message, record, told).await;
    }

    /// Ends a run outside its turn: stores record and reply, and tells of both.
    async fn end_without_turn(
        &self,
        message: &Memory,
        mut record: RunRecord,
        told: String,
    ) -> (RunRecord, Arc<Memory>) {
        let reply = Memory {
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
            metadata: json!({ "run": record.run }),
            ..message.clone()
        };
        record.replies.push(reply.id);
        let stored = StoredRun {
            id: record.run,
            room: message.room,
            message: message.id,
            status: record.status.name().to_owned(),
            at: message.at,
            record: serde_json::to_value(&record).unwrap_or_default(),
        };
        if let Err(error) = self.store().put_run(&stored, std::slice::from_ref(&reply)).await {
            tracing::error!(run = %record.run, "the end of the turn could not be stored: {error}");
        }
        self.shared().tally.turn(record.status.name(), record.micros);
        let reply = Arc::new(reply);
        self.emit(MessageSent { message: Arc::clone(&reply) }).await;
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
}
