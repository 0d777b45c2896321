//! Providers that tell by themselves: turns see the latest item, streams are kept running, nothing is left behind.

use crate::support::{ask, message, plan, until};
use galatea::{
    agent::{Agent, StartError, StartOptions},
    clock::Clock,
    event::{EventType, ProviderEnded},
    prelude::*,
    provider::stream,
    registry::Registry,
    turn::Selection,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Tells what a feed says.
#[plugin("ticker")]
pub struct Ticker;

/// What a stream shall do next.
enum Next {
    Tell(&'static str),
    Fail(&'static str),
    End,
    Panic,
}

/// Does what the test wants.
pub struct Feed {
    wanted: mpsc::UnboundedSender<Next>,
    next: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Next>>>,
}

/// Does what the test wants.
#[service(plugin = Ticker)]
impl Feed {
    async fn start() -> Self {
        let (wanted, next) = mpsc::unbounded_channel();
        Self { wanted, next: Arc::new(tokio::sync::Mutex::new(next)) }
    }
}

/// How many streams of an agent are alive.
static ALIVE: Mutex<BTreeMap<Uuid, i32>> = Mutex::new(BTreeMap::new());

struct Guard(Uuid);

impl Guard {
    fn new(agent: &Agent) -> Self {
        *ALIVE.lock().unwrap().entry(agent.id()).or_default() += 1;
        Self(agent.id())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        *ALIVE.lock().unwrap().get_mut(&self.0).unwrap() -= 1;
    }
}

fn alive(agent: Uuid) -> i32 {
    ALIVE.lock().unwrap().get(&agent).copied().unwrap_or_default()
}

/// Tells what the feed says.
#[provider(plugin = Ticker, dynamic, subscribe)]
async fn ticks(
    agent: Agent,
    feed: Service<Feed>,
) -> impl Stream<Item = Result<Context, String>> + Send + 'static {
    let state = (Guard::new(&agent), Arc::clone(&feed.next));
    stream::unfold(state, |(guard, next)| async move {
        let wanted = next.lock().await.recv().await?;
        let item = match wanted {
            Next::Tell(text) => Ok(Context::text(text).with_value("tick", text)),
            Next::Fail(why) => Err(why.to_owned()),
            Next::End => return None,
            Next::Panic => panic!("the line broke"),
        };
        Some((item, (guard, next)))
    })
}

/// Has no line the first time.
#[provider(plugin = Ticker, dynamic, subscribe, name = "LATE")]
async fn late(agent: Agent) -> Result<impl Stream<Item = String> + Send + 'static, String> {
    let guard = Guard::new(&agent);
    if agent.clock().now().as_second() < 1 {
        return Err("no line".to_owned());
    }
    Ok(stream::unfold(guard, |guard| async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Some(("a line".to_owned(), guard))
    }))
}

/// Always has something to tell.
#[plugin("chatterbox")]
pub struct Chatterbox;

/// Never pauses.
#[provider(plugin = Chatterbox, subscribe)]
async fn chatter(agent: Agent) -> impl Stream<Item = Option<String>> + Send + 'static {
    let guard = Guard::new(&agent);
    stream::repeat_with(move || {
        let _alive = &guard;
        Some("chatter".to_owned())
    })
}

/// Cannot be loaded.
#[plugin("unloadable", priority = -10)]
pub struct Unloadable;

#[on_load(plugin = Unloadable)]
async fn refuse() -> Result<(), String> {
    // The streams of the others have begun.
    tokio::time::sleep(Duration::from_millis(20)).await;
    Err("not today".to_owned())
}

async fn start(toml: &str) -> Result<Agent, StartError> {
    let clock = Clock::fixed("1970-01-01T00:00:00Z".parse().unwrap());
    let options = StartOptions { clock, ..StartOptions::default() };
    Agent::start(plan(toml), &Registry::linked().unwrap(), options).await
}

async fn ticker(name: &str) -> Agent {
    start(&format!("name = \"{name}\"\n[plugins.ticker]\n[plugins.puppet]")).await.unwrap()
}

fn want(agent: &Agent, next: Next) {
    agent.service::<Feed>().unwrap().wanted.send(next).unwrap();
}

/// What a turn sees now: the text, or why there is none.
async fn seen(agent: &Agent, provider: &str) -> Result<String, String> {
    let selection = Selection::Only(vec![provider.to_owned()]);
    let about = message(agent, "a", "sam", "x");
    let (composed, mut records) = agent.compose(&about, &selection).await.unwrap();
    records.remove(0).error.map_or_else(|| Ok(composed.text.clone()), Err)
}

async fn until_seen(agent: &Agent, wanted: Result<&str, &str>) {
    let wanted = wanted.map(str::to_owned).map_err(str::to_owned);
    until(&format!("{wanted:?}"), async || seen(agent, "TICKS").await == wanted).await;
}

#[tokio::test]
async fn a_turn_sees_the_latest_item_and_does_not_wait() {
    let agent = ticker("Latest").await;
    assert_eq!(seen(&agent, "TICKS").await, Err("nothing yet".to_owned()));
    want(&agent, Next::Tell("one"));
    until_seen(&agent, Ok("one")).await;
    want(&agent, Next::Tell("two"));
    want(&agent, Next::Tell("three"));
    until_seen(&agent, Ok("three")).await;
    // What it cannot tell is told as such, until it can.
    want(&agent, Next::Fail("no signal"));
    until_seen(&agent, Err("no signal")).await;
    want(&agent, Next::Tell("four"));
    until_seen(&agent, Ok("four")).await;
    let (composed, _) = agent
        .compose(&message(&agent, "a", "sam", "x"), &Selection::With(vec!["TICKS".to_owned()]))
        .await
        .unwrap();
    assert_eq!(composed.values["tick"], json!("four"));
    agent.stop().await;
}

#[tokio::test]
async fn a_stream_that_ends_or_panics_is_started_again_after_growing_pauses() {
    let agent = ticker("Restarted").await;
    let mut events = agent.events().subscribe();
    want(&agent, Next::Tell("before"));
    until_seen(&agent, Ok("before")).await;
    for (next, why, pause) in [
        (Next::End, "the stream ended", 1_000),
        (Next::Panic, "panicked: the line broke", 2_000),
        (Next::End, "the stream ended", 4_000),
    ] {
        want(&agent, next);
        let ended = loop {
            let event = events.recv().await.unwrap();
            let json = event.json();
            if event.name() == ProviderEnded::NAME && json["provider"] == "TICKS" {
                break json;
            }
        };
        assert_eq!(ended, json!({ "provider": "TICKS", "plugin": "ticker", "why": why, "pause": pause }));
        assert_eq!(seen(&agent, "TICKS").await, Ok("before".to_owned()), "the latest item stays");
        want(&agent, Next::Tell("after"));
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(seen(&agent, "TICKS").await, Ok("before".to_owned()), "it pauses");
        agent.clock().advance(Duration::from_millis(pause));
        until_seen(&agent, Ok("after")).await;
        want(&agent, Next::Tell("before"));
        until_seen(&agent, Ok("before")).await;
    }
    // A stream that lived for long begins with a short pause again.
    agent.clock().advance(Duration::from_secs(61));
    want(&agent, Next::End);
    loop {
        let json = events.recv().await.unwrap().json();
        if json["provider"] == "TICKS" && json["pause"].is_number() {
            assert_eq!(json["pause"], 1_000);
            break;
        }
    }
    agent.stop().await;
    assert_eq!(alive(agent.id()), 0);
}

#[tokio::test]
async fn a_provider_that_cannot_begin_tries_again() {
    let agent = ticker("Late").await;
    let wanted = Err("nothing yet: no line; it is started again".to_owned());
    until("it failed", async || seen(&agent, "LATE").await == wanted).await;
    agent.clock().advance(Duration::from_secs(1));
    until("it tells", async || seen(&agent, "LATE").await == Ok("a line".to_owned())).await;
    agent.stop().await;
    assert_eq!(alive(agent.id()), 0);
}

#[tokio::test]
async fn nothing_is_left_when_the_plugin_goes() {
    // By the end of the agent; also of a stream that never pauses.
    let agent =
        start("name = \"Stopped\"\n[plugins.ticker]\n[plugins.chatterbox]\n[plugins.puppet]").await.unwrap();
    let id = agent.id();
    until("both tell", async || alive(id) >= 2 && seen(&agent, "CHATTER").await.is_ok()).await;
    assert_eq!(ask(&agent, "say Hi").await.0, ["Hi"], "turns go on beside it");
    agent.stop().await;
    assert_eq!(alive(id), 0);
    drop(agent);

    // By a start that is taken back.
    let refused = start("name = \"Refused\"\n[plugins.ticker]\n[plugins.unloadable]").await.unwrap_err();
    assert!(refused.to_string().contains("not today"), "{refused}");
    let id = galatea::text::id::stable_id("Refused");
    assert!(ALIVE.lock().unwrap().contains_key(&id), "the stream had begun");
    assert_eq!(alive(id), 0);

    // By an agent that everybody has forgotten.
    let agent = ticker("Forgotten").await;
    let id = agent.id();
    until("it runs", async || alive(id) >= 1).await;
    drop(agent);
    until("it ended", async || alive(id) == 0).await;
}
