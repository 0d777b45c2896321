//! Vectors in memory, to be compared with all at once: a byte a number, so that a hundred thousand pass in a millisecond or two.
//!
//! What it finds is a little more than what is wanted, by scores that are a little off; the caller ranks that anew by the vectors
//! as they are. It takes dimension + 60 bytes a vector (the dimension rounded up to 64): 45 MB for 100 000 of 384. `block` holds
//! and compares the vectors of one piece, `place` what filters look at, `exact` ranks by the vectors as they are, `spaces` has
//! the index of each space.

mod block;
mod exact;
mod place;
mod spaces;

use block::Block;
pub(crate) use exact::{best_of, bytes, floats, product};
use galatea::store::SearchFilter;
pub(crate) use place::Row;
use place::{Names, Wanted};
pub(crate) use spaces::Indexes;
use std::{collections::BinaryHeap, sync::Arc};

/// So many vectors or less are compared on the thread that asks.
const ALONE: usize = 16_384;

/// How many times more than wanted are to be ranked by the vectors as they are.
const MORE: usize = 4;

/// The vectors of one space.
#[derive(Debug)]
pub(crate) struct VectorIndex {
    dimension: usize,
    blocks: Vec<Arc<Block>>,
    names: Names,
    /// It holds what the database has up to this ordinal.
    pub(crate) read_to: i64,
    /// The count of deletions that it has seen.
    pub(crate) deletions: i64,
}

/// A vector that may be among the nearest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) score: f32,
    pub(crate) ordinal: i64,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    /// The worst first: a heap has it at its top.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.score.total_cmp(&self.score).then(self.ordinal.cmp(&other.ordinal))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// One question to an index as it was at a moment; what is added meanwhile is not seen.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    blocks: Vec<Arc<Block>>,
    query: Arc<block::Code>,
    wanted: Arc<Wanted>,
    limit: usize,
}

impl VectorIndex {
    pub(crate) fn new(dimension: usize) -> Self {
        Self { dimension, blocks: Vec::new(), names: Names::default(), read_to: 0, deletions: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.len()).sum()
    }

    pub(crate) fn add(&mut self, row: &Row<'_>, vector: &[f32]) {
        if self.blocks.last().is_none_or(|last| last.is_full()) {
            self.blocks.push(Arc::new(Block::new(self.dimension)));
        }
        let place = self.names.place(row);
        if let Some(last) = self.blocks.last_mut() {
            Arc::make_mut(last).add(row.ordinal, place, vector);
        }
        self.read_to = self.read_to.max(row.ordinal);
    }

    /// Keeps only these vectors, by sorted ordinals.
    pub(crate) fn keep(&mut self, ordinals: &[i64]) {
        let gone = |block: &Block| block.ordinals().any(|ordinal| ordinals.binary_search(&ordinal).is_err());
        for block in self.blocks.iter_mut().filter(|block| gone(block)) {
            *block = Arc::new(block.kept(|ordinal| ordinals.binary_search(&ordinal).is_ok()));
        }
        self.blocks.retain(|block| block.len() > 0);
    }

    /// Asks for more than the limit, since scores are a little off. `None` if nothing can fit the filter.
    pub(crate) fn question(&self, query: &[f32], filter: &SearchFilter, limit: usize) -> Option<Question> {
        let wanted = self.names.wanted(filter)?;
        Some(Question {
            blocks: self.blocks.clone(),
            query: Arc::new(block::Code::of(query, self.dimension)),
            wanted: Arc::new(wanted),
            limit: limit.saturating_add(10).saturating_mul(MORE).min(self.len()),
        })
    }
}

impl Question {
    /// The nearest vectors, best first; many are compared by several threads.
    pub(crate) async fn answer(self) -> Vec<Candidate> {
        let count: usize = self.blocks.iter().map(|block| block.len()).sum();
        if count <= ALONE {
            return best(self.compare(), self.limit);
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let share = self.blocks.len().div_ceil(threads).max(1);
        let parts = self.blocks.chunks(share).map(|blocks| {
            let part = Self { blocks: blocks.to_vec(), ..self.clone() };
            tokio::task::spawn_blocking(move || part.compare())
        });
        let parts: Vec<_> = parts.collect();
        let mut all = Vec::new();
        for part in parts {
            // A task that was not run, because the runtime ends, finds nothing.
            all.extend(part.await.unwrap_or_default());
        }
        best(all, self.limit)
    }

    fn compare(&self) -> Vec<Candidate> {
        let mut nearest = BinaryHeap::with_capacity(self.limit + 1);
        let mut scores = Vec::new();
        for block in &self.blocks {
            block.compare(&self.query, &self.wanted, &mut scores);
            for &(score, ordinal) in &scores {
                let candidate = Candidate { score, ordinal };
                if nearest.len() < self.limit {
                    nearest.push(candidate);
                } else if nearest.peek().is_some_and(|worst: &Candidate| score > worst.score) {
                    nearest.pop();
                    nearest.push(candidate);
                }
            }
        }
        nearest.into_vec()
    }
}

fn best(mut all: Vec<Candidate>, limit: usize) -> Vec<Candidate> {
    all.sort_unstable();
    all.truncate(limit);
    all
}
