//! How long a search takes and how much it finds: `cargo bench -p galatea-sql --bench search [-- COUNT …]`.
//!
//! Clustered vectors of 384 dimensions in an SQLite file, of a whole agent, at 10 000 and 100 000 memories: p50, p99 and recall@10
//! against an exact scan, alone and with a filter of one room in a hundred; then words, and what the first search costs.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a bench tells what it measured")]

use galatea::{
    memory::{Content, Memory, MemoryKind},
    store::{MemoryStore, NewVector, SearchFilter, SearchStore, Space, text_hash},
};
use galatea_sql::{Durability, Settings, SqliteStore};
use jiff::Timestamp;
use serde_json::Value;
use std::time::{Duration, Instant};
use uuid::Uuid;

const AGENT: Uuid = Uuid::from_u128(0xA6E7);
const DIMENSION: usize = 384;
const QUERIES: usize = 300;
/// How many memories of a cluster, and of a room.
const CLUSTER: usize = 100;

struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Nearly normal.
    fn number(&mut self) -> f32 {
        (0..4).map(|_| (self.bits() >> 40) as f32 / (1 << 24) as f32 - 0.5).sum()
    }

    fn vector(&mut self) -> Vec<f32> {
        unit((0..DIMENSION).map(|_| self.number()).collect())
    }
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|number| *number /= length);
    vector
}

fn near(middle: &[f32], random: &mut Random) -> Vec<f32> {
    let noise = random.vector();
    unit(middle.iter().zip(noise).map(|(a, b)| a + b).collect())
}

/// Words as rare as those of a language: the n-th is n times rarer than the first.
fn words(random: &mut Random) -> String {
    let word = |random: &mut Random| {
        let u = (random.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        format!("word{}", (20_000_f64.powf(u)) as u64)
    };
    (0..20).map(|_| word(random)).collect::<Vec<_>>().join(" ")
}

fn memory(number: usize, text: String) -> Memory {
    Memory {
        id: Uuid::from_u128(1 + number as u128),
        kind: MemoryKind::Message,
        agent: AGENT,
        entity: Uuid::from_u128(0xE001),
        room: Uuid::from_u128(0x4000 + (number / CLUSTER) as u128),
        world: None,
        at: Timestamp::from_second(1_700_000_000 + number as i64).unwrap(),
        sequence: 0,
        content: Content::text(text),
        metadata: Value::Null,
    }
}

struct Times(Vec<Duration>);

impl Times {
    fn told(mut self) -> String {
        self.0.sort_unstable();
        let at = |part: usize| self.0[(self.0.len() * part / 100).min(self.0.len() - 1)].as_secs_f64() * 1e3;
        format!("p50 {:.2} ms, p99 {:.2} ms", at(50), at(99))
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let counts: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let counts = if counts.is_empty() { vec![10_000, 100_000] } else { counts };
    for count in counts {
        runtime.block_on(measure(count));
    }
}

async fn measure(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("bench.db").display());
    let settings = Settings { url, durability: Durability::Crash, ..Settings::default() };
    let store = SqliteStore::open(&settings, AGENT).await.unwrap();
    let space = Space { model: "bench".to_owned(), dimension: DIMENSION };
    let mut random = Random(88_172_645_463_325_252);
    let middles: Vec<Vec<f32>> = (0..count.div_ceil(CLUSTER)).map(|_| random.vector()).collect();
    let (mut adding, mut putting) = (Duration::ZERO, Duration::ZERO);
    let mut known: Vec<f32> = Vec::with_capacity(count * DIMENSION);
    for start in (0..count).step_by(1_000) {
        let numbers = start..(start + 1_000).min(count);
        let memories: Vec<Memory> =
            numbers.clone().map(|number| memory(number, words(&mut random))).collect();
        let begun = Instant::now();
        store.add_memories(&memories).await.unwrap();
        adding += begun.elapsed();
        let vectors = numbers.map(|number| {
            let vector = near(&middles[number / CLUSTER], &mut random);
            known.extend(&vector);
            let (memory, text) = (Uuid::from_u128(1 + number as u128), number.to_string());
            NewVector { memory, hash: text_hash(&text), vector: Some(vector) }
        });
        let vectors: Vec<NewVector> = vectors.collect();
        let begun = Instant::now();
        store.put_vectors(&space, &vectors).await.unwrap();
        putting += begun.elapsed();
    }
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    println!("{count} memories: {:.0} written a second, {:.0} vectors a second", rate(adding), rate(putting));

    let all = SearchFilter::default();
    let begun = Instant::now();
    store.search_vectors(&space, &middles[0], &all, 10).await.unwrap();
    println!("  the first search reads the vectors: {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
    let (mut times, mut in_room, mut hits) = (Times(Vec::new()), Times(Vec::new()), 0);
    for number in 0..QUERIES {
        let cluster = number * 31 % middles.len();
        let query = near(&middles[cluster], &mut random);
        let begun = Instant::now();
        let found = store.search_vectors(&space, &query, &all, 10).await.unwrap();
        times.0.push(begun.elapsed());
        hits += exact(&known, &query).iter().filter(|id| found.iter().any(|one| one.id == **id)).count();
        let room = SearchFilter { room: Some(Uuid::from_u128(0x4000 + cluster as u128)), ..all.clone() };
        let begun = Instant::now();
        store.search_vectors(&space, &query, &room, 10).await.unwrap();
        in_room.0.push(begun.elapsed());
    }
    let recall = hits as f64 / (QUERIES * 10) as f64;
    println!("  vectors: {}, recall@10 {recall:.3}; in one room: {}", times.told(), in_room.told());
    let mut times = Times(Vec::new());
    for _ in 0..QUERIES {
        let text: String = words(&mut random).split(' ').take(5).collect::<Vec<_>>().join(" ");
        let begun = Instant::now();
        store.search_words(&text, &all, 10).await.unwrap();
        times.0.push(begun.elapsed());
    }
    println!("  words (five): {}", times.told());
}

fn exact(known: &[f32], query: &[f32]) -> Vec<Uuid> {
    let score = |vector: &[f32]| vector.iter().zip(query).map(|(a, b)| a * b).sum::<f32>();
    let mut all: Vec<(f32, usize)> =
        known.chunks_exact(DIMENSION).enumerate().map(|(number, vector)| (score(vector), number)).collect();
    all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    all[..10].iter().map(|(_, number)| Uuid::from_u128(1 + *number as u128)).collect()
}
