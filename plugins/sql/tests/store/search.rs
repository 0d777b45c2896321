//! Searches in a file: what other processes write, what was there before there were searches, what is erased, and a change of
//! the embedding model under way.

use super::{at, message};
use galatea::{
    agent::{Agent, Incoming, StartOptions},
    character::Document,
    diagnostic::Source,
    event::EmbeddingProgress,
    plan::Plan,
    prelude::*,
    registry::Registry,
    search::Method,
    store::{MemoryStore as _, NewVector, Scored, SearchFilter, SearchStore as _, Space, text_hash},
    testing::store::AGENT,
    turn::RunStatus,
};
use galatea_sql::{Settings, SqliteStore};
use sqlx::{Connection, SqliteConnection};
use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

fn fact(agent: Uuid, number: u128, text: &str) -> Memory {
    let message = message(Uuid::from_u128(number));
    Memory { agent, kind: MemoryKind::Fact, content: Content::text(text), ..message }
}

fn numbers(found: &[Scored]) -> Vec<u128> {
    found.iter().map(|one| one.id.as_u128()).collect()
}

async fn by_word(store: &SqliteStore, word: &str) -> Vec<u128> {
    numbers(&store.search_words(word, &SearchFilter::default(), 10).await.unwrap())
}

async fn raw(file: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap()
}

#[tokio::test]
async fn memories_of_an_older_version_get_their_words_at_the_first_search() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let store = SqliteStore::open(&at(&file), AGENT).await.unwrap();
    let texts = ["a harbour", "the…harbour—Köln", "世界"];
    for (text, number) in texts.iter().zip(1..) {
        store.add_memories(&[fact(AGENT, number, text)]).await.unwrap();
    }
    let mut connection = raw(&file).await;
    let before =
        "UPDATE memories SET words = NULL; INSERT INTO memory_words (memory_words) VALUES ('delete-all')";
    sqlx::raw_sql(before).execute(&mut connection).await.unwrap();
    let mut found = by_word(&store, "harbour").await;
    found.sort_unstable();
    assert_eq!(found, [1, 2]);
    assert_eq!((by_word(&store, "köln").await, by_word(&store, "界").await), (vec![2], vec![3]));
    store.delete_memories(&[Uuid::from_u128(1)]).await.unwrap();
    assert_eq!(by_word(&store, "harbour").await, [2]);
}

#[tokio::test]
async fn what_is_deleted_leaves_the_index_of_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let store = SqliteStore::open(&at(&file), AGENT).await.unwrap();
    let texts = ["plain words", "the xylophonist of Bergen", "more plain words"];
    for (text, number) in texts.iter().zip(1..) {
        store.add_memories(&[fact(AGENT, number, text)]).await.unwrap();
    }
    let mut connection = raw(&file).await;
    let holds = "SELECT count(*) FROM memory_words_data WHERE instr(hex(block), hex('xylophonist')) > 0";
    let held: i64 = sqlx::query_scalar(holds).fetch_one(&mut connection).await.unwrap();
    assert_eq!(held, 1);
    store.delete_memories(&[Uuid::from_u128(2)]).await.unwrap();
    let held: i64 = sqlx::query_scalar(holds).fetch_one(&mut connection).await.unwrap();
    assert_eq!(held, 0);
    assert_eq!((by_word(&store, "xylophonist").await, by_word(&store, "plain").await.len()), (vec![], 2));
}

#[tokio::test]
async fn agents_and_processes_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let here = SqliteStore::open(&at(&file), AGENT).await.unwrap();
    // Other settings are other connections, as if of another process.
    let there = SqliteStore::open(&Settings { lock_wait_ms: 4_000, ..at(&file) }, AGENT).await.unwrap();
    let other = Uuid::from_u128(0xB0B);
    let stranger = SqliteStore::open(&at(&file), other).await.unwrap();
    let space = Space { model: "m".to_owned(), dimension: 2 };
    let vector = |number: u128, vector: [f32; 2]| NewVector {
        memory: Uuid::from_u128(number),
        hash: text_hash("x"),
        vector: Some(vector.to_vec()),
    };
    let all = SearchFilter::default();
    stranger.add_memories(&[fact(other, 9, "cold harbour")]).await.unwrap();
    stranger.put_vectors(&space, &[vector(9, [1.0, 0.0])]).await.unwrap();
    for (number, direction) in [(1, [1.0, 0.0]), (2, [0.0, 1.0])] {
        here.add_memories(&[fact(AGENT, number, "cold harbour")]).await.unwrap();
        here.put_vectors(&space, &[vector(number, direction)]).await.unwrap();
        let found = there.search_vectors(&space, &[0.0, 1.0], &all, 9).await.unwrap();
        assert_eq!(found[0].id.as_u128(), number);
        assert_eq!((found.len() as u128, by_word(&there, "harbour").await.len() as u128), (number, number));
    }
    here.delete_memories(&[Uuid::from_u128(1)]).await.unwrap();
    assert_eq!(numbers(&there.search_vectors(&space, &[1.0, 0.0], &all, 9).await.unwrap()), [2]);
    assert_eq!(numbers(&stranger.search_vectors(&space, &[1.0, 0.0], &all, 9).await.unwrap()), [9]);
    assert_eq!((by_word(&there, "harbour").await, by_word(&stranger, "harbour").await), (vec![2], vec![9]));
    here.delete_space(&space).await.unwrap();
    assert!(there.search_vectors(&space, &[1.0, 0.0], &all, 9).await.unwrap().is_empty());
    assert_eq!(stranger.spaces().await.unwrap()[0].vectors, 1);
}

/// A model by hashing: `w7` and `syn7` mean the same, and nothing else does.
#[plugin("hash-a")]
pub struct HashA;

/// The same with other vectors, and slower.
#[plugin("hash-b")]
pub struct HashB;

fn hashed(text: &str, seed: u64, dimension: usize) -> Vec<f32> {
    let mut vector = vec![0.01; dimension];
    for word in text.split_whitespace() {
        let meaning: u64 = word.trim_start_matches(char::is_alphabetic).parse().unwrap_or(0);
        let mut state = (meaning + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ seed;
        for _ in 0..8 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let place = usize::try_from(state % dimension as u64).unwrap();
            vector[place] += if state & (1 << 40) == 0 { 1.0 } else { -1.0 };
        }
    }
    vector
}

/// Vectors of 96 numbers.
#[model(TextEmbedding, plugin = HashA)]
async fn hash_a(request: Request) -> ModelAnswer {
    let vectors = request.texts().map(|text| hashed(text, 1, 96)).collect();
    ModelAnswer { model: "hash-a".to_owned(), ..ModelAnswer::of_vectors(vectors) }
}

/// Vectors of 128 numbers.
#[model(TextEmbedding, plugin = HashB)]
async fn hash_b(request: Request) -> ModelAnswer {
    tokio::time::sleep(Duration::from_millis(10)).await;
    let vectors = request.texts().map(|text| hashed(text, 2, 128)).collect();
    ModelAnswer { model: "hash-b".to_owned(), ..ModelAnswer::of_vectors(vectors) }
}

/// Answers with what it remembers.
#[plugin("recaller")]
pub struct Recaller;

/// How the searches of turns were made.
static METHODS: Mutex<Vec<Method>> = Mutex::new(Vec::new());

/// What fits the message.
#[provider(plugin = Recaller)]
async fn recalled(message: Message, search: Search) -> Result<Context, galatea::store::StoreError> {
    let query = SearchQuery::new(message.content.text.as_str()).kind(MemoryKind::Fact);
    let found = search.find(&query).await?;
    METHODS.lock().unwrap_or_else(PoisonError::into_inner).push(found.method.clone());
    let texts: Vec<String> = found.into_memories().into_iter().map(|memory| memory.content.text).collect();
    Ok(Context::text(texts.join("\n")))
}

/// Says what the providers told.
#[model(TextSmall, TextLarge, plugin = Recaller)]
async fn repeat(request: Request) -> ModelAnswer {
    ModelAnswer::text(request.context.clone())
}

fn plan(file: &Path, embedder: &str) -> (Plan, Registry) {
    let registry = Registry::linked().unwrap();
    let url = format!("sqlite://{}", file.display());
    let text = format!(
        "name = \"Recall\"\n[plugins.sql]\nurl = \"{url}\"\ndurability = \"crash\"\n[plugins.recaller]\n[plugins.{embedder}]\n"
    );
    let (document, problems) = Document::parse(Source { path: "test.toml".to_owned(), text: text.into() });
    assert!(problems.is_empty(), "{problems:?}");
    (Plan::of(&registry, &document).unwrap_or_else(|report| panic!("{report:#?}")), registry)
}

const MEMORIES: usize = 10_000;

/// The meanings of a memory's text.
fn meanings(number: usize) -> [usize; 4] {
    [number * 7, number * 131 + 5, number * 1_009 + 11, number * 3_001 + 17].map(|meaning| meaning % 4_001)
}

fn text(number: usize, word: &str) -> String {
    meanings(number).map(|meaning| format!("{word}{meaning}")).join(" ")
}

/// Whether a turn recalls a memory that is asked for in other words.
async fn recalls(agent: &Agent, number: usize) -> bool {
    let question = Incoming::direct("test", "room", "sam", &text(number, "syn"));
    let (replies, record) = agent.send(question).await.unwrap().finish().await;
    let record = record.unwrap();
    assert_eq!(record.status, RunStatus::Completed, "{:?}", record.error);
    assert!(record.providers.iter().all(|provider| provider.error.is_none()), "{:?}", record.providers);
    replies.iter().any(|reply| reply.content.text.contains(&text(number, "w")))
}

async fn recall(agent: &Agent, turns: usize) -> f64 {
    let mut hits = 0;
    for turn in 0..turns {
        hits += usize::from(recalls(agent, turn * 241 % MEMORIES).await);
    }
    hits as f64 / turns as f64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_recalls_while_its_embedding_model_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recall.db");
    let (first, registry) = plan(&file, "hash-a");
    let agent = Agent::start(first, &registry, StartOptions::default()).await.unwrap();
    let all: Vec<Memory> =
        (0..MEMORIES).map(|number| fact(agent.id(), 1 + number as u128, &text(number, "w"))).collect();
    agent.store().add_memories(&all).await.unwrap();
    let progress = agent.memories_embedded().await.unwrap().unwrap();
    assert_eq!((progress.space.model.as_str(), progress.waiting), ("hash-a", 0));
    let before = recall(&agent, 40).await;

    let told = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&told);
    let _progress = agent.on(move |_: Arc<EmbeddingProgress>| {
        counter.fetch_add(1, Ordering::Relaxed);
        std::future::ready(())
    });
    agent.apply(plan(&file, "hash-b").0).await.unwrap();
    METHODS.lock().unwrap().clear();
    let (mut turns, mut hits) = (0, 0);
    while agent.embedding_progress().is_none_or(|now| now.space.model != "hash-b" || now.waiting > 0) {
        hits += usize::from(recalls(&agent, turns * 241 % MEMORIES).await);
        turns += 1;
    }
    let methods = std::mem::take(&mut *METHODS.lock().unwrap());
    let changing = methods.iter().filter(|method| matches!(method, Method::Changing { .. })).count();
    let during = hits as f64 / turns as f64;

    agent.memories_embedded().await.unwrap();
    let after = recall(&agent, 40).await;
    println!(
        "recall before {before:.3}, during {during:.3} ({turns} turns, {changing} of both spaces), after {after:.3}"
    );
    assert!(turns >= 10 && changing >= 5, "{turns} turns, {changing} of both spaces");
    assert!(before >= 0.95 && during >= 0.95 && after >= 0.95, "{before} {during} {after}");
    assert!(
        matches!(METHODS.lock().unwrap().last(), Some(Method::WordsAndMeaning { space }) if space.dimension == 128)
    );
    let spaces = agent.store().spaces().await.unwrap();
    assert_eq!((spaces.len(), spaces[0].space.model.as_str()), (1, "hash-b"), "{spaces:?}");
    assert!(spaces[0].vectors >= MEMORIES as u64);
    let told = told.load(Ordering::Relaxed);
    assert!(told >= 10, "{told} events of progress");

    // The end in the middle of a change, and another start: what the new model has not seen is found all the same.
    agent.apply(plan(&file, "hash-a").0).await.unwrap();
    agent.stop().await;
    let agent = Agent::start(plan(&file, "hash-b").0, &registry, StartOptions::default()).await.unwrap();
    agent.memories_embedded().await.unwrap();
    let spaces = agent.store().spaces().await.unwrap();
    assert_eq!((spaces.len(), spaces[0].lacking), (1, 0), "{spaces:?}");
    assert!(recall(&agent, 20).await >= 0.95);
    agent.stop().await;
}
