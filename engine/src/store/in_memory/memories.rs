//! Memories.

use super::{Data, InMemory, Talk, distinct};
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
        self.send_out(memory, ordinal);
        let kind = MemoryKind::from_name(memory.kind.name());
        if let Some(talk) = Talk::of(&kind) {
            self.talk.insert((memory.room, talk, sequence), ordinal);
        }
        self.memories.insert(ordinal, Memory { sequence, kind, ..memory.clone() });
        (sequence, true)
    }

    pub(super) fn delete(&mut self, id: &Uuid) -> bool {
        let Some(ordinal) = self.ordinals.remove(id) else { return false };
        let Some(memory) = self.memories.remove(&ordinal) else { return false };
        self.search.forget(ordinal, &memory);
        self.by_room.remove(&(memory.room, memory.sequence));
        if let Some(talk) = Talk::of(&memory.kind) {
            self.talk.remove(&(memory.room, talk, memory.sequence));
        }
        if memory.kind == MemoryKind::Message && memory.entity != memory.agent {
            self.receipts.insert(memory.id, Some(memory.entity));
        }
        true
    }

    /// Newest first, all that fit.
    pub(super) fn newest<'a>(&'a self, query: &'a MemoryQuery) -> Box<dyn Iterator<Item = &'a Memory> + 'a> {
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
        let known = self.rooms.get(&room).map(|room| (**room).clone());
        let world = known
            .as_ref()
            .and_then(|room| room.world)
            .and_then(|id| self.worlds.get(&id))
            .map(|world| (**world).clone());
        let participants = self.participants.get(&room).into_iter().flatten();
        RoomSnapshot {
            room: known,
            world,
            participants: participants
                .filter_map(|id| self.entities.get(id))
                .map(|entity| (**entity).clone())
                .collect(),
            attention: self.attention.get(&room).copied().unwrap_or_default(),
            history: self.talk(room, window),
        }
    }

    /// What was said and done within the window, oldest first.
    fn talk(&self, room: Uuid, window: Window) -> Vec<Memory> {
        let until = window.until.and_then(|id| self.memory(&id)).map_or(i64::MAX, |memory| memory.sequence);
        let heard = |memory: &&Memory| memory.sequence <= until || memory.entity == memory.agent;
        let messages = self.newest_talk(room, Talk::Message).filter(heard).take(window.messages);
        let results = self.newest_talk(room, Talk::Result).take(window.results);
        let mut talk: Vec<&Memory> = messages.chain(results).collect();
        talk.sort_unstable_by_key(|memory| memory.sequence);
        talk.into_iter().cloned().collect()
    }

    pub(super) fn newest_talk(&self, room: Uuid, talk: Talk) -> impl Iterator<Item = &Memory> {
        let all = (room, talk, i64::MIN)..=(room, talk, i64::MAX);
        self.talk.range(all).rev().filter_map(|(_, ordinal)| self.memories.get(ordinal))
    }
}
