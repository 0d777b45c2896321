//! Takes up what an earlier process left, in the order of each room, and tries again what could not be done.

use super::{
    Agent,
    handle::{Job, Work},
    inbox::run_of,
};
use crate::{
    memory::{Memory, MemoryKind},
    store::{Effect, MemoryQuery, StoreError, StoredRun},
    text::name::same_name,
    turn::{RunRecord, RunStatus, TurnEvent, interrupted, read_into, resume},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use uuid::Uuid;

/// How long to wait before a message is tried again, for each time it was.
const TRY_AGAIN: Duration = Duration::from_millis(200);

/// How far back the replies of a run are looked for that its record does not know of.
const REPLIES: usize = 500;

impl Agent {
    /// Messages that an earlier process accepted and did not answer, oldest first. A turn goes on where the journal
    /// ends; one that was tried too often is set aside.
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
            let job = self.taken_up(message, stored, 0).await?;
            jobs.extend(job.map(|job| Job { recovered: true, ..job }));
        }
        if !jobs.is_empty() {
            let rooms: BTreeSet<Uuid> = jobs.iter().map(|job| job.message.room).collect();
            let (messages, rooms) = (jobs.len(), rooms.len());
            tracing::info!(messages, rooms, "taking up what an earlier process left");
        }
        Ok(jobs)
    }

    /// How many messages that an earlier process left are not handled yet.
    #[must_use]
    pub fn left_over(&self) -> usize {
        self.0.rooms.left_over()
    }

    /// What is to be done about a message whose run is not at rest; `None` if that is done. `spare`: so many more times it
    /// may have been counted as tried.
    pub(super) async fn taken_up(
        &self,
        message: Memory,
        stored: StoredRun,
        spare: u32,
    ) -> Result<Option<Job>, StoreError> {
        let mut record: RunRecord = serde_json::from_value(stored.record.clone()).unwrap_or_default();
        let cancelled = self.0.stopping.child_token();
        let (events, _) = self.0.turns.teller(stored.id, message.id, cancelled.clone());
        let mut job = Job {
            work: Work::Turn,
            run: stored.id,
            message: Arc::new(message),
            events,
            cancelled,
            attempts: record.attempts,
            counted: false,
            recovered: false,
            trace: None,
        };
        if record.attempts >= self.character().limits.attempts + spare {
            let why = "every try to answer it ended with the process, or could not be begun".to_owned();
            self.park(&job, record, why).await;
            return Ok(None);
        }
        if record.suspended.is_some() {
            job.work = Work::Resume;
        } else if self.end_if_answer(&job.message, job.run).await? {
            return Ok(None);
        } else if !self.may_run_again(&record) {
            record.status = RunStatus::Interrupted;
            record.error = Some("the process ended while an action was running".to_owned());
            let begun: Vec<&str> = record.steps.iter().map(|step| step.action.as_str()).collect();
            let told = interrupted(&begun.join(", "));
            self.end_without_turn(&job.message, record, Some(told)).await;
            return Ok(None);
        }
        Ok(Some(job))
    }

    /// Nothing was said, and every action that had begun may be repeated: so it is with what a version without a
    /// journal left.
    fn may_run_again(&self, record: &RunRecord) -> bool {
        record.replies.is_empty() && record.steps.iter().all(|step| self.is_repeatable(&step.action))
    }

    fn is_repeatable(&self, name: &str) -> bool {
        let parts = self.parts();
        parts.actions.iter().any(|action| action.def.idempotent && same_name(action.def.name, name))
    }

    /// Makes durable, before a turn, that it is tried once more. The last try is made when no other last one is.
    pub(super) async fn count_attempt(&self, job: &mut Job) -> Result<(), StoreError> {
        if job.counted {
            return Ok(());
        }
        // In memory first: a storage that fails must not make it be tried for ever.
        job.attempts += 1;
        job.counted = true;
        if let Some(mut stored) = self.store().run(job.run).await?
            && let Some(record) = stored.record.as_object_mut()
        {
            record.insert("attempts".to_owned(), job.attempts.into());
            self.unless_lost(self.store().put_run(&stored, &[]).await)?;
        }
        Ok(())
    }

    /// What is to be done about a message whose turn could not be run: once more after a while, as long as it may be
    /// tried.
    pub(super) async fn try_again(&self, job: Job, why: String) -> Option<Job> {
        let stored = match self.store().run(job.run).await {
            Ok(Some(stored)) if stored.is_at_rest() => return None,
            Ok(stored) => stored,
            Err(error) if job.attempts >= self.character().limits.attempts => {
                // Nothing is known of it, so nothing is written over it: the next start takes it up.
                tracing::error!(run = %job.run, "the run cannot be read either: {error}");
                self.tell_lost(&job, &why);
                return None;
            }
            Err(_) => None,
        };
        let record = stored.and_then(|run| serde_json::from_value(run.record).ok());
        let record: RunRecord = record.unwrap_or_default();
        if job.attempts >= self.character().limits.attempts {
            self.park(&job, record, why).await;
            return None;
        }
        let ended = tokio::select! {
            // It stays stored; the next start takes it up.
            () = self.stopping().cancelled() => true,
            () = self.clock().sleep(TRY_AGAIN * job.attempts) => false,
        };
        if ended || self.0.rooms.phase() == super::rooms::Phase::Closed {
            return None;
        }
        let work = if record.suspended.is_some() { Work::Resume } else { Work::Turn };
        Some(Job { work, counted: false, ..job })
    }

    /// Tells who follows that a turn came to no end.
    fn tell_lost(&self, job: &Job, why: &str) {
        let record = RunRecord {
            run: job.run,
            room: job.message.room,
            message: job.message.id,
            status: RunStatus::Failed,
            error: Some(why.to_owned()),
            ..RunRecord::default()
        };
        // Nobody may be following.
        job.events.send(TurnEvent::Ended(Arc::new(record)));
    }

    /// Goes on with a turn whose question was answered, or that an earlier process left.
    pub(super) async fn resume(&self, job: &Job) -> Result<(), StoreError> {
        let damaged = |why: String| StoreError::Damaged { what: format!("the run {}", job.run), why };
        let stored = self.store().run(job.run).await?;
        let stored = stored.ok_or_else(|| damaged("it is gone".to_owned()))?;
        let mut record: RunRecord =
            serde_json::from_value(stored.record).map_err(|error| damaged(error.to_string()))?;
        let effects: Vec<Effect> = self.store().effects(job.run).await?;
        read_into(&mut record, effects);
        let said = self.said_in(job, &record).await?;
        record.replies = said.iter().map(|memory| memory.id).collect();
        record.attempts = job.attempts;
        let mut turn = self.context(job).await?;
        // What the agent said in this turn, its question among it, is not what was said before.
        let snapshot = Arc::make_mut(&mut turn.snapshot);
        snapshot.history.retain(|memory| !record.replies.contains(&memory.id));
        resume(self, Arc::new(turn), record, said.into_iter().map(Arc::new).collect()).await;
        Ok(())
    }

    /// What was said in a run, in order: also what its actions said after its record was stored.
    async fn said_in(&self, job: &Job, record: &RunRecord) -> Result<Vec<Memory>, StoreError> {
        let mut said = self.store().memories_by_id(&record.replies).await?;
        let query = MemoryQuery {
            kind: Some(MemoryKind::Message),
            room: Some(job.message.room),
            entity: Some(self.id()),
            limit: REPLIES,
            ..MemoryQuery::default()
        };
        let run = job.run.to_string();
        let in_run = |memory: &Memory| memory.metadata.get("run").is_some_and(|of| *of == *run);
        let newest = self.store().memories(&query).await?;
        said.extend(newest.into_iter().filter(in_run));
        said.sort_by_key(|memory| memory.sequence);
        said.dedup_by_key(|memory| memory.id);
        Ok(said)
    }
}
