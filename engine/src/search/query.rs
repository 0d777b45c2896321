//! What is asked and what is found.

use crate::{
    memory::{Memory, MemoryKind},
    store::{SearchFilter, Space},
};
use jiff::Timestamp;
use serde::Serialize;
use std::fmt;
use uuid::Uuid;

/// What to look for, and among what.
///
/// ```
/// use galatea::{memory::MemoryKind, search::SearchQuery};
///
/// let query = SearchQuery::new("where does Sam live").kind(MemoryKind::Fact).limit(6);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// The text, in anybody's words; no character is special.
    pub text: String,
    /// The memories that the search is among.
    pub filter: SearchFilter,
    /// At most so many, the best ones. Default: 10.
    pub limit: usize,
}

impl SearchQuery {
    /// The ten memories that fit a text best.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), filter: SearchFilter::default(), limit: 10 }
    }

    /// Only memories of this kind, or of one that was given before.
    #[must_use]
    pub fn kind(mut self, kind: MemoryKind) -> Self {
        self.filter.kinds.push(kind);
        self
    }

    /// Only memories of this room.
    #[must_use]
    pub fn room(mut self, room: Uuid) -> Self {
        self.filter.room = Some(room);
        self
    }

    /// Only memories of this world.
    #[must_use]
    pub fn world(mut self, world: Uuid) -> Self {
        self.filter.world = Some(world);
        self
    }

    /// Only memories of this entity.
    #[must_use]
    pub fn entity(mut self, entity: Uuid) -> Self {
        self.filter.entity = Some(entity);
        self
    }

    /// Only what happened at this moment or later.
    #[must_use]
    pub fn since(mut self, since: Timestamp) -> Self {
        self.filter.since = Some(since);
        self
    }

    /// Only what happened before this moment.
    #[must_use]
    pub fn until(mut self, until: Timestamp) -> Self {
        self.filter.until = Some(until);
        self
    }

    /// At most so many.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

/// Where a memory stands in one of the two rankings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    /// 1 is the best.
    pub place: usize,
    /// Of words: BM25, above 0; of meaning: the cosine, -1 to 1.
    pub score: f64,
}

/// A memory that was found, and why. Displayed, it says why: `words #1 (8.42), meaning #3 (0.71)`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hit {
    /// The memory.
    pub memory: Memory,
    /// How well it fits, by both rankings: the sum of 1 / (60 + place). Compares within one search only.
    pub score: f64,
    /// Its place by words; `None` if it shares none, or is far behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Place>,
    /// Its place by meaning; `None` if it has no vector, or is far behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Place>,
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |name: &str, place: Option<Place>| {
            place.map(|Place { place, score }| format!("{name} #{place} ({score:.2})"))
        };
        let both = [told("words", self.words), told("meaning", self.meaning)];
        f.write_str(&both.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// How it was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Method {
    /// By words and by vectors.
    WordsAndMeaning {
        /// Whose vectors.
        space: Space,
    },
    /// By words and by vectors of several models: the embedding model was changed, and the new one has not seen enough yet.
    Changing {
        /// Of the new one.
        space: Space,
        /// Of those before it.
        older: Vec<Space>,
    },
    /// By words alone.
    Words {
        /// Why there were no vectors.
        why: String,
    },
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WordsAndMeaning { space } => write!(f, "by words and by meaning ({})", space.model),
            Self::Changing { space, older } => {
                let older: Vec<&str> = older.iter().map(|space| space.model.as_str()).collect();
                write!(
                    f,
                    "by words and by meaning ({}, until it has seen all: {})",
                    space.model,
                    older.join(", ")
                )
            }
            Self::Words { why } => write!(f, "by words alone: {why}"),
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Found {
    /// The memories, best first.
    pub hits: Vec<Hit>,
    /// How they were looked for.
    pub method: Method,
}

impl Found {
    /// The memories alone, best first.
    #[must_use]
    pub fn into_memories(self) -> Vec<Memory> {
        self.hits.into_iter().map(|hit| hit.memory).collect()
    }
}
