//! The storage as a whole, and what it has about a person.

use super::{Data, InMemory};
use crate::{
    memory::Entity,
    store::{
        Belongings, Erased, Limit, Limits, PersonStore, Score, StorageStatus, StoreError, StoredRun, Swept,
        UpkeepStore, without_case,
    },
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{collections::BTreeSet, path::Path, time::Instant};
use uuid::Uuid;

#[async_trait]
impl UpkeepStore for InMemory {
    async fn status(&self) -> Result<StorageStatus, StoreError> {
        let data = self.read();
        let records = [
            ("memories", data.memories.len()),
            ("entities", data.entities.len()),
            ("rooms", data.rooms.len()),
            ("worlds", data.worlds.len()),
            ("relationships", data.relationships.len()),
            ("components", data.components.len()),
            ("runs", data.runs.len()),
            ("tasks", data.tasks.len()),
            ("scores", data.scores.len()),
        ];
        let counted = |(name, count): (&str, usize)| (name.to_owned(), count as u64);
        let records = records.into_iter().map(counted).collect();
        let description = crate::store::Store::description(self);
        Ok(StorageStatus { description, records, ..StorageStatus::default() })
    }

    async fn check(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    async fn back_up(&self, _: &Path) -> Result<u64, StoreError> {
        let why = "the memories are in memory only, and no file can be made of them: give the character a storage plugin";
        Err(StoreError::Failed(why.to_owned()))
    }

    async fn sweep(&self, limits: &Limits) -> Result<Swept, StoreError> {
        let mut data = self.write();
        Ok(Swept {
            runs: data.sweep_runs(limits.runs),
            scores: data.sweep_scores(limits.scores),
            cached: data.cache.sweep(limits.cache.bytes, Instant::now()),
        })
    }
}

#[async_trait]
impl PersonStore for InMemory {
    async fn entities_named(&self, name: &str) -> Result<Vec<Entity>, StoreError> {
        let wanted = without_case(name);
        let data = self.read();
        let all = data.entities.values().map(|entity| &**entity);
        let has = |entity: &&Entity| entity.names.iter().any(|name| without_case(name) == wanted);
        Ok(all.filter(has).cloned().collect())
    }

    async fn belongings(&self, entity: Uuid) -> Result<Belongings, StoreError> {
        Ok(self.read().belongings(entity))
    }

    async fn erase(&self, entity: Uuid) -> Result<Erased, StoreError> {
        Ok(self.write().erase(entity))
    }
}

impl Data {
    fn belongings(&self, entity: Uuid) -> Belongings {
        let memories: Vec<_> =
            self.memories.values().filter(|memory| memory.entity == entity).cloned().collect();
        let deleted = self.receipts.iter().filter(|(_, author)| **author == Some(entity));
        let messages = memories.iter().map(|memory| memory.id).chain(deleted.map(|(id, _)| *id));
        let runs = self.runs_about(&messages.collect());
        let ids: BTreeSet<Uuid> = runs.iter().map(|run| run.id).collect();
        let relates = |(source, target): &(Uuid, Uuid)| *source == entity || *target == entity;
        let related = self.relationships.iter().filter(|(pair, _)| relates(pair));
        let joined = self.participants.iter().filter(|(_, all)| all.contains(&entity));
        let effects = self.effects.values().filter(|effect| ids.contains(&effect.run));
        Belongings {
            entity: self.entities.get(&entity).map(|entity| (**entity).clone()),
            memories,
            components: self.components.of_person(entity),
            relationships: related.map(|(_, relationship)| relationship.clone()).collect(),
            rooms: joined.map(|(room, _)| *room).collect(),
            scores: self.scores.values().filter(|score| ids.contains(&score.run)).cloned().collect(),
            effects: effects.cloned().collect(),
            runs,
        }
    }

    fn erase(&mut self, entity: Uuid) -> Erased {
        let all = self.belongings(entity);
        let memories = all.memories.iter().filter(|memory| self.delete(&memory.id)).count();
        for author in self.receipts.values_mut().filter(|author| **author == Some(entity)) {
            *author = None;
        }
        let mut rooms = 0;
        for participants in self.participants.values_mut() {
            rooms += u64::from(participants.remove(&entity));
        }
        for world in self.worlds.values_mut() {
            world.roles.remove(&entity);
        }
        self.relationships.retain(|(source, target), _| *source != entity && *target != entity);
        self.spending.retain(|account, _| account.id != entity);
        all.runs.iter().for_each(|run| self.forget_run(run));
        let runs: BTreeSet<Uuid> = all.runs.iter().map(|run| run.id).collect();
        Erased {
            entities: self.entities.remove(&entity).is_some().into(),
            memories: memories as u64,
            components: self.components.erase(entity),
            relationships: all.relationships.len() as u64,
            rooms,
            runs: runs.len() as u64,
            effects: all.effects.len() as u64,
            scores: self.forget_scores(|score| runs.contains(&score.run)),
        }
    }

    /// The runs about these messages, oldest first.
    fn runs_about(&self, messages: &BTreeSet<Uuid>) -> Vec<StoredRun> {
        let all = self.runs_by_time.values().filter_map(|id| self.runs.get(id));
        all.map(|(_, run)| &**run).filter(|run| messages.contains(&run.message)).cloned().collect()
    }

    fn forget_run(&mut self, run: &StoredRun) {
        if let Some((ordinal, run)) = self.runs.remove(&run.id) {
            self.runs_by_time.remove(&(run.at, ordinal));
            if run.is_at_rest() {
                self.settled.insert(run.message);
            }
            self.effects.retain(|(of, _), _| *of != run.id);
        }
    }

    fn forget_scores(&mut self, gone: impl Fn(&Score) -> bool) -> u64 {
        let before = self.scores.len();
        self.scores.retain(|_, score| !gone(score));
        (before - self.scores.len()) as u64
    }

    fn sweep_runs(&mut self, limit: Limit) -> u64 {
        let newest = self.runs_by_time.values().rev().filter_map(|id| self.runs.get(id));
        let finished = newest.map(|(_, run)| run).filter(|run| run.is_finished());
        let sized = finished.map(|run| (StoredRun::clone(run), run.at, run.record.to_string().len() as u64));
        let gone = beyond(limit, sized);
        gone.iter().for_each(|run| self.forget_run(run));
        gone.len() as u64
    }

    fn sweep_scores(&mut self, limit: Limit) -> u64 {
        let newest = self.scores.values().rev();
        let sized = newest.map(|score| (score.id, score.at, score.metadata.to_string().len() as u64));
        let gone: BTreeSet<Uuid> = beyond(limit, sized).into_iter().collect();
        self.forget_scores(|score| gone.contains(&score.id))
    }
}

/// What is older than the limit, or behind so much that is newer.
fn beyond<T>(limit: Limit, newest_first: impl Iterator<Item = (T, Timestamp, u64)>) -> Vec<T> {
    let mut upto = 0;
    let gone = newest_first.filter(|(_, at, size)| {
        upto += size;
        limit.before.is_some_and(|before| *at < before) || limit.bytes.is_some_and(|bytes| upto > bytes)
    });
    gone.map(|(it, ..)| it).collect()
}
