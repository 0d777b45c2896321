//! Lists.

use super::{Data, InMemory, Talk};
use crate::{
    memory::{Entity, Memory},
    store::{ListedRoom, ListingStore, MemoryQuery, RoomQuery, RunQuery, StoreError, StoredRun},
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{cmp::Reverse, ops::Bound};
use uuid::Uuid;

#[async_trait]
impl ListingStore for InMemory {
    async fn list_runs(&self, query: &RunQuery) -> Result<Vec<StoredRun>, StoreError> {
        let data = self.read();
        let end = match query.before {
            None => Bound::Unbounded,
            Some(before) => match data.runs.get(&before) {
                Some((ordinal, run)) => Bound::Excluded((run.at, *ordinal)),
                None => return Ok(Vec::new()),
            },
        };
        let newest = data.runs_by_time.range((Bound::Unbounded, end)).rev();
        let fits = |run: &&StoredRun| {
            query.room.is_none_or(|room| run.room == room)
                && query.status.as_ref().is_none_or(|status| run.status == *status)
        };
        let runs = newest.filter_map(|(_, id)| data.runs.get(id)).map(|(_, run)| &**run);
        Ok(runs.filter(fits).take(query.limit).cloned().collect())
    }

    async fn list_rooms(&self, query: &RoomQuery) -> Result<Vec<ListedRoom>, StoreError> {
        let data = self.read();
        let takes_part = |room: &Uuid| match query.entity {
            Some(entity) => data.participants.get(room).is_some_and(|there| there.contains(&entity)),
            None => true,
        };
        let rooms = data.rooms.values().filter(|room| takes_part(&room.id));
        let mut listed: Vec<ListedRoom> =
            rooms.map(|room| ListedRoom { room: (**room).clone(), last: data.last_said(room.id) }).collect();
        listed.retain(|room| query.before.is_none_or(|before| room.place() < before));
        listed.sort_by_key(|room| Reverse(room.place()));
        listed.truncate(query.limit);
        Ok(listed)
    }

    async fn list_entities(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<Entity>, StoreError> {
        let data = self.read();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let entities = data.entities.range((start, Bound::Unbounded));
        Ok(entities.take(limit).map(|(_, entity)| (**entity).clone()).collect())
    }

    async fn list_memories(
        &self,
        query: &MemoryQuery,
        before: Option<Uuid>,
    ) -> Result<Vec<Memory>, StoreError> {
        let data = self.read();
        let place = match before {
            None => u64::MAX,
            Some(before) => match data.ordinals.get(&before) {
                Some(ordinal) => *ordinal,
                None => return Ok(Vec::new()),
            },
        };
        let query = MemoryQuery { before: None, ..query.clone() };
        let older = |memory: &&Memory| data.ordinals.get(&memory.id).is_some_and(|ordinal| *ordinal < place);
        Ok(data.newest(&query).filter(older).take(query.limit).cloned().collect())
    }
}

impl Data {
    fn last_said(&self, room: Uuid) -> Option<Timestamp> {
        self.newest_talk(room, Talk::Message).next().map(|memory| memory.at)
    }
}
