//! What an agent remembers is found by words and by meaning; vectors are made in the background, once, and come back.

use crate::support::{ask, message, plan};
use galatea::{
    agent::{Agent, StartOptions},
    prelude::*,
    registry::Registry,
    search::Method,
    service::EmbedError,
    store::{InMemory, SearchStore as _, Store},
};
use jiff::Timestamp;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// Knows what floats, and notes every text.
#[plugin("floats")]
pub struct Floats;

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
static DOWN: AtomicBool = AtomicBool::new(false);
/// The tests here share the model.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// What floats, what flies, and everything else. It refuses `unspeakable` texts.
#[model(TextEmbedding, plugin = Floats)]
async fn floats(request: Request) -> Result<ModelAnswer, ModelError> {
    if DOWN.load(Ordering::SeqCst) {
        return Err(ModelError::Unauthorized("no key".to_owned()));
    }
    if request.texts().any(|text| text.contains("unspeakable")) {
        return Err(ModelError::Rejected("unspeakable".to_owned()));
    }
    SEEN.lock().unwrap().extend(request.texts().map(str::to_owned));
    let about = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    let vectors = request.texts().map(|text| {
        let floats = if about(text, &["ship", "vessel", "boat"]) { 1.0 } else { 0.1 };
        let flies = if about(text, &["plane", "kite"]) { 1.0 } else { 0.1 };
        vec![floats, flies, 0.3]
    });
    Ok(ModelAnswer { model: "floats-1".to_owned(), ..ModelAnswer::of_vectors(vectors.collect()) })
}

const PLAIN: &str = "name = \"Ada\"\n[plugins.puppet]\n";
const WITH_MODEL: &str = "name = \"Ada\"\n[plugins.puppet]\n[plugins.floats]\n";

async fn start(toml: &str, store: &Arc<InMemory>) -> Agent {
    let store: Arc<dyn Store> = Arc::clone(store) as _;
    let options = StartOptions { store: Some(store), ..StartOptions::default() };
    Agent::start(plan(toml), &Registry::linked().unwrap(), options).await.unwrap()
}

fn fact(agent: &Agent, number: i64, text: &str) -> Memory {
    let id = Uuid::from_u128(0xFAC7_0000 + number.unsigned_abs() as u128);
    let at = Timestamp::from_second(number).unwrap();
    Memory { id, at, kind: MemoryKind::Fact, ..message(agent, "room", "sam", text) }
}

fn seen(text: &str) -> usize {
    SEEN.lock().unwrap().iter().filter(|seen| *seen == text).count()
}

fn texts(found: &galatea::search::Found) -> Vec<&str> {
    found.hits.iter().map(|hit| hit.memory.content.text.as_str()).collect()
}

#[tokio::test]
async fn memories_are_found_by_words_and_by_meaning() {
    let _turn = TURN.lock().await;
    let store = Arc::new(InMemory::new());
    let agent = start(WITH_MODEL, &store).await;
    let all =
        ["the old vessel leaks", "a kite in the wind", "my ship is red", "bread and butter", "red bread"];
    let facts: Vec<Memory> = all.iter().zip(1..).map(|(text, number)| fact(&agent, number, text)).collect();
    agent.store().add_memories(&facts).await.unwrap();
    let progress = agent.memories_embedded().await.unwrap().unwrap();
    assert_eq!((progress.space.model.as_str(), progress.space.dimension, progress.done), ("floats-1", 3, 5));

    let query = SearchQuery::new("a red boat").kind(MemoryKind::Fact);
    let found = agent.search(&query).await.unwrap();
    assert_eq!(texts(&found)[0], "my ship is red", "the first by both");
    assert!(texts(&found)[..3].contains(&"the old vessel leaks"), "by meaning alone: {:?}", texts(&found));
    let (best, bread) =
        (&found.hits[0], found.hits.iter().find(|hit| hit.memory.content.text == "red bread").unwrap());
    assert_eq!((best.meaning.map(|place| place.place <= 2), bread.words.is_some()), (Some(true), true));
    assert!(best.to_string().starts_with("words #"), "{best}");
    assert!(matches!(&found.method, Method::WordsAndMeaning { space } if space.model == "floats-1"));
    assert_eq!(
        texts(&agent.search(&query.clone().until(Timestamp::from_second(3).unwrap())).await.unwrap()).len(),
        2
    );
    assert_eq!(agent.search(&query.clone().limit(1)).await.unwrap().hits.len(), 1);
    assert_eq!(seen("a red boat"), 1, "a query is embedded once");

    // The model fails: the words go on alone, and say why.
    DOWN.store(true, Ordering::SeqCst);
    let found = agent.search(&SearchQuery::new("bread, please")).await.unwrap();
    DOWN.store(false, Ordering::SeqCst);
    assert_eq!(texts(&found).len(), 2);
    assert!(found.method.to_string().contains("by words alone: no vector was made"), "{}", found.method);
    agent.stop().await;

    let agent = start(PLAIN, &store).await;
    let found = agent.search(&query).await.unwrap();
    assert_eq!(texts(&found).len(), 2, "what shares a word");
    assert_eq!(found.method.to_string(), "by words alone: no plugin serves the model kind `text-embedding`");
    assert!(agent.memories_embedded().await.unwrap().is_none() && !agent.has_embedder());
    agent.stop().await;
}

#[tokio::test]
async fn what_lacks_a_vector_gets_one_whatever_happened() {
    let _turn = TURN.lock().await;
    SEEN.lock().unwrap().clear();
    let store = Arc::new(InMemory::new());
    // Without a model nothing is made; what was written then is found at a later start.
    let agent = start(PLAIN, &store).await;
    let mut facts: Vec<Memory> =
        (1..=300).map(|number| fact(&agent, number, &format!("note {}", number % 100))).collect();
    facts.push(fact(&agent, 301, "unspeakable"));
    agent.store().add_memories(&facts).await.unwrap();
    ask(&agent, "say a kite").await;
    agent.stop().await;
    assert!(store.spaces().await.unwrap().is_empty());

    // The model is down at the start: it is tried again, and nothing is lost.
    DOWN.store(true, Ordering::SeqCst);
    let agent = start(WITH_MODEL, &store).await;
    let error = agent.memories_embedded().await.unwrap_err();
    assert!(matches!(&error, EmbedError::Failed(why) if why.contains("no key")), "{error}");
    DOWN.store(false, Ordering::SeqCst);
    let progress = agent.memories_embedded().await.unwrap().unwrap();
    assert_eq!((progress.waiting, progress.older.len()), (0, 0));
    let spaces = store.spaces().await.unwrap();
    assert_eq!((spaces.len(), spaces[0].vectors, spaces[0].lacking), (1, 302, 0), "all but the refused one");
    assert!((0..100).all(|note| seen(&format!("note {note}")) == 1), "texts that are alike are made once");

    // A turn's messages come by themselves.
    ask(&agent, "say my ship is in").await;
    for _ in 0..500 {
        if store.spaces().await.unwrap()[0].vectors == 304 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let found = agent.search(&SearchQuery::new("a vessel").kind(MemoryKind::Message)).await.unwrap();
    assert!(texts(&found)[..2].contains(&"my ship is in"), "{:?}", texts(&found));
    agent.stop().await;

    // The next start asks the model once which space is its own, and makes nothing anew.
    let before = SEEN.lock().unwrap().len();
    let agent = start(WITH_MODEL, &store).await;
    agent.memories_embedded().await.unwrap();
    assert_eq!(SEEN.lock().unwrap()[before..], ["Hello"]);
    agent.stop().await;
}
