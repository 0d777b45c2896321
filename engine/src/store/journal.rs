//! The journal of effects, as stores keep it.

use super::{StoreError, StoredRun};
use crate::memory::Memory;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// One effect of a run: what an action is about to do, and what came of it once that is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Effect {
    /// The run.
    pub run: Uuid,
    /// The place of the step among all steps of the turn, from 1.
    pub step: u32,
    /// The idempotency key: the same however often the step is run, also after a restart.
    pub key: Uuid,
    /// The action.
    pub action: String,
    /// Its arguments.
    pub arguments: Map<String, Value>,
    /// When it was written.
    pub at: jiff::Timestamp,
    /// What it gave, as JSON; see [`ActionResult`](crate::action::ActionResult). `None`: it was about to begin,
    /// and nobody knows more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// How long it took, in microseconds.
    #[serde(default)]
    pub micros: u64,
}

/// Effects of runs that are not over. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait JournalStore: Send + Sync {
    /// Writes effects, new or in place of what was there for the same run and step; `with` is the record of their
    /// run and memories (as [`put_run`](super::RunStore::put_run)) that are written in the same transaction.
    ///
    /// What is written of a run is dropped when the run is [finished](StoredRun::is_finished): its record says it all.
    async fn put_effects(
        &self,
        effects: &[Effect],
        with: Option<(&StoredRun, &[Memory])>,
    ) -> Result<(), StoreError>;
    /// The effects of a run, by step.
    async fn effects(&self, run: Uuid) -> Result<Vec<Effect>, StoreError>;
    /// The runs that were [set aside](StoredRun::is_parked), oldest first; of two that began together the one
    /// written first comes first.
    async fn parked(&self) -> Result<Vec<StoredRun>, StoreError>;
    /// At most so many runs whose record has a `look-back` above 0, oldest first: evaluators have not looked back
    /// at them yet.
    async fn to_look_back(&self, limit: usize) -> Result<Vec<StoredRun>, StoreError>;
}
