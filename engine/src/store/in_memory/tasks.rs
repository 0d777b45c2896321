//! Tasks.

use super::InMemory;
use crate::store::{StoreError, StoredTask, TaskStore};
use async_trait::async_trait;
use std::collections::btree_map::Entry;
use uuid::Uuid;

#[async_trait]
impl TaskStore for InMemory {
    async fn add_task(&self, task: &StoredTask) -> Result<bool, StoreError> {
        Ok(match self.write().tasks.entry(task.id) {
            Entry::Vacant(entry) => {
                entry.insert(task.clone());
                true
            }
            Entry::Occupied(_) => false,
        })
    }

    async fn tasks(&self, limit: usize) -> Result<Vec<StoredTask>, StoreError> {
        let mut tasks: Vec<StoredTask> = self.read().tasks.values().cloned().collect();
        tasks.sort_by_key(|task| (task.next().is_none(), task.next(), task.id));
        tasks.truncate(limit);
        Ok(tasks)
    }

    async fn task(&self, id: Uuid) -> Result<Option<StoredTask>, StoreError> {
        Ok(self.read().tasks.get(&id).cloned())
    }

    async fn put_task(&self, task: &StoredTask) -> Result<bool, StoreError> {
        let mut data = self.write();
        let Some(stored) = data.tasks.get_mut(&task.id).filter(|stored| stored.revision == task.revision)
        else {
            return Ok(false);
        };
        *stored = StoredTask { revision: task.revision + 1, ..task.clone() };
        Ok(true)
    }

    async fn delete_task(&self, id: Uuid) -> Result<bool, StoreError> {
        Ok(self.write().tasks.remove(&id).is_some())
    }
}
