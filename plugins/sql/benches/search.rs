//! How long a search takes and how much it finds: `cargo bench -p galatea-sql --bench search [-- COUNT | sqlite | postgres …]`.
//!
//! Clustered vectors of 384 dimensions in an SQLite file and in PostgreSQL, of a whole agent, at 10 000 and 100 000 memories: p50,
//! p99 and recall@10 against an exact scan, alone and with a filter of one room in a hundred; then words, and what the first search
//! costs. For comparison the same vectors in an HNSW index of pgvector.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a bench tells what it measured")]

use galatea::{
    memory::{Content, Memory, MemoryKind},
    store::{NewVector, SearchFilter, Space, Store, text_hash},
};
use galatea_sql::{Durability, Settings, open};
use galatea_sql_testkit::Postgres;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
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
    let arguments: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let counts: Vec<usize> = arguments.iter().filter_map(|arg| arg.parse().ok()).collect();
    let counts = if counts.is_empty() { vec![10_000, 100_000] } else { counts };
    let named = |name: &str| arguments.iter().any(|arg| arg == name);
    let wanted = |name: &str| named(name) || !(named("sqlite") || named("postgres"));
    for count in counts {
        if wanted("sqlite") {
            runtime.block_on(on_sqlite(count));
        }
        if wanted("postgres") {
            runtime.block_on(on_postgres(count));
        }
    }
}

async fn on_sqlite(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("bench.db").display());
    let settings = Settings { url, durability: Durability::Crash, ..Settings::default() };
    println!("SQLite");
    measure(&*open(&settings, AGENT).await.unwrap(), count).await;
}

async fn on_postgres(count: usize) {
    let url = Postgres::shared().await.unwrap().database().await.unwrap();
    let settings = Settings { url, durability: Durability::Crash, ..Settings::default() };
    println!("PostgreSQL");
    let (middles, known) = measure(&*open(&settings, AGENT).await.unwrap(), count).await;
    hnsw(&settings.url, &middles, &known).await;
}

/// The same vectors with pgvector's index.
async fn hnsw(url: &str, middles: &[Vec<f32>], known: &[f32]) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let make = "CREATE EXTENSION vector; CREATE TABLE hnsw (number bigint, room bigint, near vector(384));
        SET maintenance_work_mem TO '512MB'; SET hnsw.ef_search TO 100; SET hnsw.iterative_scan TO strict_order";
    sqlx::raw_sql(make).execute(&mut connection).await.unwrap();
    let vectors: Vec<(i64, String)> =
        (0..).zip(known.chunks_exact(DIMENSION).map(|vector| format!("{vector:?}"))).collect();
    for some in vectors.chunks(1_000) {
        fill(&mut connection, some).await;
    }
    let index =
        "CREATE INDEX ON hnsw (room); CREATE INDEX ON hnsw USING hnsw (near vector_ip_ops); ANALYZE hnsw";
    let begun = Instant::now();
    sqlx::raw_sql(index).execute(&mut connection).await.unwrap();
    let built = begun.elapsed();
    let begun = Instant::now();
    fill(&mut connection, &vectors[..500]).await;
    let rate = 500.0 / begun.elapsed().as_secs_f64();
    sqlx::query("DELETE FROM hnsw WHERE ctid NOT IN (SELECT min(ctid) FROM hnsw GROUP BY number)")
        .execute(&mut connection)
        .await
        .unwrap();
    println!("pgvector HNSW: built in {:.1} s, then {rate:.0} vectors a second", built.as_secs_f64());
    let mut random = Random(1_181_783_497_276_652_981);
    let (mut times, mut in_room, mut hits) = (Times(Vec::new()), Times(Vec::new()), 0);
    for number in 0..QUERIES {
        let cluster = number * 31 % middles.len();
        let query = near(&middles[cluster], &mut random);
        let asked = format!("{query:?}");
        let nearest = "SELECT number FROM hnsw ORDER BY near <#> $1::text::vector LIMIT 10";
        let begun = Instant::now();
        let found: Vec<i64> =
            sqlx::query_scalar(nearest).bind(&asked).fetch_all(&mut connection).await.unwrap();
        times.0.push(begun.elapsed());
        let is_found = |id: &&Uuid| found.iter().any(|number| 1 + *number as u128 == id.as_u128());
        hits += exact(known, &query).iter().filter(is_found).count();
        let nearest = "SELECT number FROM hnsw WHERE room = $2 ORDER BY near <#> $1::text::vector LIMIT 10";
        let begun = Instant::now();
        let found: Vec<i64> = sqlx::query_scalar(nearest)
            .bind(&asked)
            .bind(cluster as i64)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        in_room.0.push(begun.elapsed());
        assert!(found.len() <= 10);
    }
    let recall = hits as f64 / (QUERIES * 10) as f64;
    println!("  vectors: {}, recall@10 {recall:.3}; in one room: {}", times.told(), in_room.told());
}

async fn fill(connection: &mut PgConnection, some: &[(i64, String)]) {
    sqlx::query(
        "INSERT INTO hnsw SELECT number, number / 100, near::vector FROM unnest($1::bigint[], $2::text[]) AS new (number, near)",
    )
    .bind(some.iter().map(|(number, _)| *number).collect::<Vec<_>>())
    .bind(some.iter().map(|(_, near)| near.as_str()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .unwrap();
}

/// Gives back the middles of the clusters and all vectors.
async fn measure(store: &dyn Store, count: usize) -> (Vec<Vec<f32>>, Vec<f32>) {
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
        // As a search leaves out *what* and *the*, the hundred commonest words are not asked for.
        let rare =
            |word: &&str| word.strip_prefix("word").and_then(|rank| rank.parse::<u32>().ok()) > Some(100);
        let all_words = words(&mut random) + " " + &words(&mut random);
        let text: String = all_words.split(' ').filter(rare).take(5).collect::<Vec<_>>().join(" ");
        let begun = Instant::now();
        store.search_words(&text, &all, 10).await.unwrap();
        times.0.push(begun.elapsed());
    }
    println!("  words (five): {}", times.told());
    (middles, known)
}

fn exact(known: &[f32], query: &[f32]) -> Vec<Uuid> {
    let score = |vector: &[f32]| vector.iter().zip(query).map(|(a, b)| a * b).sum::<f32>();
    let mut all: Vec<(f32, usize)> =
        known.chunks_exact(DIMENSION).enumerate().map(|(number, vector)| (score(vector), number)).collect();
    all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    all[..10].iter().map(|(_, number)| Uuid::from_u128(1 + *number as u128)).collect()
}
