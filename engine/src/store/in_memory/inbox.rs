//! Receipts and the outbox.

use super::{Data, InMemory};
use crate::{
    memory::{Memory, MemoryKind},
    store::{InboxStore, StoreError, StoredRun},
};
use async_trait::async_trait;
use uuid::Uuid;

#[async_trait]
impl InboxStore for InMemory {
    async fn accept(&self, run: &StoredRun, message: &Memory) -> Result<Option<i64>, StoreError> {
        let mut data = self.write();
        if data.receipts.contains_key(&message.id) || data.memory(&message.id).is_some() {
            return Ok(None);
        }
        data.put_run(run);
        Ok(Some(data.add(message).0))
    }

    async fn add_history(&self, memories: &[Memory]) -> Result<Vec<(i64, bool)>, StoreError> {
        let mut data = self.write();
        let added: Vec<(i64, bool)> = memories.iter().map(|memory| data.add(memory)).collect();
        for (memory, (_, is_new)) in memories.iter().zip(&added) {
            if *is_new {
                data.settled.insert(memory.id);
                let ordinal = data.ordinals.get(&memory.id).copied();
                data.outbox.retain(|(_, waiting)| Some(*waiting) != ordinal);
            }
        }
        Ok(added)
    }

    async fn open_outbox(&self, source: &str) -> Result<(), StoreError> {
        self.write().outboxes.insert(source.to_owned());
        Ok(())
    }

    async fn close_outbox(&self, source: &str) -> Result<(), StoreError> {
        let mut data = self.write();
        data.outboxes.remove(source);
        data.outbox.retain(|(of, _)| of != source);
        Ok(())
    }

    async fn undelivered(&self, source: &str, limit: usize) -> Result<Vec<Memory>, StoreError> {
        let data = self.read();
        let from = (source.to_owned(), 0)..=(source.to_owned(), u64::MAX);
        let waiting = data.outbox.range(from).filter_map(|(_, ordinal)| data.memories.get(ordinal));
        Ok(waiting.take(limit).cloned().collect())
    }

    async fn delivered(&self, messages: &[Uuid]) -> Result<(), StoreError> {
        let mut data = self.write();
        for id in messages {
            if let Some(ordinal) = data.ordinals.get(id).copied() {
                data.outbox.retain(|(_, waiting)| *waiting != ordinal);
            }
        }
        Ok(())
    }
}

impl Data {
    /// What the agent says waits to be delivered where its source has an outbox.
    pub(super) fn send_out(&mut self, memory: &Memory, ordinal: u64) {
        let says = memory.kind == MemoryKind::Message && memory.entity == memory.agent;
        let source = memory.content.source.as_ref().filter(|source| self.outboxes.contains(*source));
        if let (true, Some(source)) = (says, source) {
            self.outbox.insert((source.clone(), ordinal));
        }
    }
}
