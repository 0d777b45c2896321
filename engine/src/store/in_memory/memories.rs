//! Memories.

use super::{Data, InMemory, distinct};
use crate::{
    memory::{Memory, MemoryKind},
    store::{MemoryQuery, MemoryStore, RoomSnapshot, StoreError, Window, without_case},
};
use async_trait::async_trait;
use uuid::Uuid;

#[async_trait]
impl MemoryStore for InMemory {
    async fn add_memories(&self, memories: &[Memory]) -> Result<Vec<(i64, bool)>, StoreError> {
        let mut data = self.write();
        Ok(memories.iter().map(|memory| data.add(memory)).collect())
    }

    async fn memories(&self, query: &MemoryQuery) -> Result<Vec<Memory>, StoreError> {
        let data = self.read();
        let newest: Vec<Memory> = data.newest(query).take(query.limit).cloned().collect();
        Ok(newest.into_iter().rev().collect())
    }

    async fn memories_by_id(&self, ids: &[Uuid]) -> Result<Vec<Memory>, StoreError> {
        let data = self.read();
        Ok(distinct(ids).iter().filter_map(|id| data.memory(id)).cloned().collect())
    }

    async fn delete_memories(&self, ids: &[Uuid]) -> Result<usize, StoreError> {
        let mut data = self.write();
        Ok(ids.iter().filter(|id| data.delete(id)).count())
    }

    async fn count_memories(&self, query: &MemoryQuery) -> Result<u64, StoreError> {
        Ok(self.read().newest(query).count() as u64)
    }

    async fn snapshot(&self, room: Uuid, window: Window) -> Result<RoomSnapshot, StoreError> {
        Ok(self.read().snapshot(room, window))
    }
}

impl Data {
    pub(super) fn memory(&self, id: &Uuid) -> Option<&Memory> {
        self.memories.get(self.ordinals.get(id)?)
    }

    pub(super) fn add(&mut self, memory: &Memory) -> (i64, bool) {
        if let Some(known) = self.memory(&memory.id) {
            return (known.sequence, false);
        }
        let last = self.last_sequence.entry(memory.room).or_default();
        *last += 1;
        let sequence = *last;
        let ordinal = self.next_ordinal();
        self.ordinals.insert(memory.id, ordinal);
        self.by_room.insert((memory.room, sequence), ordinal);
        let kind = MemoryKind::from_name(memory.kind.name());
        self.memories.insert(ordinal, Memory { sequence, kind, ..memory.clone() });
        (sequence, true)
    }

    pub(super) fn delete(&mut self, id: &Uuid) -> bool {
        let Some(memory) = self.ordinals.remove(id).and_then(|ordinal| self.memories.remove(&ordinal)) else {
            return false;
        };
        self.by_room.remove(&(memory.room, memory.sequence));
        true
    }

    /// Newest first, all that fit.
    fn newest<'a>(&'a self, query: &'a MemoryQuery) -> Box<dyn Iterator<Item = &'a Memory> + 'a> {
        let kind = query.kind.as_ref().map(|kind| MemoryKind::from_name(kind.name()));
        let containing = query.containing.as_deref().map(without_case);
        let fits = move |memory: &&Memory| {
            kind.as_ref().is_none_or(|kind| memory.kind == *kind)
                && query.entity.is_none_or(|entity| memory.entity == entity)
                && query.before.is_none_or(|before| memory.sequence < before)
                && containing.as_ref().is_none_or(|part| without_case(&memory.content.text).contains(part))
        };
        match query.room {
            Some(room) => Box::new(self.newest_of_room(room).filter(fits)),
            None => Box::new(self.memories.values().rev().filter(fits)),
        }
    }

    fn newest_of_room(&self, room: Uuid) -> impl Iterator<Item = &Memory> {
        let whole_room = (room, i64::MIN)..=(room, i64::MAX);
        self.by_room.range(whole_room).rev().filter_map(|(_, ordinal)| self.memories.get(ordinal))
    }

    fn snapshot(&self, room: Uuid, window: Window) -> RoomSnapshot {
        let known = self.rooms.get(&room).cloned();
        let world = known.as_ref().and_then(|room| room.world).and_then(|id| self.worlds.get(&id)).cloned();
        let participants = self.participants.get(&room).into_iter().flatten();
        let mut history = self.talk(room, window);
        history.reverse();
        RoomSnapshot {
            room: known,
            world,
            participants: participants.filter_map(|id| self.entities.get(id)).cloned().collect(),
            attention: self.attention.get(&room).copied().unwrap_or_default(),
            history,
        }
    }

    /// What was said and done within the window, newest first.
    fn talk(&self, room: Uuid, window: Window) -> Vec<Memory> {
        let until = window.until.and_then(|id| self.memories.get(self.ordinals.get(&id)?));
        let until = until.map_or(i64::MAX, |memory| memory.sequence);
        let (mut messages, mut results) = (window.messages, window.results);
        let mut talk = Vec::new();
        for memory in self.newest_of_room(room) {
            let left = match memory.kind {
                MemoryKind::Message if memory.sequence <= until || memory.entity == memory.agent => {
                    &mut messages
                }
                MemoryKind::ActionResult => &mut results,
                _ => continue,
            };
            if *left > 0 {
                *left -= 1;
                talk.push(memory.clone());
            } else if messages == 0 && results == 0 {
                break;
            }
        }
        talk
    }
}
