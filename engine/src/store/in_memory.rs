//! The store that needs no plugin: everything in maps, gone at the end of the process.

use super::{
    ComponentKey, ComponentQuery, MemoryQuery, RoomSnapshot, Score, ScoreQuery, Store, StoreError,
    StoredComponent, StoredRun, StoredTask, Window, components::Kept, without_case,
};
use crate::memory::{Attention, Entity, Memory, MemoryKind, Relationship, Room, World};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Keeps everything in the process. Empty, it takes a few hundred bytes.
#[derive(Debug, Default)]
pub struct InMemory {
    // Never held across an await: every method takes it, works and lets it go.
    data: RwLock<Data>,
}

impl InMemory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // No method leaves the maps half changed when it panics, so a poisoned lock says nothing about them.
    fn read(&self) -> RwLockReadGuard<'_, Data> {
        self.data.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Data> {
        self.data.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for InMemory {
    fn description(&self) -> String {
        "memory only; forgotten at the end of the process".to_owned()
    }

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

    async fn put_worlds(&self, worlds: &[World]) -> Result<(), StoreError> {
        self.write().worlds.extend(worlds.iter().map(|world| (world.id, world.clone())));
        Ok(())
    }

    async fn worlds(&self) -> Result<Vec<World>, StoreError> {
        Ok(self.read().worlds.values().cloned().collect())
    }

    async fn put_rooms(&self, rooms: &[Room]) -> Result<(), StoreError> {
        self.write().rooms.extend(rooms.iter().map(|room| (room.id, room.clone())));
        Ok(())
    }

    async fn rooms(&self) -> Result<Vec<Room>, StoreError> {
        Ok(self.read().rooms.values().cloned().collect())
    }

    async fn put_entities(&self, entities: &[Entity]) -> Result<(), StoreError> {
        self.write().entities.extend(entities.iter().map(|entity| (entity.id, entity.clone())));
        Ok(())
    }

    async fn entities(&self, ids: &[Uuid]) -> Result<Vec<Entity>, StoreError> {
        let data = self.read();
        Ok(distinct(ids).iter().filter_map(|id| data.entities.get(id)).cloned().collect())
    }

    async fn add_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError> {
        self.write().participants.entry(room).or_default().extend(entities);
        Ok(())
    }

    async fn remove_participants(&self, room: Uuid, entities: &[Uuid]) -> Result<(), StoreError> {
        if let Some(participants) = self.write().participants.get_mut(&room) {
            for entity in entities {
                participants.remove(entity);
            }
        }
        Ok(())
    }

    async fn set_attention(&self, room: Uuid, attention: Attention) -> Result<(), StoreError> {
        self.write().attention.insert(room, attention);
        Ok(())
    }

    async fn put_relationships(&self, relationships: &[Relationship]) -> Result<(), StoreError> {
        let mut data = self.write();
        for relationship in relationships {
            data.relationships.retain(|_, other| other.id != relationship.id);
            let pair = (relationship.source, relationship.target);
            data.relationships.insert(pair, relationship.clone());
        }
        Ok(())
    }

    async fn relationships(&self, entity: Uuid) -> Result<Vec<Relationship>, StoreError> {
        let data = self.read();
        let of_entity = |(source, target): &(Uuid, Uuid)| *source == entity || *target == entity;
        Ok(data.relationships.iter().filter(|(pair, _)| of_entity(pair)).map(|(_, it)| it.clone()).collect())
    }

    async fn put_components(&self, components: &[StoredComponent]) -> Result<(), StoreError> {
        self.write().components.put(components);
        Ok(())
    }

    async fn component(&self, key: &ComponentKey) -> Result<Option<StoredComponent>, StoreError> {
        Ok(self.read().components.get(key))
    }

    async fn components(&self, query: &ComponentQuery) -> Result<Vec<StoredComponent>, StoreError> {
        Ok(self.read().components.find(query))
    }

    async fn delete_components(&self, keys: &[ComponentKey]) -> Result<usize, StoreError> {
        Ok(self.write().components.delete(keys))
    }

    async fn set_cache(&self, key: &str, value: &Value, ttl: Option<Duration>) -> Result<(), StoreError> {
        self.write().cache.set(key, value, ttl);
        Ok(())
    }

    async fn cache(&self, key: &str) -> Result<Option<Value>, StoreError> {
        let data = self.read();
        let cached = data.cache.values.get(key).filter(|cached| cached.is_current(Instant::now()));
        Ok(cached.map(|cached| cached.value.clone()))
    }

    async fn delete_cache(&self, key: &str) -> Result<(), StoreError> {
        self.write().cache.values.remove(key);
        Ok(())
    }

    async fn put_run(&self, run: &StoredRun, memories: &[Memory]) -> Result<(), StoreError> {
        let mut data = self.write();
        data.put_run(run);
        for memory in memories {
            data.add(memory);
        }
        Ok(())
    }

    async fn run(&self, id: Uuid) -> Result<Option<StoredRun>, StoreError> {
        Ok(self.read().runs.get(&id).map(|(_, run)| run.clone()))
    }

    async fn runs(&self, room: Option<Uuid>, limit: usize) -> Result<Vec<StoredRun>, StoreError> {
        let data = self.read();
        let newest = data.runs_by_time.values().rev().filter_map(|id| data.runs.get(id));
        let fitting = newest.map(|(_, run)| run).filter(|run| room.is_none_or(|room| run.room == room));
        Ok(fitting.take(limit).cloned().collect())
    }

    async fn waiting(&self) -> Result<Vec<StoredRun>, StoreError> {
        let data = self.read();
        let oldest = data.runs_by_time.values().filter_map(|id| data.runs.get(id));
        Ok(oldest.map(|(_, run)| run).filter(|run| run.is_waiting()).cloned().collect())
    }

    async fn unfinished(&self) -> Result<Vec<Memory>, StoreError> {
        let data = self.read();
        let seen_to = |run: &StoredRun| run.is_finished() || run.is_waiting();
        let seen_to: BTreeSet<Uuid> =
            data.runs.values().filter(|(_, run)| seen_to(run)).map(|(_, run)| run.message).collect();
        let waits = |memory: &&Memory| {
            memory.kind == MemoryKind::Message
                && memory.entity != memory.agent
                && !seen_to.contains(&memory.id)
        };
        Ok(data.memories.values().filter(waits).cloned().collect())
    }

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

    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn distinct(ids: &[Uuid]) -> BTreeSet<Uuid> {
    ids.iter().copied().collect()
}

/// The maps. An ordinal is the place of a memory or run among all, in the order they were first written.
#[derive(Debug, Default)]
struct Data {
    memories: BTreeMap<u64, Memory>,
    ordinals: BTreeMap<Uuid, u64>,
    /// By room and sequence.
    by_room: BTreeMap<(Uuid, i64), u64>,
    /// The last sequence number given in each room.
    last_sequence: BTreeMap<Uuid, i64>,
    last_ordinal: u64,
    worlds: BTreeMap<Uuid, World>,
    rooms: BTreeMap<Uuid, Room>,
    entities: BTreeMap<Uuid, Entity>,
    participants: BTreeMap<Uuid, BTreeSet<Uuid>>,
    attention: BTreeMap<Uuid, Attention>,
    /// By source and target.
    relationships: BTreeMap<(Uuid, Uuid), Relationship>,
    components: Kept,
    cache: Cache,
    runs: BTreeMap<Uuid, (u64, StoredRun)>,
    runs_by_time: BTreeMap<(Timestamp, u64), Uuid>,
    tasks: BTreeMap<Uuid, StoredTask>,
    /// By time and ordinal.
    scores: BTreeMap<(Timestamp, u64), Score>,
    score_ids: BTreeSet<Uuid>,
}

impl Data {
    fn next_ordinal(&mut self) -> u64 {
        self.last_ordinal += 1;
        self.last_ordinal
    }

    fn memory(&self, id: &Uuid) -> Option<&Memory> {
        self.memories.get(self.ordinals.get(id)?)
    }

    fn add(&mut self, memory: &Memory) -> (i64, bool) {
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

    fn delete(&mut self, id: &Uuid) -> bool {
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

    fn add_score(&mut self, score: &Score) {
        if self.score_ids.insert(score.id) {
            let ordinal = self.next_ordinal();
            self.scores.insert((score.at, ordinal), score.clone());
        }
    }

    fn put_run(&mut self, run: &StoredRun) {
        let ordinal = match self.runs.get(&run.id) {
            Some((ordinal, before)) => {
                self.runs_by_time.remove(&(before.at, *ordinal));
                *ordinal
            }
            None => self.next_ordinal(),
        };
        self.runs_by_time.insert((run.at, ordinal), run.id);
        self.runs.insert(run.id, (ordinal, run.clone()));
    }
}

/// Values with an end. Those whose time is over are dropped when as many again have been written, so that it
/// does not grow for ever.
#[derive(Debug, Default)]
struct Cache {
    values: BTreeMap<String, Cached>,
    sweep_at: usize,
}

#[derive(Debug)]
struct Cached {
    value: Value,
    /// `None`: for ever.
    until: Option<Instant>,
}

impl Cached {
    fn is_current(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl Cache {
    const SMALL: usize = 64;

    fn set(&mut self, key: &str, value: &Value, ttl: Option<Duration>) {
        let now = Instant::now();
        if self.values.len() >= self.sweep_at.max(Self::SMALL) {
            self.values.retain(|_, cached| cached.is_current(now));
            self.sweep_at = self.values.len() * 2;
        }
        // A time too far to be told is for ever.
        let until = ttl.and_then(|ttl| now.checked_add(ttl));
        self.values.insert(key.to_owned(), Cached { value: value.clone(), until });
    }
}
