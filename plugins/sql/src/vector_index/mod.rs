//! Vectors in memory, to be compared with all at once: first a bit a number says which are worth a look, then a byte a number how
//! near those are, so that a hundred thousand pass in less than a millisecond.
//!
//! What it finds is a little more than what is wanted, by scores that are a little off; the caller ranks that anew by the vectors
//! as they are. It takes 9/8 dimension + 60 bytes a vector (the dimension rounded up to 64): 50 MB for 100 000 of 384. `block` holds
//! and compares the vectors of one piece, `signs` has the bits, `place` what filters look at, `exact` ranks by the vectors as they
//! are, `spaces` has the index of each space.

mod block;
mod exact;
mod place;
mod signs;
mod spaces;

use block::Block;
pub(crate) use exact::{best_of, bytes, floats, product};
use galatea::store::SearchFilter;
pub(crate) use place::Row;
use place::{Names, Wanted};
use signs::Middle;
pub(crate) use spaces::Indexes;
use std::{collections::BinaryHeap, sync::Arc};

/// So many vectors or less are compared on the thread that asks.
const ALONE: usize = 131_072;

/// So many vectors or less are all compared by their bytes.
const FEW: usize = 8_192;

/// Of more vectors the nearest by their bits are compared by their bytes: so many …
const AT_LEAST: usize = 1_000;
/// … and one in so many, and at least so many times as many as are wanted. Each costs a walk to memory, so that few are not much
/// less than all.
const ONE_IN: usize = 100;
const BY_BYTES: usize = 8;

/// How many times more than wanted are to be ranked by the vectors as they are.
const MORE: usize = 2;

/// The vectors of one space.
#[derive(Debug)]
pub(crate) struct VectorIndex {
    dimension: usize,
    blocks: Vec<Arc<Block>>,
    /// Known once a block is full.
    middle: Option<Arc<Middle>>,
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
    /// The bits of the query, if all vectors have bits.
    signs: Option<Arc<[u64]>>,
    wanted: Arc<Wanted>,
    limit: usize,
}

impl VectorIndex {
    pub(crate) fn new(dimension: usize) -> Self {
        let (blocks, names) = (Vec::new(), Names::default());
        Self { dimension, blocks, middle: None, names, read_to: 0, deletions: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.len()).sum()
    }

    pub(crate) fn add(&mut self, row: &Row<'_>, vector: &[f32]) {
        if self.blocks.last().is_none_or(|last| last.is_full()) {
            if self.middle.is_none() && !self.blocks.is_empty() {
                self.sign();
            }
            self.blocks.push(Arc::new(Block::new(self.dimension)));
        }
        let place = self.names.place(row);
        if let Some(last) = self.blocks.last_mut() {
            Arc::make_mut(last).add(row.ordinal, place, vector, self.middle.as_deref());
        }
        self.read_to = self.read_to.max(row.ordinal);
    }

    /// Gives every vector its bits, now that there are enough to say what is average.
    fn sign(&mut self) {
        let middle = Middle::of(self.blocks.iter().flat_map(|block| block.vectors()));
        for block in &mut self.blocks {
            Arc::make_mut(block).sign(&middle);
        }
        self.middle = Some(Arc::new(middle));
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
            signs: self.middle.as_ref().map(|middle| middle.signs(query).into()),
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
        let count = self.blocks.iter().map(|block| block.len()).sum();
        let mut nearest = Nearest { limit: self.limit, heap: BinaryHeap::with_capacity(self.limit + 1) };
        let mut scores = Vec::new();
        match &self.signs {
            Some(signs) if count > FEW => self.compare_some(signs, count, &mut nearest),
            _ => {
                for block in &self.blocks {
                    block.compare(&self.query, &self.wanted, &mut scores);
                    nearest.take(&scores);
                }
            }
        }
        nearest.heap.into_vec()
    }

    /// The nearest by their bits, compared by their bytes.
    fn compare_some(&self, signs: &[u64], count: usize, nearest: &mut Nearest) {
        let mut differences = Vec::with_capacity(count);
        for block in &self.blocks {
            block.differ(signs, &self.wanted, &mut differences);
        }
        let cut = signs::cut(&differences, (AT_LEAST + count / ONE_IN).max(self.limit * BY_BYTES));
        let (mut rest, mut scores) = (differences.as_slice(), Vec::new());
        for block in &self.blocks {
            let (these, others) = rest.split_at(block.len().min(rest.len()));
            rest = others;
            block.compare_some(&self.query, (these, cut), &mut scores);
            nearest.take(&scores);
        }
    }
}

/// The best of what is seen, up to a limit.
struct Nearest {
    limit: usize,
    heap: BinaryHeap<Candidate>,
}

impl Nearest {
    fn take(&mut self, scores: &[(f32, i64)]) {
        for &(score, ordinal) in scores {
            let candidate = Candidate { score, ordinal };
            if self.heap.len() < self.limit {
                self.heap.push(candidate);
            } else if self.heap.peek().is_some_and(|worst: &Candidate| score > worst.score) {
                self.heap.pop();
                self.heap.push(candidate);
            }
        }
    }
}

fn best(mut all: Vec<Candidate>, limit: usize) -> Vec<Candidate> {
    all.sort_unstable();
    all.truncate(limit);
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    const DIMENSION: usize = 128;

    /// Numbers that look like chance.
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> f32 {
            let mut sum = 0.0;
            for _ in 0..4 {
                self.0 =
                    self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                sum += (self.0 >> 40) as f32 / (1 << 24) as f32 - 0.5;
            }
            sum
        }

        /// Near `middle`, and all of them to one side, as the vectors of language models are.
        fn vector(&mut self, middle: &[f32]) -> Vec<f32> {
            let vector: Vec<f32> = middle.iter().map(|middle| middle + self.next() * 0.7 + 0.6).collect();
            let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
            vector.iter().map(|number| number / length).collect()
        }
    }

    #[test]
    fn bits_lose_next_to_nothing() {
        let mut numbers = Numbers(7);
        let topics: Vec<Vec<f32>> =
            (0..100).map(|_| (0..DIMENSION).map(|_| numbers.next()).collect()).collect();
        let vectors: Vec<Vec<f32>> = (0..9_000).map(|at| numbers.vector(&topics[at % 100])).collect();
        let mut index = VectorIndex::new(DIMENSION);
        for (ordinal, vector) in (1..).zip(&vectors) {
            let (room, entity) = (Uuid::from_u128(ordinal as u128 / 100 % 2), Uuid::nil());
            let row = Row { ordinal, kind: "message", room, world: None, entity, at: Timestamp::UNIX_EPOCH };
            index.add(&row, vector);
        }
        let half = SearchFilter { room: Some(Uuid::nil()), ..SearchFilter::default() };
        let mut found = 0;
        for (at, topic) in topics.iter().enumerate().take(20) {
            let query = numbers.vector(topic);
            let filter = if at % 2 == 0 { &half } else { &SearchFilter::default() };
            let fits = |ordinal: i64| at % 2 == 1 || ordinal / 100 % 2 == 0;
            let mut exact: Vec<(f64, i64)> =
                (1..).zip(&vectors).map(|(ordinal, vector)| (product(vector, &query), ordinal)).collect();
            exact.retain(|(_, ordinal)| fits(*ordinal));
            exact.sort_by(|a, b| b.0.total_cmp(&a.0));
            let question = index.question(&query, filter, 10).unwrap();
            assert!(question.signs.is_some());
            let answer: BTreeSet<i64> = question.compare().iter().map(|one| one.ordinal).collect();
            assert!(answer.iter().all(|ordinal| fits(*ordinal)));
            found += exact.iter().take(10).filter(|(_, ordinal)| answer.contains(ordinal)).count();
        }
        assert!(found >= 196, "{found} of 200");
        // What is taken away is found no more, and the others are.
        index.keep(&(1..=8_500).collect::<Vec<i64>>());
        let last = &vectors[8_499];
        let best = index.question(last, &SearchFilter::default(), 1).unwrap().compare();
        let best = best.iter().max_by(|a, b| a.score.total_cmp(&b.score)).unwrap();
        assert_eq!(best.ordinal, 8_500);
    }
}
