//! What happens where a model fails: who is asked again, who is asked instead, who is left alone, and what the record says.

use crate::support::{ask, plan, start, until};
use futures_util::future::join_all;
use galatea::{
    agent::{Incoming, StartOptions},
    event::ModelUsed,
    model::{ModelStatus, Purpose, TextSink},
    prelude::*,
    registry::Registry,
    turn::{RunStatus, TurnEvent},
};
use serde_json::json;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

fn with(plugin: &str, more: &str) -> String {
    format!("name = \"Ada\"\n{more}\n[plugins.puppet]\n[plugins.{plugin}]\n")
}

/// Too much, then broken, then silent.
#[plugin("shaky", priority = 10)]
pub struct Shaky;

static SHAKEN: AtomicUsize = AtomicUsize::new(0);

/// Fails in another way each time.
#[model(TextLarge, tools, plugin = Shaky)]
async fn shaky() -> Result<ModelAnswer, ModelError> {
    match SHAKEN.fetch_add(1, SeqCst) {
        0 => Err(ModelError::RateLimited { retry_after: Some(Duration::from_millis(50)) }),
        1 => Err(ModelError::Unavailable("500: on fire".to_owned())),
        _ => std::future::pending().await,
    }
}

#[tokio::test]
async fn an_answer_comes_within_the_turn_whatever_fails_and_the_record_says_why() {
    let agent = start(&with("shaky", "[limits]\nturn-timeout = \"4s\"")).await;
    let heard: Arc<Mutex<Vec<ModelUsed>>> = Arc::default();
    let _heard = agent.on({
        let heard = Arc::clone(&heard);
        move |used: Arc<ModelUsed>| {
            let heard = Arc::clone(&heard);
            async move { heard.lock().unwrap().push(used.as_ref().clone()) }
        }
    });
    let begun = Instant::now();
    let (said, record) = ask(&agent, "say still here").await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!((said, record.status), (vec!["still here".to_owned()], RunStatus::Completed));
    let call = &record.model_calls[0];
    assert_eq!(call.provider, "puppet");
    let why: Vec<&str> = call.failed.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        why[..2],
        ["the model's limit is reached; try again in 50ms", "the model is unavailable: 500: on fire"]
    );
    assert!(why.len() == 3 && why[2].starts_with("the model did not answer within 1."), "{why:?}");
    assert!(call.failed.iter().all(|(provider, _)| provider == "shaky"));
    let heard = heard.lock().unwrap();
    let outcomes: Vec<_> = heard.iter().map(|used| (used.provider.as_str(), used.error.is_some())).collect();
    assert_eq!(outcomes, [("shaky", true), ("shaky", true), ("shaky", true), ("puppet", false)]);
    assert!(heard[3].first_micros.is_some(), "the puppet streams");
}

/// Is there or not.
#[plugin("flaky", priority = 10)]
pub struct Flaky;

static DOWN: AtomicBool = AtomicBool::new(true);
static ASKED: AtomicUsize = AtomicUsize::new(0);

/// Answers where it is there.
#[model(TextLarge, tools, plugin = Flaky)]
async fn flaky() -> Result<String, ModelError> {
    ASKED.fetch_add(1, SeqCst);
    if DOWN.load(SeqCst) { Err(ModelError::Unavailable("no line".to_owned())) } else { Ok("back".to_owned()) }
}

#[tokio::test]
async fn who_fails_again_and_again_is_left_alone_until_a_probe_answers() {
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    let plan = plan(&with("flaky", "[limits]\nmodel-retries = 0"));
    let agent = Agent::start(plan, &Registry::linked().unwrap(), options).await.unwrap();
    let of_flaky = || -> ModelStatus {
        agent.model_status().into_iter().find(|status| status.plugin == "flaky").unwrap()
    };
    for _ in 0..5 {
        assert_eq!(ask(&agent, "say ok").await.0, ["ok"]);
    }
    let (_, record) = ask(&agent, "say ok").await;
    assert_eq!(ASKED.load(SeqCst), 5, "the sixth time it is not asked");
    let why = &record.model_calls[0].failed[0].1;
    assert_eq!(
        why,
        "the model is not asked for another 30s, because it failed: the model is unavailable: no line"
    );
    let failing = &of_flaky().failing[0];
    assert_eq!((failing.failures, failing.until), (5, Some("2026-01-01T00:00:30Z".parse().unwrap())));

    clock.advance(Duration::from_secs(30));
    ask(&agent, "say ok").await;
    ask(&agent, "say ok").await;
    assert_eq!(ASKED.load(SeqCst), 6, "one probe, which failed");
    clock.advance(Duration::from_secs(60));
    DOWN.store(false, SeqCst);
    assert_eq!(ask(&agent, "say ok").await.0, ["back"]);
    assert!(of_flaky().failing.is_empty());
    assert_eq!(ask(&agent, "say ok").await.0, ["back"]);
}

/// Says half of it.
#[plugin("halting", priority = 10)]
pub struct Halting;

static STOPPED: AtomicUsize = AtomicUsize::new(0);

/// Says half of it, and then nothing, in a thread of its own.
#[model(TextLarge, tools, plugin = Halting)]
async fn halting(chunks: Chunks) -> Result<ModelAnswer, ModelError> {
    chunks.send("half of ").await;
    tokio::spawn(async move {
        chunks.cancelled().await;
        STOPPED.fetch_add(1, SeqCst);
    });
    std::future::pending().await
}

#[tokio::test]
async fn a_turn_is_cancelled_in_the_middle_of_a_model_s_text_or_another_one_says_it() {
    let budget = "[budget]\nagent.day = { tokens = 100000 }\n";
    let agent = start(&with("halting", &format!("{budget}[limits]\nmodel-idle = \"300ms\""))).await;
    let mut handle = agent.send(Incoming::direct("test", "room", "sam", "say it")).await.unwrap();
    while let Some(event) = handle.next().await {
        if let TurnEvent::Text(text) = event {
            assert_eq!(text, "half of ");
            break;
        }
    }
    handle.cancel();
    let (said, record) = handle.finish().await;
    assert_eq!((said.len(), record.unwrap().status), (0, RunStatus::Cancelled));
    until("the model heard that nobody waits", async || STOPPED.load(SeqCst) == 1).await;
    // What was said so far is paid for; the rest of what was set aside is free again.
    until("what was set aside is given back", async || {
        let used = agent.budgets(None).await.unwrap()[0].used;
        0 < used && used < 1_000
    })
    .await;

    let mut handle = agent.send(Incoming::direct("test", "room", "sam", "say all of it")).await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = handle.next().await {
        match event {
            TurnEvent::Text(text) => seen.push(text),
            TurnEvent::Retracted => seen.push("(taken back)".to_owned()),
            TurnEvent::Ended(record) => {
                let why = &record.model_calls[0].failed[0].1;
                assert_eq!(why, "the model broke off: nothing more came for 300ms");
            }
            _ => {}
        }
    }
    assert_eq!(seen[..2], ["half of ", "(taken back)"]);
    assert_eq!(seen[2..].concat(), "all of it");
}

/// Does not know the key.
#[plugin("locked", priority = 10)]
pub struct Locked;

static KNOCKS: AtomicUsize = AtomicUsize::new(0);

/// Refuses the key.
#[model(TextLarge, tools, plugin = Locked)]
async fn locked() -> Result<String, ModelError> {
    KNOCKS.fetch_add(1, SeqCst);
    Err(ModelError::Unauthorized("401: no such key".to_owned()))
}

#[tokio::test]
async fn who_refuses_the_key_is_asked_once() {
    let agent = start(&with("locked", "")).await;
    for _ in 0..3 {
        assert_eq!(ask(&agent, "say ok").await.0, ["ok"]);
    }
    assert_eq!(KNOCKS.load(SeqCst), 1);
    let failing =
        &agent.model_status().into_iter().find(|status| status.plugin == "locked").unwrap().failing[0];
    assert_eq!(
        (failing.kind.clone(), failing.why.as_str()),
        (None, "the model refused the credentials: 401: no such key")
    );
}

/// Takes three lines.
#[plugin("narrow", priority = 10)]
pub struct Narrow;

/// Takes three lines.
#[model(TextLarge, tools, plugin = Narrow)]
async fn narrow(request: Request) -> Result<String, ModelError> {
    match request.lines.len() {
        lines @ 0..=3 => Ok(format!("{lines} lines")),
        lines => Err(ModelError::TooLong { limit: None, why: format!("{lines} lines") }),
    }
}

#[tokio::test]
async fn a_request_that_is_too_long_is_cut_and_asked_once_more() {
    let agent = start(&with("narrow", "")).await;
    assert_eq!(ask(&agent, "say 1").await.0, ["1 lines"]);
    assert_eq!(ask(&agent, "say 2").await.0, ["3 lines"]);
    let (said, record) = ask(&agent, "say 3").await;
    assert_eq!(said, ["3 lines"]);
    let failed = &record.model_calls[0].failed;
    assert_eq!(
        failed[..],
        [("narrow".to_owned(), "the request is too long for the model: 5 lines".to_owned())]
    );
    for text in ["say 4", "say 5", "say 6"] {
        ask(&agent, text).await;
    }
    // Half of it is too much still: another one answers the whole.
    let (said, record) = ask(&agent, "say all").await;
    assert_eq!((said.as_slice(), record.model_calls[0].failed.len()), (&["all".to_owned()][..], 2));
}

/// Writes JSON, and mends it when it is told to.
#[plugin("scribe")]
pub struct Scribe;

static SCRIBED: Mutex<Vec<ModelRequest>> = Mutex::new(Vec::new());

/// Writes JSON.
#[model(TextSmall, TextLarge, plugin = Scribe)]
async fn scribe(request: Request, kind: AskedKind) -> ModelAnswer {
    SCRIBED.lock().unwrap().push(request.0.as_ref().clone());
    let text = match (request.lines.len(), request.last_user_text()) {
        (1, _) => "```json\n{\"mood\": \"angry\"}\n```".to_owned(),
        (_, told) if told.contains("stubborn") || request.lines[0].text == "stubborn" => "no".to_owned(),
        _ => format!("{{\"mood\": \"GLAD\", \"by\": \"{}\"}}", kind.name()),
    };
    ModelAnswer { usage: galatea::model::Usage::new(10, 5), ..ModelAnswer::text(text) }
}

#[tokio::test]
async fn an_object_that_does_not_fit_is_mended_once_by_a_text_model_if_need_be() {
    let agent = start("name = \"Ada\"\n[plugins.scribe]\n").await;
    let schema = json!({
        "type": "object",
        "properties": { "mood": { "enum": ["glad", "sad"] }, "by": { "type": "string" } },
        "required": ["mood"],
    });
    let ask = |text: &str| {
        let purpose = Purpose::Other("mood".to_owned());
        let request = ModelRequest::object(purpose, schema.clone(), text);
        agent.generate(ModelKind::ObjectSmall, request, None, TextSink::default())
    };
    let mood: serde_json::Value = ask("How are you?").await.unwrap().json().unwrap();
    assert_eq!(mood, json!({ "mood": "glad", "by": "text-small" }));
    let asked = std::mem::take(&mut *SCRIBED.lock().unwrap());
    assert!(asked[0].system.contains("JSON Schema:\n{\"type\":\"object\""), "{}", asked[0].system);
    let told = asked[1].last_user_text();
    assert!(told.contains("`mood`: \"angry\" is not one of"), "{told}");
    let error = ask("stubborn").await.unwrap_err();
    assert!(matches!(&error, ModelError::Unfit(why) if why == "it is no JSON"), "{error}");
}

/// Counts who is in it.
#[plugin("booth")]
pub struct Booth;

static INSIDE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Counts who is in it.
#[model(Custom("booth"), plugin = Booth)]
async fn booth() -> String {
    MOST.fetch_max(INSIDE.fetch_add(1, SeqCst) + 1, SeqCst);
    tokio::time::sleep(Duration::from_millis(10)).await;
    INSIDE.fetch_sub(1, SeqCst);
    "in".to_owned()
}

#[tokio::test]
async fn no_more_calls_of_a_provider_run_at_once_than_the_character_lets() {
    let agent = start("name = \"Ada\"\n[models.concurrency]\nbooth = 2\n[plugins.booth]\n").await;
    let calls = (0..9).map(|_| {
        let request = ModelRequest::new(Purpose::Other("entry".to_owned()), "");
        agent.generate(ModelKind::from_name("booth"), request, None, TextSink::default())
    });
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!(MOST.load(SeqCst), 2);
    let status = &agent.model_status()[0];
    assert_eq!((status.running, status.most, status.failing.len()), (0, 2, 0));
}
