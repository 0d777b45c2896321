//! Cached results of providers: who shares them, for how long, and what happens to those who want one at once.

use crate::support::{message, plan, start, until};
use futures_util::future::join_all;
use galatea::{
    agent::{Agent, StartOptions},
    clock::Clock,
    prelude::*,
    registry::Registry,
    turn::Selection,
};
use std::{collections::BTreeMap, sync::Mutex, time::Duration};
use uuid::Uuid;

/// Providers with caches.
#[plugin("cached")]
pub struct Cached;

/// How often each source ran, by agent: the tests run side by side.
static RUNS: Mutex<BTreeMap<(Uuid, &str), u32>> = Mutex::new(BTreeMap::new());

fn ran(agent: &Agent, name: &'static str) -> u32 {
    let mut runs = RUNS.lock().unwrap();
    let count = runs.entry((agent.id(), name)).or_default();
    *count += 1;
    *count
}

fn runs(agent: &Agent, name: &'static str) -> u32 {
    RUNS.lock().unwrap().get(&(agent.id(), name)).copied().unwrap_or_default()
}

fn first_word(message: &Memory) -> String {
    assert!(!message.content.text.starts_with("panic"), "no key");
    message.content.text.split(' ').next().unwrap_or_default().to_owned()
}

/// For everybody.
#[provider(plugin = Cached, dynamic, cache(ttl = "60s", per = agent))]
async fn for_all(agent: Agent) -> String {
    format!("made {}", ran(&agent, "FOR_ALL"))
}

/// For a room.
#[provider(plugin = Cached, dynamic, cache(ttl = "60s", per = room))]
async fn for_room(agent: Agent) -> String {
    format!("made {}", ran(&agent, "FOR_ROOM"))
}

/// For who asks, where they ask.
#[provider(plugin = Cached, dynamic, cache(ttl = "60s"))]
async fn for_one(agent: Agent) -> String {
    format!("made {}", ran(&agent, "FOR_ONE"))
}

/// For the first word.
#[provider(plugin = Cached, dynamic, cache(ttl = "60s", key = first_word))]
async fn for_word(agent: Agent) -> String {
    format!("made {}", ran(&agent, "FOR_WORD"))
}

/// Takes a while.
#[provider(plugin = Cached, dynamic, cache(ttl = "60s", per = agent))]
async fn slowly(agent: Agent) -> String {
    let count = ran(&agent, "SLOWLY");
    tokio::time::sleep(Duration::from_millis(40)).await;
    format!("made {count}")
}

/// Fails, then panics, then takes too long, then works.
#[provider(plugin = Cached, dynamic, timeout = "50ms", cache(ttl = "60s", per = agent))]
async fn at_last(agent: Agent) -> Result<String, String> {
    let count = ran(&agent, "AT_LAST");
    tokio::time::sleep(Duration::from_millis(20)).await;
    match count {
        1 => return Err("no line".to_owned()),
        2 => panic!("a bug"),
        3 => tokio::time::sleep(Duration::from_secs(60)).await,
        _ => {}
    }
    Ok(format!("made {count}"))
}

/// Old while a new one is made; the second one fails.
#[provider(plugin = Cached, dynamic, cache(ttl = "60s", stale_while_revalidate, per = agent))]
async fn stale(agent: Agent) -> Result<String, String> {
    let count = ran(&agent, "STALE");
    tokio::time::sleep(Duration::from_millis(20)).await;
    if count == 2 { Err("no line".to_owned()) } else { Ok(format!("made {count}")) }
}

/// What one provider tells about a message, or why it was left out.
async fn told(agent: &Agent, provider: &str, message: &Memory) -> Result<String, String> {
    let selection = Selection::Only(vec![provider.to_owned()]);
    let (composed, mut records) = agent.compose(message, &selection).await.unwrap();
    assert_eq!(records.len(), 1, "{records:?}");
    match records.remove(0).error {
        Some(error) => Err(error),
        None => Ok(composed.text.clone()),
    }
}

async fn agent(name: &str) -> Agent {
    start(&format!("name = \"{name}\"\n[plugins.cached]")).await
}

/// An agent whose time the test moves.
async fn timed_agent(name: &str) -> Agent {
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let options = StartOptions { clock, ..StartOptions::default() };
    let plan = plan(&format!("name = \"{name}\"\n[plugins.cached]"));
    Agent::start(plan, &Registry::linked().unwrap(), options).await.unwrap()
}

#[tokio::test]
async fn a_result_is_shared_by_those_it_is_for() {
    let agent = agent("Sharing").await;
    for (name, wanted) in [
        ("FOR_ALL", [1, 1, 1, 1, 1]),
        ("FOR_ROOM", [1, 1, 2, 1, 2]),
        ("FOR_ONE", [1, 2, 3, 1, 3]),
        ("FOR_WORD", [1, 1, 2, 2, 1]),
    ] {
        let asked = [
            ("a", "sam", "x 1"),
            ("a", "kim", "x 2"),
            ("b", "sam", "y"),
            ("a", "sam", "y"),
            ("b", "sam", "x"),
        ];
        for ((room, from, text), wanted) in asked.into_iter().zip(wanted) {
            let about = message(&agent, room, from, text);
            assert_eq!(told(&agent, name, &about).await.unwrap(), format!("made {wanted}"), "{name} {text}");
        }
    }
    let about = message(&agent, "a", "sam", "panic");
    assert_eq!(told(&agent, "FOR_WORD", &about).await, Err("panicked: no key".to_owned()));
}

#[tokio::test]
async fn a_result_ends_with_its_time() {
    let agent = timed_agent("Ending").await;
    let about = message(&agent, "a", "sam", "x");
    for (seconds, wanted) in [(0, 1), (59, 1), (1, 2), (59, 2), (3600, 3)] {
        agent.clock().advance(Duration::from_secs(seconds));
        assert_eq!(told(&agent, "FOR_ALL", &about).await.unwrap(), format!("made {wanted}"), "{seconds}");
    }
    agent.clock().set("2025-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(told(&agent, "FOR_ALL", &about).await.unwrap(), "made 4", "the age is not known any more");
}

#[tokio::test]
async fn those_who_miss_at_once_share_one_run() {
    let agent = agent("Crowd").await;
    let about = message(&agent, "a", "sam", "x");
    let first = tokio::spawn({
        let (agent, about) = (agent.clone(), about.clone());
        async move { told(&agent, "SLOWLY", &about).await }
    });
    until("it runs", async || runs(&agent, "SLOWLY") == 1).await;
    // Who asked first goes away; the others do not suffer from it.
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let all = join_all((0..20).map(|_| told(&agent, "SLOWLY", &about))).await;
    assert_eq!(all, vec![Ok("made 1".to_owned()); 20]);
    assert_eq!(runs(&agent, "SLOWLY"), 1);
}

#[tokio::test]
async fn a_failure_is_told_to_all_who_wait_and_not_kept() {
    let agent = agent("Trouble").await;
    let about = message(&agent, "a", "sam", "x");
    for (run, wanted) in [
        (1, Err("no line")),
        (2, Err("panicked: a bug")),
        (3, Err("took longer than 50ms and was stopped")),
        (4, Ok("made 4")),
        (4, Ok("made 4")),
    ] {
        let all = join_all((0..5).map(|_| told(&agent, "AT_LAST", &about))).await;
        let wanted = wanted.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(all, vec![wanted; 5]);
        assert_eq!(runs(&agent, "AT_LAST"), run);
    }
}

#[tokio::test]
async fn a_stale_result_is_told_while_one_new_is_made() {
    let agent = timed_agent("Stale").await;
    let about = message(&agent, "a", "sam", "x");
    assert_eq!(told(&agent, "STALE", &about).await.unwrap(), "made 1");
    // The second run fails: the old result stays, and the next one who asks has it tried again.
    for (run, wanted) in [(2, "made 1"), (3, "made 3")] {
        agent.clock().advance(Duration::from_secs(60));
        let all = join_all((0..20).map(|_| told(&agent, "STALE", &about))).await;
        assert_eq!(all, vec![Ok("made 1".to_owned()); 20], "nobody waits");
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(runs(&agent, "STALE"), run, "one new one is made");
        if run == 3 {
            assert_eq!(told(&agent, "STALE", &about).await.unwrap(), wanted);
        }
    }
}

#[tokio::test]
async fn no_more_than_so_many_results_are_kept() {
    let agent = timed_agent("Bounded").await;
    let about = |number: u32| message(&agent, "a", "sam", &format!("{number} x"));
    for number in 0..=1024 {
        agent.clock().advance(Duration::from_millis(1));
        told(&agent, "FOR_WORD", &about(number)).await.unwrap();
    }
    assert_eq!(runs(&agent, "FOR_WORD"), 1025);
    told(&agent, "FOR_WORD", &about(1024)).await.unwrap();
    told(&agent, "FOR_WORD", &about(1)).await.unwrap();
    assert_eq!(runs(&agent, "FOR_WORD"), 1025, "the newest are kept");
    told(&agent, "FOR_WORD", &about(0)).await.unwrap();
    assert_eq!(runs(&agent, "FOR_WORD"), 1026, "the oldest had to go");
}
