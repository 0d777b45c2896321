//! What comes in and what goes out, as stores keep it.

use super::{StoreError, StoredRun};
use crate::memory::Memory;
use async_trait::async_trait;
use uuid::Uuid;

/// Receipts of messages and the replies that are on their way. A part of [`Store`](super::Store), whose rules hold
/// here.
#[async_trait]
pub trait InboxStore: Send + Sync {
    /// Writes a message and the run about it in one transaction; the message's number in its room. `None`, and nothing is
    /// written, if a memory with this id was ever there: a message is received once for ever, also after it was deleted.
    async fn accept(&self, run: &StoredRun, message: &Memory) -> Result<Option<i64>, StoreError>;
    /// Adds memories as [`add_memories`](super::MemoryStore::add_memories) does, of what was said before: those that are new are
    /// neither among the [unfinished](super::RunStore::unfinished) ones nor do they wait to be delivered.
    async fn add_history(&self, memories: &[Memory]) -> Result<Vec<(i64, bool)>, StoreError>;
    /// From now on every message of the agent's own whose content names this source waits from the moment it is
    /// added until it is [delivered](Self::delivered). Opening it twice is no error.
    async fn open_outbox(&self, source: &str) -> Result<(), StoreError>;
    /// Ends that, and forgets what waits. That it was not open is no error.
    async fn close_outbox(&self, source: &str) -> Result<(), StoreError>;
    /// The messages that wait to be delivered to a source, in the order they were added, at most so many.
    async fn undelivered(&self, source: &str, limit: usize) -> Result<Vec<Memory>, StoreError>;
    /// These messages wait no more. Ids of others are no error.
    async fn delivered(&self, messages: &[Uuid]) -> Result<(), StoreError>;
}
