//! Finding: an exact scan of the vectors, and BM25 over the words.

use super::{Data, InMemory};
use crate::{
    memory::Memory,
    store::{
        Lacking, NewVector, Scored, SearchFilter, SearchStore, Space, SpaceStatus, StoreError, query_words,
        wants_vector,
    },
    text::bm25::{Collection, words},
};
use async_trait::async_trait;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What searches need. Nothing is made before the first search.
#[derive(Debug, Default)]
pub(super) struct Search {
    words: Collection,
    /// The words of memories up to this ordinal are in the collection.
    counted: u64,
    spaces: Vec<Vectors>,
}

#[derive(Debug)]
struct Vectors {
    space: Space,
    by_memory: BTreeMap<u64, Vector>,
}

/// The vector of a memory; `None` where the model refused the text.
#[derive(Debug)]
struct Vector {
    hash: Uuid,
    numbers: Option<Vec<f32>>,
}

impl Search {
    pub(super) fn forget(&mut self, ordinal: u64, memory: &Memory) {
        if ordinal <= self.counted {
            self.words.remove(ordinal, &words(&memory.content.text));
        }
        for space in &mut self.spaces {
            space.by_memory.remove(&ordinal);
        }
    }

    fn space(&self, space: &Space) -> Option<&Vectors> {
        self.spaces.iter().find(|known| known.space == *space)
    }

    fn space_mut(&mut self, space: &Space) -> Option<&mut Vectors> {
        let index = self.spaces.iter().position(|known| known.space == *space);
        let index = index.unwrap_or_else(|| {
            self.spaces.push(Vectors { space: space.clone(), by_memory: BTreeMap::new() });
            self.spaces.len() - 1
        });
        self.spaces.get_mut(index)
    }
}

impl Data {
    fn count_words(&mut self) {
        let search = &mut self.search;
        for (ordinal, memory) in self.memories.range(search.counted + 1..) {
            search.words.add(*ordinal, &words(&memory.content.text));
        }
        search.counted = self.last_ordinal;
    }

    fn lacking<'a>(
        &'a self,
        space: &Space,
        before: Option<u64>,
    ) -> impl Iterator<Item = (u64, &'a Memory)> + use<'a> {
        let vectors = self.search.space(space);
        let lacks = move |ordinal: &u64| vectors.is_none_or(|space| !space.by_memory.contains_key(ordinal));
        let older = self.memories.range(..before.unwrap_or(u64::MAX)).rev();
        older
            .filter(move |(ordinal, memory)| wants_vector(memory) && lacks(ordinal))
            .map(|(ordinal, memory)| (*ordinal, memory))
    }

    fn scored(&self, mut found: Vec<(u64, f64)>, limit: usize) -> Vec<Scored> {
        // The newer one first where two fit equally.
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        found.truncate(limit);
        let scored = |(ordinal, score)| Some(Scored { id: self.memories.get(&ordinal)?.id, score });
        found.into_iter().filter_map(scored).collect()
    }

    fn fits(&self, ordinal: u64, filter: &SearchFilter) -> bool {
        self.memories.get(&ordinal).is_some_and(|memory| filter.fits(memory))
    }
}

#[async_trait]
impl SearchStore for InMemory {
    async fn search_words(
        &self,
        text: &str,
        filter: &SearchFilter,
        limit: usize,
    ) -> Result<Vec<Scored>, StoreError> {
        let mut data = self.write();
        data.count_words();
        let mut found = data.search.words.scores(&query_words(text));
        found.retain(|(ordinal, _)| data.fits(*ordinal, filter));
        Ok(data.scored(found, limit))
    }

    async fn search_vectors(
        &self,
        space: &Space,
        vector: &[f32],
        filter: &SearchFilter,
        limit: usize,
    ) -> Result<Vec<Scored>, StoreError> {
        let data = self.read();
        let Some(vectors) = data.search.space(space).filter(|_| vector.len() == space.dimension) else {
            return Ok(Vec::new());
        };
        let fitting = vectors.by_memory.iter().filter(|(ordinal, _)| data.fits(**ordinal, filter));
        let scored = fitting.filter_map(|(ordinal, known)| {
            let numbers = known.numbers.as_ref()?;
            Some((*ordinal, f64::from(numbers.iter().zip(vector).map(|(a, b)| a * b).sum::<f32>())))
        });
        let found: Vec<(u64, f64)> = scored.collect();
        Ok(data.scored(found, limit))
    }

    async fn put_vectors(&self, space: &Space, vectors: &[NewVector]) -> Result<(), StoreError> {
        space.check(vectors)?;
        let mut data = self.write();
        let known = vectors.iter().filter_map(|new| Some((*data.ordinals.get(&new.memory)?, new)));
        let known: Vec<(u64, &NewVector)> = known.collect();
        if let Some(space) = data.search.space_mut(space) {
            for (ordinal, new) in known {
                let vector = || Vector { hash: new.hash, numbers: new.vector.clone() };
                space.by_memory.entry(ordinal).or_insert_with(vector);
            }
        }
        Ok(())
    }

    async fn vectors(&self, space: &Space, memories: &[Uuid]) -> Result<Vec<(Uuid, Vec<f32>)>, StoreError> {
        let data = self.read();
        let Some(vectors) = data.search.space(space) else { return Ok(Vec::new()) };
        let one = |id: &Uuid| {
            let known = vectors.by_memory.get(data.ordinals.get(id)?)?;
            Some((*id, known.numbers.clone()?))
        };
        Ok(super::distinct(memories).iter().filter_map(one).collect())
    }

    async fn vectors_of_texts(
        &self,
        space: &Space,
        hashes: &[Uuid],
    ) -> Result<Vec<(Uuid, Vec<f32>)>, StoreError> {
        let data = self.read();
        let wanted = super::distinct(hashes);
        let all = data.search.space(space).into_iter().flat_map(|space| space.by_memory.values());
        let found = all.filter(|known| wanted.contains(&known.hash));
        let found = found.filter_map(|known| Some((known.hash, known.numbers.clone()?)));
        Ok(found.collect::<BTreeMap<_, _>>().into_iter().collect())
    }

    async fn lacking(
        &self,
        space: &Space,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Lacking>, StoreError> {
        let data = self.read();
        let newest = data.lacking(space, before).take(limit).map(|(ordinal, memory)| Lacking {
            id: memory.id,
            text: memory.content.text.clone(),
            ordinal,
        });
        Ok(newest.collect())
    }

    async fn spaces(&self) -> Result<Vec<SpaceStatus>, StoreError> {
        let data = self.read();
        let all = data.search.spaces.iter().map(|known| SpaceStatus {
            space: known.space.clone(),
            vectors: known.by_memory.values().filter(|vector| vector.numbers.is_some()).count() as u64,
            lacking: data.lacking(&known.space, None).count() as u64,
        });
        Ok(all.collect())
    }

    async fn delete_space(&self, space: &Space) -> Result<(), StoreError> {
        self.write().search.spaces.retain(|known| known.space != *space);
        Ok(())
    }
}
