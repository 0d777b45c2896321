//! The journal of effects.

use super::InMemory;
use crate::{
    memory::Memory,
    store::{Effect, JournalStore, StoreError, StoredRun},
};
use async_trait::async_trait;
use serde_json::Value;
use uuid::Uuid;

#[async_trait]
impl JournalStore for InMemory {
    async fn put_effects(
        &self,
        effects: &[Effect],
        with: Option<(&StoredRun, &[Memory])>,
    ) -> Result<(), StoreError> {
        let mut data = self.write();
        if let Some((run, memories)) = with {
            data.put_run(run);
            for memory in memories {
                data.add(memory);
            }
        }
        for effect in effects {
            data.effects.insert((effect.run, effect.step), effect.clone());
        }
        Ok(())
    }

    async fn effects(&self, run: Uuid) -> Result<Vec<Effect>, StoreError> {
        let data = self.read();
        Ok(data.effects.range((run, 0)..=(run, u32::MAX)).map(|(_, effect)| effect.clone()).collect())
    }

    async fn parked(&self) -> Result<Vec<StoredRun>, StoreError> {
        let data = self.read();
        let oldest = data.runs_by_time.values().filter_map(|id| data.runs.get(id));
        Ok(oldest.map(|(_, run)| &**run).filter(|run| run.is_parked()).cloned().collect())
    }

    async fn to_look_back(&self, limit: usize) -> Result<Vec<StoredRun>, StoreError> {
        let data = self.read();
        let is_due = |run: &&StoredRun| {
            run.record.get("look-back").and_then(Value::as_u64).is_some_and(|left| left > 0)
        };
        let oldest = data.runs_by_time.values().filter_map(|id| data.runs.get(id));
        Ok(oldest.map(|(_, run)| &**run).filter(is_due).take(limit).cloned().collect())
    }
}
