//! What plugins have without another plugin: pool, cache, analytics, embeddings.

use crate::support::{ask, plan, start};
use futures_util::future::join_all;
use galatea::{
    agent::StartOptions,
    prelude::*,
    registry::Registry,
    service::{EmbedError, PoolError, Priority},
};
use serde_json::json;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

async fn timed(toml: &str) -> (Agent, Clock) {
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    (Agent::start(plan(toml), &Registry::linked().unwrap(), options).await.unwrap(), clock)
}

const ADA: &str = "name = \"Ada\"\n[plugins.puppet]\n";

#[tokio::test]
async fn a_pool_shares_one_object_a_kind_and_config_while_somebody_holds_it() {
    let agent = start(ADA).await;
    let pool = Pool::of(&agent);
    let made = Arc::new(AtomicUsize::new(0));
    let get = |kind: &'static str, config: serde_json::Value| {
        let (pool, made) = (pool.clone(), Arc::clone(&made));
        async move {
            let make = |config: serde_json::Value| async move {
                tokio::task::yield_now().await;
                made.fetch_add(1, Ordering::SeqCst);
                if config["broken"] == true { Err("no route") } else { Ok(config.to_string()) }
            };
            pool.get::<String, _, _, _>(kind, &config, make).await
        }
    };
    // However many ask at once, and whatever the order of keys.
    let asked = join_all((0..8).map(|i| {
        get(
            "db",
            if i % 2 == 0 {
                json!({"a": 1, "b": {"c": 2, "d": 3}})
            } else {
                json!({"b": {"d": 3, "c": 2}, "a": 1})
            },
        )
    }));
    let shared: Vec<Arc<String>> = asked.await.into_iter().map(Result::unwrap).collect();
    assert_eq!(made.load(Ordering::SeqCst), 1);
    assert!(shared.iter().all(|one| Arc::ptr_eq(one, &shared[0])));
    // Another config, another kind, another type: another object.
    let _other = get("db", json!({"a": 2})).await.unwrap();
    let _kind = get("cache", json!({"a": 1, "b": {"c": 2, "d": 3}})).await.unwrap();
    assert_eq!(made.load(Ordering::SeqCst), 3);
    let number = pool.get("db", &json!({"a": 2}), |_| async { Ok::<u8, String>(7) }).await.unwrap();
    assert_eq!(*number, 7);
    // Nobody holds it: it is gone, and made anew.
    let weak = Arc::downgrade(&shared[0]);
    drop(shared);
    assert!(weak.upgrade().is_none());
    get("db", json!({"a": 1, "b": {"c": 2, "d": 3}})).await.unwrap();
    assert_eq!(made.load(Ordering::SeqCst), 4);
    // A failure is nobody's.
    let error = get("db", json!({"broken": true})).await.unwrap_err();
    assert_eq!(error, PoolError::Make { kind: "db".to_owned(), why: "no route".to_owned() });
}

#[tokio::test]
async fn a_pool_never_compares_secrets_in_clear() {
    #[derive(Clone, serde::Serialize)]
    struct Settings {
        key: Secret,
    }
    let agent = start(ADA).await;
    let config = Settings { key: Secret::new("hunter2") };
    let make = |_| async { Ok::<u8, String>(1) };
    let error = Pool::of(&agent).get("api", &config, make).await.unwrap_err().to_string();
    assert!(error.contains("`api`") && error.contains("reference") && !error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_cache_keeps_values_for_their_time_and_by_plugin() {
    let (agent, clock) = timed(ADA).await;
    let (mine, other) = (Cache::of(&agent, "mine"), Cache::of(&agent, "other"));
    mine.set("k", 1_u32, Duration::from_secs(10)).await;
    other.set("k", "two".to_owned(), Duration::from_secs(10)).await;
    assert_eq!(mine.get::<u32>("k").await, Some(1));
    assert_eq!(other.get::<String>("k").await.as_deref(), Some("two"));
    assert_eq!(mine.get::<String>("k").await, None, "no text is there");
    clock.advance(Duration::from_secs(9));
    assert_eq!(Cache::of(&agent, "mine").get::<u32>("k").await, Some(1), "the same for every handler");
    clock.advance(Duration::from_secs(1));
    assert_eq!(mine.get::<u32>("k").await, None);
    mine.set("k", 3_u32, Duration::from_secs(10)).await;
    mine.remove("k").await;
    assert_eq!(mine.get::<u32>("k").await, None);
    mine.set("k", 4_u32, Duration::from_secs(10)).await;
    mine.clear();
    assert_eq!(mine.get::<u32>("k").await, None);

    let durable = mine.durable();
    durable.set("k", &json!([1]), None).await.unwrap();
    assert_eq!(durable.get::<Vec<u8>>("k").await.unwrap(), Some(vec![1]));
    assert_eq!(durable.get::<String>("k").await.unwrap(), None);
    assert_eq!(other.durable().get::<Vec<u8>>("k").await.unwrap(), None);
    durable.remove("k").await.unwrap();
    assert_eq!(durable.get::<Vec<u8>>("k").await.unwrap(), None);
}

#[tokio::test]
async fn a_cached_value_is_made_once_and_a_failure_is_shared_but_not_kept() {
    let (agent, clock) = timed(ADA).await;
    let cache = Cache::of(&agent, "mine");
    let made = Arc::new(AtomicUsize::new(0));
    let fails = Arc::new(AtomicBool::new(true));
    let get = || {
        let (cache, made, fails) = (cache.clone(), Arc::clone(&made), Arc::clone(&fails));
        async move {
            let make = || async move {
                tokio::time::sleep(Duration::from_millis(10)).await;
                let number = made.fetch_add(1, Ordering::SeqCst) + 1;
                if fails.load(Ordering::SeqCst) { Err("no answer") } else { Ok(number) }
            };
            cache.get_or_make("k", Duration::from_secs(60), make).await
        }
    };
    for result in join_all((0..10).map(|_| get())).await {
        assert_eq!(result.unwrap_err().to_string(), "the value `k` could not be made: no answer");
    }
    assert_eq!(made.load(Ordering::SeqCst), 1);
    fails.store(false, Ordering::SeqCst);
    for result in join_all((0..10).map(|_| get())).await {
        assert_eq!(result, Ok(2));
    }
    clock.advance(Duration::from_secs(59));
    assert_eq!(get().await, Ok(2));
    clock.advance(Duration::from_secs(1));
    for result in join_all((0..10).map(|_| get())).await {
        assert_eq!(result, Ok(3));
    }
}

#[tokio::test]
async fn a_stale_value_is_given_while_one_new_one_is_made() {
    let (agent, clock) = timed(ADA).await;
    let cache = Cache::of(&agent, "mine");
    let made = Arc::new(AtomicUsize::new(0));
    let fails = Arc::new(AtomicBool::new(false));
    let get = || {
        let (cache, made, fails) = (cache.clone(), Arc::clone(&made), Arc::clone(&fails));
        async move {
            let make = move || async move {
                let number = made.fetch_add(1, Ordering::SeqCst) + 1;
                if fails.load(Ordering::SeqCst) { Err("no answer") } else { Ok(number) }
            };
            cache.get_or_renew("k", Duration::from_secs(10), Duration::from_secs(20), make).await
        }
    };
    let settle = || async {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    };
    assert_eq!(get().await, Ok(1));
    clock.advance(Duration::from_secs(10));
    fails.store(true, Ordering::SeqCst);
    assert_eq!((get().await, get().await), (Ok(1), Ok(1)));
    settle().await;
    assert_eq!(made.load(Ordering::SeqCst), 2, "one new value for both, and it failed");
    fails.store(false, Ordering::SeqCst);
    assert_eq!(get().await, Ok(1));
    settle().await;
    assert_eq!(get().await, Ok(3));
    fails.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(30));
    assert!(get().await.is_err(), "too old to be given");
}

/// Counts and caches in its handlers.
#[plugin("counter")]
pub struct Counter;

/// Notes how it feels.
#[action(plugin = Counter)]
async fn feel(analytics: Analytics, cache: Cache) -> Result<String, galatea::service::CacheError> {
    analytics.note("sentiment", 0.5);
    analytics.note("sentiment", -1.5);
    analytics.note("sentiment", f64::NAN);
    cache.get_or_make("mood", Duration::from_secs(60), || async { Ok::<_, String>("fine".to_owned()) }).await
}

/// Cannot.
#[action(plugin = Counter)]
async fn cannot() -> Result<(), String> {
    Err("no".to_owned())
}

/// The sky.
#[provider(plugin = Counter)]
async fn sky() -> String {
    "blue".to_owned()
}

/// Looks back.
#[evaluator(plugin = Counter)]
async fn look(_replies: Replies) {}

#[tokio::test]
async fn an_agent_counts_what_it_does() {
    let agent = start(&format!("{ADA}[plugins.counter]\n")).await;
    ask(&agent, "do FEEL,CANNOT").await;
    ask(&agent, "say hello").await;
    // The evaluators of the last turn run after its reply.
    agent.stop().await;
    let counted = agent.analytics();
    assert_eq!((counted.turns.calls, counted.turns.failures), (2, 0));
    assert_eq!(counted.turns_by_status, [("completed", 2)].into());
    let calls = |parts: &[galatea::service::PartCounted]| -> Vec<(&str, &str, u64, u64)> {
        parts.iter().map(|p| (p.plugin, p.name, p.counted.calls, p.counted.failures)).collect()
    };
    assert_eq!(calls(&counted.actions), [("counter", "CANNOT", 1, 1), ("counter", "FEEL", 1, 0)]);
    assert_eq!(calls(&counted.providers), [("counter", "SKY", 2, 0)]);
    assert_eq!(calls(&counted.evaluators), [("counter", "LOOK", 2, 0)]);
    let models: Vec<_> =
        counted.models.iter().map(|m| (m.plugin, m.kind.as_str(), m.counted.failures)).collect();
    assert_eq!(models, [("puppet", "text-large", 0)]);
    assert!(counted.turns.longest_micros <= counted.turns.micros);
    let noted = &counted.noted[0];
    assert_eq!((noted.plugin, noted.name.as_str(), noted.count), ("counter", "sentiment", 2));
    assert_eq!((noted.sum, noted.least, noted.most, noted.latest), (-1.0, -1.5, 0.5, -1.5));
    assert!(serde_json::to_value(&counted).unwrap()["actions"][0]["calls"] == 1);
}

/// Makes vectors: the length of the text. `bad` texts it refuses, in batches too.
#[plugin("vectors")]
pub struct Vectors;

static BATCHES: Mutex<Vec<Vec<String>>> = Mutex::new(Vec::new());
static BUSY: AtomicUsize = AtomicUsize::new(0);

/// The length of each text.
#[model(TextEmbedding, plugin = Vectors)]
async fn lengths(request: Request) -> Result<ModelAnswer, ModelError> {
    let texts: Vec<String> = request.texts().map(str::to_owned).collect();
    BATCHES.lock().unwrap().push(texts.clone());
    tokio::task::yield_now().await;
    if BUSY.load(Ordering::SeqCst) > 0 {
        BUSY.fetch_sub(1, Ordering::SeqCst);
        return Err(ModelError::RateLimited { retry_after: Some(Duration::from_secs(30)) });
    }
    if texts.iter().any(|text| text == "bad") {
        return Err(ModelError::Rejected("too long".to_owned()));
    }
    #[allow(clippy::cast_precision_loss, reason = "texts are short")]
    Ok(ModelAnswer::of_vectors(texts.iter().map(|text| vec![text.len() as f32]).collect()))
}

#[tokio::test]
async fn texts_become_vectors_in_batches_by_priority() {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = TURN.lock().await;
    let (agent, clock) = timed(&format!("{ADA}[plugins.vectors]\n")).await;
    let embeddings = Embeddings::of(&agent);
    // A first one makes the others wait; then the urgent ones go first.
    let texts = |priority: Priority, count: usize, name: &str| {
        let texts: Vec<String> = (0..count).map(|i| format!("{name}{i:02}")).collect();
        embeddings.embed_all(texts, priority)
    };
    let (first, low, high) = tokio::join!(
        embeddings.embed("a", Priority::Normal),
        texts(Priority::Low, 40, "low"),
        texts(Priority::High, 2, "high")
    );
    assert_eq!(first.unwrap(), [1.0]);
    assert_eq!(low.unwrap(), vec![vec![5.0]; 40]);
    assert_eq!(high.unwrap(), vec![vec![6.0]; 2]);
    let batches = std::mem::take(&mut *BATCHES.lock().unwrap());
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [32, 11]);
    assert_eq!(batches[0][..3], ["high00", "high01", "a"]);

    // One bad text does not spoil the others.
    let vectors =
        join_all(["x", "bad", "yy", "zzz"].map(|text| embeddings.embed(text, Priority::Normal))).await;
    let told: Vec<_> = vectors.iter().map(|v| v.as_ref().ok().map(|v| v[0])).collect();
    assert_eq!(told, [Some(1.0), None, Some(2.0), Some(3.0)]);
    assert!(vectors[1].as_ref().unwrap_err().to_string().contains("too long"));

    // An overloaded model is asked again, when it said.
    BUSY.store(1, Ordering::SeqCst);
    let waiting = tokio::spawn({
        let embeddings = embeddings.clone();
        async move { embeddings.embed("again", Priority::High).await }
    });
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    clock.advance(Duration::from_secs(29));
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    clock.advance(Duration::from_secs(1));
    assert_eq!(waiting.await.unwrap().unwrap(), [5.0]);

    // A full queue says so, or is waited for.
    BUSY.store(1, Ordering::SeqCst);
    let waiting = tokio::spawn({
        let embeddings = embeddings.clone();
        async move { embeddings.embed_all((0..1500).map(|i| i.to_string()), Priority::Low).await }
    });
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    let full = embeddings.try_embed("one more", Priority::High).await;
    assert_eq!(full, Err(EmbedError::Full { waiting: 1000 }));
    clock.advance(Duration::from_secs(60));
    assert_eq!(waiting.await.unwrap().unwrap().len(), 1500);
}

#[tokio::test]
async fn without_a_model_there_are_no_vectors() {
    let agent = start(ADA).await;
    let error = Embeddings::of(&agent).embed("a", Priority::High).await.unwrap_err().to_string();
    assert!(error.contains("no plugin serves the model kind `text-embedding`"), "{error}");
}
