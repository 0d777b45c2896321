//! Runs, as stores keep them.

use super::StoreError;
use crate::memory::Memory;
use async_trait::async_trait;
use serde_json::Value;
use uuid::Uuid;

/// The record of a finished or running turn, as JSON; see [`RunRecord`](crate::turn::RunRecord).
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// Identifies the run.
    pub id: Uuid,
    /// Its room.
    pub room: Uuid,
    /// The message it is about.
    pub message: Uuid,
    /// `running`, `waiting`, `parked`, `completed`, `failed`, `timeout`, `cancelled` or `interrupted`; see
    /// [`is_finished`](Self::is_finished).
    pub status: String,
    /// When it began.
    pub at: jiff::Timestamp,
    /// The whole record.
    pub record: Value,
}

impl StoredRun {
    /// The statuses after which nothing more happens. A run that is `running` is taken up again after a restart.
    pub const FINISHED: [&str; 5] = ["completed", "failed", "timeout", "cancelled", "interrupted"];

    /// The status of a run that goes on when a person has answered; a restart leaves it as it is.
    pub const WAITING: &str = "waiting";

    /// The status of a run that was tried too often and set aside; a restart leaves it as it is.
    pub const PARKED: &str = "parked";

    /// Whether the run came to its end, good or bad.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        Self::FINISHED.contains(&self.status.as_str())
    }

    /// Whether the run waits for a person.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.status == Self::WAITING
    }

    /// Whether the run was set aside.
    #[must_use]
    pub fn is_parked(&self) -> bool {
        self.status == Self::PARKED
    }

    /// Whether a start leaves the run as it is: it is finished, waits for a person or was set aside.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.is_finished() || self.is_waiting() || self.is_parked()
    }
}

/// Records of turns. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// Writes the record of a run, new or changed, together with memories (as
    /// [`add_memories`](super::MemoryStore::add_memories)), in one transaction.
    async fn put_run(&self, run: &StoredRun, memories: &[Memory]) -> Result<(), StoreError>;
    /// Writes the record of a run that is there with this status, and only then. Whether it was written. Of several
    /// that do so at once, in whatever processes, one does.
    async fn change_run(&self, run: &StoredRun, was: &str) -> Result<bool, StoreError>;
    /// A run by its id.
    async fn run(&self, id: Uuid) -> Result<Option<StoredRun>, StoreError>;
    /// The newest runs by when they began, newest first; of two that began together the one written first comes last.
    async fn runs(&self, room: Option<Uuid>, limit: usize) -> Result<Vec<StoredRun>, StoreError>;
    /// The runs that [wait](StoredRun::is_waiting) for a person, oldest first; of two that began together the
    /// one written first comes first.
    async fn waiting(&self) -> Result<Vec<StoredRun>, StoreError>;
    /// Messages that were accepted and have no run that is [at rest](StoredRun::is_at_rest), in the order they were
    /// added: what a restart takes up again. What the agent said itself (`entity` is the agent) is not among them.
    async fn unfinished(&self) -> Result<Vec<Memory>, StoreError>;
}
