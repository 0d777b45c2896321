//! Finding memories: by the words they share with a text, and by what they mean.

use super::StoreError;
use crate::{
    memory::{Memory, MemoryKind},
    text::{bm25::words, function_words::is_function_word},
};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use std::fmt;
use uuid::Uuid;

/// The memories that a search is among; every field that is set must fit. The default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchFilter {
    /// Only of one of these kinds; none for every kind.
    pub kinds: Vec<MemoryKind>,
    /// Only of this room.
    pub room: Option<Uuid>,
    /// Only of this world.
    pub world: Option<Uuid>,
    /// Only of this entity.
    pub entity: Option<Uuid>,
    /// Only of what happened at this moment or later.
    pub since: Option<Timestamp>,
    /// Only of what happened before this moment.
    pub until: Option<Timestamp>,
}

impl SearchFilter {
    /// Whether a memory fits.
    #[must_use]
    pub fn fits(&self, memory: &Memory) -> bool {
        let kind = memory.kind.name();
        (self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted.name() == kind))
            && self.room.is_none_or(|room| memory.room == room)
            && self.world.is_none_or(|world| memory.world == Some(world))
            && self.entity.is_none_or(|entity| memory.entity == entity)
            && self.since.is_none_or(|since| memory.at >= since)
            && self.until.is_none_or(|until| memory.at < until)
    }
}

/// Vectors that one model made: only these can be compared with each other. A store may hold several spaces.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub struct Space {
    /// The model's own name, e.g. `text-embedding-3-small`.
    pub model: String,
    /// How many numbers a vector has.
    pub dimension: usize,
}

impl Space {
    /// Refuses vectors that are not of this space's dimension, or not finite; for stores.
    ///
    /// # Errors
    /// [`StoreError::Failed`], which names the memory.
    pub fn check(&self, vectors: &[NewVector]) -> Result<(), StoreError> {
        let fits = |numbers: &Vec<f32>| {
            numbers.len() == self.dimension && numbers.iter().all(|number| number.is_finite())
        };
        match vectors.iter().find(|new| new.vector.as_ref().is_some_and(|numbers| !fits(numbers))) {
            None => Ok(()),
            Some(new) => Err(StoreError::Failed(format!(
                "the vector of the memory {} does not fit the space {self}: it must have {} finite numbers",
                new.memory, self.dimension
            ))),
        }
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} dimensions)", self.model, self.dimension)
    }
}

/// How far a space is filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SpaceStatus {
    /// The space.
    pub space: Space,
    /// How many memories have a vector in it.
    pub vectors: u64,
    /// How many memories wait for one; those whose text the model refused do not.
    pub lacking: u64,
}

/// A memory that was found, and how well it fits: the higher, the better. Scores compare within one search only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The memory.
    pub id: Uuid,
    /// Of words: BM25, above 0. Of vectors: the cosine, -1 to 1.
    pub score: f64,
}

/// A memory that waits for its vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The memory.
    pub id: Uuid,
    /// Its text.
    pub text: String,
    /// Its place among all memories of the store, in the order of adding.
    pub ordinal: u64,
}

/// What a text is known by: texts that are alike to the last byte have the same, others do not.
#[must_use]
pub fn text_hash(text: &str) -> Uuid {
    let mut bytes = [0_u8; 16];
    for (byte, digested) in bytes.iter_mut().zip(Sha1::digest(text.as_bytes())) {
        *byte = digested;
    }
    Uuid::from_bytes(bytes)
}

/// The vector of a memory's text.
#[derive(Clone, Debug, PartialEq)]
pub struct NewVector {
    /// The memory.
    pub memory: Uuid,
    /// The [hash](text_hash) of its text.
    pub hash: Uuid,
    /// The vector, of length 1; `None` where the model refuses the text: then the memory lacks it no more.
    pub vector: Option<Vec<f32>>,
}

/// The words to look for, each once, at most 64 of them: without *what*, *who*, *you* and their like, if there are others.
#[must_use]
pub fn query_words(text: &str) -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    for word in words(text) {
        if !wanted.contains(&word) {
            wanted.push(word);
        }
    }
    // Who asks for such words alone means them.
    if wanted.iter().any(|word| !is_function_word(word)) {
        wanted.retain(|word| !is_function_word(word));
    }
    wanted.truncate(64);
    wanted
}

/// Whether a memory is one that gets a vector: a message, a fact, a fragment of a document, or one that asks for it with
/// `"embed": true` in its metadata. A memory without text gets none, whatever it is.
#[must_use]
pub fn wants_vector(memory: &Memory) -> bool {
    let searchable = matches!(memory.kind.name(), "message" | "fact" | "fragment");
    let asks = || memory.metadata.get("embed").and_then(serde_json::Value::as_bool) == Some(true);
    !memory.content.text.trim().is_empty() && (searchable || asks())
}

/// Finding memories. A part of [`Store`](super::Store), whose rules hold here.
///
/// What is found is what is there at that moment, whoever wrote it: no write has to be made known to a search. A memory
/// that was deleted takes its words and vectors along.
#[async_trait]
pub trait SearchStore: Send + Sync {
    /// The memories that share words with a text, best first (BM25), with the words of [`words`](crate::text::bm25::words).
    /// No character of the text is special. How rare a word is may be counted over more memories than those of the filter.
    async fn search_words(
        &self,
        text: &str,
        filter: &SearchFilter,
        limit: usize,
    ) -> Result<Vec<Scored>, StoreError>;
    /// The memories whose vectors in a space are nearest to this one (of length 1), best first. A space that is not there,
    /// or a vector of another dimension, finds nothing.
    async fn search_vectors(
        &self,
        space: &Space,
        vector: &[f32],
        filter: &SearchFilter,
        limit: usize,
    ) -> Result<Vec<Scored>, StoreError>;
    /// Gives memories their vectors in a space, which is made if it is not there. A memory that has one, or is not there,
    /// is left as it is. A vector of another dimension than the space is an error.
    async fn put_vectors(&self, space: &Space, vectors: &[NewVector]) -> Result<(), StoreError>;
    /// The vectors of memories in a space, in no order; without those that have none.
    async fn vectors(&self, space: &Space, memories: &[Uuid]) -> Result<Vec<(Uuid, Vec<f32>)>, StoreError>;
    /// The vectors of texts in a space, by hash, in no order; without those that have none.
    async fn vectors_of_texts(
        &self,
        space: &Space,
        hashes: &[Uuid],
    ) -> Result<Vec<(Uuid, Vec<f32>)>, StoreError>;
    /// The newest memories that [want a vector](wants_vector) and have none in the space, newest first; only those before
    /// this ordinal, if it is given. A space that is not there lacks all.
    async fn lacking(
        &self,
        space: &Space,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Lacking>, StoreError>;
    /// The spaces, in the order in which they were made.
    async fn spaces(&self) -> Result<Vec<SpaceStatus>, StoreError>;
    /// Deletes a space with its vectors; that there is none is no error.
    async fn delete_space(&self, space: &Space) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_say_nothing_are_left_out_unless_there_are_no_others() {
        let rows: [(&str, &[&str]); 4] = [
            ("What was your ticket 42 about?", &["ticket", "42"]),
            ("Who are you?", &["who", "you"]),
            ("rain rain RAIN", &["rain"]),
            ("", &[]),
        ];
        for (text, wanted) in rows {
            assert_eq!(query_words(text), wanted, "{text}");
        }
    }
}
