//! The fabric of an agent that runs in one process: its rooms are its own.

use super::{Beat, Claim, Fabric, Hint, Lease, Member};
use crate::store::{StoreError, StoredRun};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{future::pending, time::Duration};
use uuid::Uuid;

/// One process: every room is its own, nobody is told anything, nothing is written or looked at.
#[derive(Clone, Copy, Debug)]
pub struct InProcess {
    id: Uuid,
    since: Timestamp,
}

impl InProcess {
    /// A process that runs an agent from a moment on.
    #[must_use]
    pub fn new(since: Timestamp) -> Self {
        Self { id: Uuid::now_v7(), since }
    }
}

#[async_trait]
impl Fabric for InProcess {
    fn description(&self) -> String {
        "in this process alone".to_owned()
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn claim(&self, room: Uuid) -> Result<Claim, StoreError> {
        Ok(Claim::Held(Lease { room, fence: 0 }))
    }

    async fn release(&self, _: Lease) -> Result<(), StoreError> {
        Ok(())
    }

    async fn beat(&self) -> Result<Beat, StoreError> {
        Ok(Beat { next: Duration::MAX, ..Beat::default() })
    }

    async fn queue(&self, _: Uuid, _: usize) -> Result<Vec<StoredRun>, StoreError> {
        Ok(Vec::new())
    }

    async fn tell(&self, _: Hint) -> Result<(), StoreError> {
        Ok(())
    }

    async fn heard(&self) -> Hint {
        pending().await
    }

    async fn members(&self) -> Result<Vec<Member>, StoreError> {
        Ok(vec![Member { id: self.id, since: self.since, rooms: None, is_this: true }])
    }

    async fn leave(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
