//! Messages that were set aside: their turns brought the process down, or could not be run, too often.

use super::{
    Agent,
    handle::{Job, Work},
    rooms::Phase,
};
use crate::{
    event::MessageParked,
    memory::Memory,
    store::{StoreError, StoredRun},
    turn::{RunRecord, RunStatus, StepStatus},
};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// A message that was set aside.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Parked {
    /// The run about it; by this it is requeued or discarded.
    pub run: Uuid,
    /// The message; `None` if it was deleted.
    pub message: Option<Memory>,
    /// How often its turn was begun.
    pub attempts: u32,
    /// Why it was set aside.
    pub why: String,
    /// The actions that had begun in it, and how each stands.
    pub steps: Vec<(String, StepStatus)>,
}

/// Why a message that was set aside could not be requeued or discarded.
#[derive(Debug, thiserror::Error)]
pub enum ParkedError {
    /// Nothing with this id was set aside.
    #[error("no message that was set aside has the run {0}; `galatea parked` lists them")]
    Unknown(Uuid),
    /// The message itself is gone, so that there is nothing to answer.
    #[error("the message of the run {0} was deleted; discard the run")]
    Deleted(Uuid),
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Agent {
    /// The messages that were set aside, oldest first.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn parked(&self) -> Result<Vec<Parked>, StoreError> {
        let runs = self.store().parked().await?;
        let ids: Vec<Uuid> = runs.iter().map(|run| run.message).collect();
        let messages = self.store().memories_by_id(&ids).await?;
        let parked = runs.into_iter().map(|run| {
            let message = messages.iter().find(|message| message.id == run.message).cloned();
            let read = serde_json::from_value(run.record).map_err(|error| unreadable(&error));
            let record: RunRecord =
                read.unwrap_or_else(|why| RunRecord { error: Some(why), ..RunRecord::default() });
            let why = record.error.unwrap_or_default();
            let steps = record.steps.into_iter().map(|step| (step.action, step.status)).collect();
            Parked { run: run.id, message, attempts: record.attempts, why, steps }
        });
        Ok(parked.collect())
    }

    /// Tries a message again that was set aside, as often as the character allows: at once if this agent runs, else at
    /// its next start. Its turn goes on where it was; what it did is not repeated.
    ///
    /// # Errors
    /// [`ParkedError`]; then nothing changed.
    pub async fn requeue(&self, run: Uuid) -> Result<(), ParkedError> {
        let (stored, record) = self.find_parked(run).await?;
        let message = self.store().memories_by_id(&[stored.message]).await?.pop();
        let message = message.ok_or(ParkedError::Deleted(run))?;
        let work = if record.suspended.is_some() { Work::Resume } else { Work::Turn };
        let record = RunRecord { status: RunStatus::Running, error: None, attempts: 0, ..record };
        let _coming = self.0.rooms.comes(run);
        self.store().put_run(&again(&stored, &record), &[]).await?;
        let cancelled = self.0.stopping.child_token();
        let (events, _) = self.0.turns.teller(run, message.id, cancelled.clone());
        let message = Arc::new(message);
        if self.0.rooms.phase() == Phase::Open {
            let (attempts, counted, recovered) = (0, false, false);
            self.live().enqueue(Job {
                work,
                message,
                run,
                events,
                cancelled,
                attempts,
                counted,
                recovered,
                trace: crate::telemetry::traceparent(),
            });
        }
        Ok(())
    }

    /// Gives up a message that was set aside: its run ends as cancelled, and nothing is said.
    ///
    /// # Errors
    /// [`ParkedError`]; then nothing changed.
    pub async fn discard(&self, run: Uuid) -> Result<(), ParkedError> {
        let (stored, record) = self.find_parked(run).await?;
        let why = record.error.unwrap_or_default();
        let error = Some(format!("discarded after it was set aside: {why}"));
        let record = RunRecord { status: RunStatus::Cancelled, error, suspended: None, ..record };
        self.store().put_run(&again(&stored, &record), &[]).await?;
        Ok(())
    }

    async fn find_parked(&self, run: Uuid) -> Result<(StoredRun, RunRecord), ParkedError> {
        let stored = self.store().run(run).await?.filter(StoredRun::is_parked);
        let stored = stored.ok_or(ParkedError::Unknown(run))?;
        let record = serde_json::from_value(stored.record.clone()).unwrap_or_default();
        Ok((stored, record))
    }

    /// At a start: sets aside what waits for a person and cannot be read, so that it keeps nothing else from going on.
    pub(super) async fn park_unreadable(&self) -> Result<(), StoreError> {
        for run in self.store().waiting().await? {
            if let Err(error) = serde_json::from_value::<RunRecord>(run.record.clone()) {
                tracing::error!(run = %run.id, room = %run.room, "the message is set aside: {}", unreadable(&error));
                let parked = StoredRun { status: RunStatus::Parked.name().to_owned(), ..run };
                self.store().change_run(&parked, StoredRun::WAITING).await?;
            }
        }
        Ok(())
    }

    /// Sets a message aside, and tells the room, the log and who listens.
    pub(super) async fn park(&self, job: &Job, record: RunRecord, why: String) {
        let (run, room, message, attempts) = (job.run, job.message.room, job.message.id, job.attempts);
        tracing::error!(run = %run, room = %room, message = %message, attempts, "the message is set aside: {why}");
        let times = if attempts == 1 { "once".to_owned() } else { format!("{attempts} times") };
        let told = format!(
            "I tried {times} to answer this and could not: {why}. I have set it aside for whoever runs me to look at."
        );
        let record = RunRecord {
            run,
            room,
            message,
            attempts,
            status: RunStatus::Parked,
            error: Some(why.clone()),
            ..record
        };
        self.emit(MessageParked { run, room, message, attempts, why }).await;
        self.tell_end(job, record, Some(told)).await;
    }
}

fn unreadable(error: &serde_json::Error) -> String {
    format!("the record of its run cannot be read: {error}")
}

/// A run with another record.
fn again(stored: &StoredRun, record: &RunRecord) -> StoredRun {
    StoredRun {
        status: record.status.name().to_owned(),
        record: serde_json::to_value(record).unwrap_or_default(),
        ..stored.clone()
    }
}
