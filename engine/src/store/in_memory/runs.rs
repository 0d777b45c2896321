//! Runs and scores.

use super::{Data, InMemory};
use crate::{
    memory::{Memory, MemoryKind},
    store::{RunStore, Score, ScoreQuery, ScoreStore, StoreError, StoredRun},
};
use async_trait::async_trait;
use std::collections::BTreeSet;
use uuid::Uuid;

#[async_trait]
impl RunStore for InMemory {
    async fn put_run(&self, run: &StoredRun, memories: &[Memory]) -> Result<(), StoreError> {
        let mut data = self.write();
        data.put_run(run);
        for memory in memories {
            data.add(memory);
        }
        Ok(())
    }

    async fn change_run(&self, run: &StoredRun, was: &str) -> Result<bool, StoreError> {
        let mut data = self.write();
        let fits = data.runs.get(&run.id).is_some_and(|(_, stored)| stored.status == was);
        if fits {
            data.put_run(run);
        }
        Ok(fits)
    }

    async fn run(&self, id: Uuid) -> Result<Option<StoredRun>, StoreError> {
        Ok(self.read().runs.get(&id).map(|(_, run)| (**run).clone()))
    }

    async fn runs(&self, room: Option<Uuid>, limit: usize) -> Result<Vec<StoredRun>, StoreError> {
        let data = self.read();
        let newest = data.runs_by_time.values().rev().filter_map(|id| data.runs.get(id));
        let fitting = newest.map(|(_, run)| run).filter(|run| room.is_none_or(|room| run.room == room));
        Ok(fitting.take(limit).map(|run| (**run).clone()).collect())
    }

    async fn waiting(&self) -> Result<Vec<StoredRun>, StoreError> {
        let data = self.read();
        let oldest = data.runs_by_time.values().filter_map(|id| data.runs.get(id));
        Ok(oldest.map(|(_, run)| run).filter(|run| run.is_waiting()).map(|run| (**run).clone()).collect())
    }

    async fn unfinished(&self) -> Result<Vec<Memory>, StoreError> {
        let data = self.read();
        let seen_to: BTreeSet<Uuid> =
            data.runs.values().filter(|(_, run)| run.is_at_rest()).map(|(_, run)| run.message).collect();
        let waits = |memory: &&Memory| {
            memory.kind == MemoryKind::Message
                && memory.entity != memory.agent
                && !seen_to.contains(&memory.id)
                && !data.settled.contains(&memory.id)
        };
        Ok(data.memories.values().filter(waits).cloned().collect())
    }
}

#[async_trait]
impl ScoreStore for InMemory {
    async fn add_scores(&self, scores: &[Score]) -> Result<(), StoreError> {
        let mut data = self.write();
        for score in scores {
            data.add_score(score);
        }
        Ok(())
    }

    async fn scores(&self, query: &ScoreQuery) -> Result<Vec<Score>, StoreError> {
        let data = self.read();
        let fitting = data.scores.values().rev().filter(|score| query.fits(score));
        let newest: Vec<Score> = fitting.take(query.limit).cloned().collect();
        Ok(newest.into_iter().rev().collect())
    }
}

impl Data {
    pub(super) fn put_run(&mut self, run: &StoredRun) {
        if run.is_finished() {
            let whole_run = (run.id, 0)..=(run.id, u32::MAX);
            let over: Vec<(Uuid, u32)> = self.effects.range(whole_run).map(|(key, _)| *key).collect();
            for key in over {
                self.effects.remove(&key);
            }
        }
        let ordinal = match self.runs.get(&run.id) {
            Some((ordinal, before)) => {
                self.runs_by_time.remove(&(before.at, *ordinal));
                *ordinal
            }
            None => self.next_ordinal(),
        };
        self.runs_by_time.insert((run.at, ordinal), run.id);
        self.runs.insert(run.id, (ordinal, Box::new(run.clone())));
    }

    fn add_score(&mut self, score: &Score) {
        if self.score_ids.insert(score.id) {
            let ordinal = self.next_ordinal();
            self.scores.insert((score.at, ordinal), score.clone());
        }
    }
}
