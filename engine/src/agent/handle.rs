//! From a message in a queue to a turn that ended, whatever happens on the way.

use super::{Agent, inbox::run_of};
use crate::{
    event::{MessageReceived, RunEnded},
    memory::{Content, Memory, MemoryKind},
    store::{RoomSnapshot, StoreError, StoredRun, Window},
    text::name::same_name,
    turn::{Ruling, RunRecord, RunStatus, StepStatus, TurnContext, TurnEvent, resume, run},
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

/// What is to be done about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A turn about it.
    Turn,
    /// The turn about it waited for a person, who has answered.
    Resume,
}

/// A message that waits for its turn.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) message: Arc<Memory>,
    pub(super) run: Uuid,
    pub(super) events: mpsc::UnboundedSender<TurnEvent>,
    pub(super) cancelled: CancellationToken,
}

impl Agent {
    /// Runs the turn about a message. A room that cannot be read, or a panic of the engine or a store, ends the
    /// turn as failed and says so; the next message of the room is handled all the same.
    pub(super) async fn handle(&self, job: Job) {
        // Whatever is changed meanwhile, a turn ends on the plugins that it began with.
        let agent = self.pin();
        let mut next = Some(job);
        while let Some(job) = next {
            next = agent.handle_one(job).await;
        }
        agent.embed_memories();
    }

    /// Handles a message; gives the turn that is to go on because the message answers its question.
    async fn handle_one(&self, job: Job) -> Option<Job> {
        let done = AssertUnwindSafe(self.work_on(&job)).catch_unwind().await;
        self.0.rooms.nobody_runs(job.message.room);
        let why = match done {
            Ok(Ok(next)) => return next,
            Ok(Err(error)) => format!("the room cannot be read: {error}"),
            Err(_) => "the turn ended by a panic; this is a bug of the engine or of the storage".to_owned(),
        };
        tracing::error!(run = %job.run, "{why}");
        let told = format!("I cannot answer that now: {why}.");
        let before = self.store().run(job.run).await.ok().flatten();
        let record = before.and_then(|run| serde_json::from_value(run.record).ok()).unwrap_or_default();
        let record = RunRecord {
            run: job.run,
            room: job.message.room,
            message: job.message.id,
            status: RunStatus::Failed,
            error: Some(why),
            suspended: None,
            ..record
        };
        self.tell_end(&job, record, Some(told)).await;
        None
    }

    async fn work_on(&self, job: &Job) -> Result<Option<Job>, StoreError> {
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
        self.0.rooms.runs_now(&turn);
        if self.is_superseded(job) {
            turn.supersede();
        }
        run(self, turn).await;
        Ok(())
    }

    /// Goes on with a turn whose question was answered.
    async fn resume(&self, job: &Job) -> Result<(), StoreError> {
        let damaged = |why: String| StoreError::Damaged { what: format!("the run {}", job.run), why };
        let stored = self.store().run(job.run).await?;
        let stored = stored.ok_or_else(|| damaged("it is gone".to_owned()))?;
        let record: RunRecord =
            serde_json::from_value(stored.record).map_err(|error| damaged(error.to_string()))?;
        let mut said = self.store().memories_by_id(&record.replies).await?;
        said.sort_by_key(|memory| memory.sequence);
        let mut turn = self.context(job).await?;
        // What the agent said in this turn, its question among it, is not what was said before.
        let snapshot = Arc::make_mut(&mut turn.snapshot);
        snapshot.history.retain(|memory| !record.replies.contains(&memory.id));
        resume(self, Arc::new(turn), record, said.into_iter().map(Arc::new).collect()).await;
        Ok(())
    }

    async fn context(&self, job: &Job) -> Result<TurnContext, StoreError> {
        let snapshot = self.read_room(&job.message).await?;
        // The store gave the message its place in the room.
        let placed = snapshot.history.iter().find(|memory| memory.id == job.message.id).cloned();
        let message = placed.map_or_else(|| Arc::clone(&job.message), Arc::new);
        if job.work == Work::Turn {
            self.tell_of_kind(&message, snapshot.room.as_ref()).await;
        }
        let (cancelled, events) = (job.cancelled.clone(), job.events.clone());
        Ok(TurnContext::new(message, job.run, snapshot, self.parts(), cancelled, events))
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

    /// Messages that an earlier process accepted and did not answer, oldest first. A turn in which an action
    /// had begun is run again only if that does no harm; else it is ended, and the user is told that the effect
    /// is not known.
    pub(super) async fn take_up(&self) -> Result<Vec<Job>, StoreError> {
        let unfinished = self.store().unfinished().await?;
        // Read afterwards: what comes in meanwhile is noted before it is stored, and is queued by itself.
        let accepted_now = self.0.rooms.runs();
        let mut jobs = Vec::new();
        for message in unfinished {
            let run = run_of(&message);
            // A message without a run was stored by somebody else than `send`; nobody waits for an answer.
            let Some(stored) = self.store().run(run).await? else {
                continue;
            };
            if accepted_now.contains(&run) {
                continue;
            }
            let record: RunRecord = serde_json::from_value(stored.record.clone()).unwrap_or_default();
            let work = if self.may_go_on(&record) {
                Work::Resume
            } else if self.end_if_answer(&message, run).await? {
                continue;
            } else if self.may_run_again(&record) {
                Work::Turn
            } else {
                self.interrupt(record, &message).await;
                continue;
            };
            let (events, _) = mpsc::unbounded_channel();
            let cancelled = self.0.stopping.child_token();
            jobs.push(Job { work, run: stored.id, message: Arc::new(message), events, cancelled });
        }
        Ok(jobs)
    }

    /// Nothing was said, and every action that had begun may be repeated.
    fn may_run_again(&self, record: &RunRecord) -> bool {
        record.replies.is_empty() && record.steps.iter().all(|step| self.is_repeatable(&step.action))
    }

    /// The question of the turn was answered, and the step that it is about had not begun, or whatever may have
    /// begun since may be repeated.
    fn may_go_on(&self, record: &RunRecord) -> bool {
        let (Some(at), Some(approval)) = (record.goes_on_at(), record.approvals.last()) else {
            return false;
        };
        let Some(answered) = &approval.answered else { return false };
        // What was not allowed did not begin; what follows it may have.
        let begun = approval.step - usize::from(answered.ruling == Ruling::Granted);
        at.status == StepStatus::Pending
            || record.steps.iter().skip(begun).all(|step| self.is_repeatable(&step.action))
    }

    fn is_repeatable(&self, name: &str) -> bool {
        let parts = self.parts();
        parts.actions.iter().any(|action| action.def.idempotent && same_name(action.def.name, name))
    }

    async fn interrupt(&self, mut record: RunRecord, message: &Memory) {
        let begun: Vec<&str> = record.steps.iter().map(|step| step.action.as_str()).collect();
        let told = format!(
            "I was interrupted while I was working on this ({}). I do not know whether it took effect, so I have not done it again.",
            begun.join(", ")
        );
        record.status = RunStatus::Interrupted;
        record.error = Some("the process ended while an action was running".to_owned());
        record.suspended = None;
        self.end_without_turn(message, record, Some(told)).await;
    }

    /// Ends a run outside its turn, and tells who follows.
    pub(super) async fn tell_end(&self, job: &Job, record: RunRecord, told: Option<String>) {
        let (record, reply) = self.end_without_turn(&job.message, record, told).await;
        // Nobody may be following.
        if let Some(reply) = reply {
            drop(job.events.send(TurnEvent::Reply(reply)));
        }
        drop(job.events.send(TurnEvent::Ended(Arc::new(record))));
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
