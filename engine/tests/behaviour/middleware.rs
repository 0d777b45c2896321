//! Middleware: the order of stacks, the engine's own layers, those of plugins and of tower, and layers that misbehave.

use crate::support::{ask, plan, start, try_start, turn};
use galatea::{
    agent::{Agent, Incoming, StartOptions},
    clock::Clock as AgentClock,
    definition::PartKind,
    middleware::{Call, Outcome, PartTiming, from_fn, tower},
    model::{Purpose, TextSink},
    plan::LayeredBy,
    prelude::*,
    registry::Registry,
    turn::TurnEvent,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// What happened, by the name of the agent: every test has one of its own.
static LOG: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

fn log(agent: &Agent, line: String) -> usize {
    let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = log.entry(agent.character().name.clone()).or_default();
    lines.push(line.clone());
    lines.iter().filter(|other| **other == line).count()
}

fn logged(agent: &str, about: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = log.get(agent).into_iter().flatten();
    lines.filter(|line| line.contains(about)).cloned().collect()
}

/// Layers for the tests.
#[plugin("watch")]
pub struct Watch;

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Mark {
    /// What it writes.
    text: String,
}

impl Default for Mark {
    fn default() -> Self {
        Self { text: "own".to_owned() }
    }
}

fn marked(call: &Call) -> String {
    format!("{} {}", call.part.kind, call.part.name)
}

/// Writes down what goes in and what comes out.
#[middleware(plugin = Watch)]
fn mark(settings: Mark) -> impl Middleware {
    from_fn(move |call, next| {
        let text = settings.text.clone();
        async move {
            let (agent, what) = (call.invocation.agent.clone(), marked(&call));
            log(&agent, format!("{text}> {what}"));
            let outcome = next.run(call).await;
            log(&agent, format!("<{text} {what}"));
            outcome
        }
    })
}

/// Writes down providers only.
#[middleware(plugin = Watch, of(provider))]
fn mark_providers() -> impl Middleware {
    mark(Mark { text: "p".to_owned() })
}

/// Panics when something is called.
#[middleware(plugin = Watch)]
fn burst() -> impl Middleware {
    from_fn(|call, next| async move {
        assert!(call.part.kind != PartKind::Action, "the pipe burst");
        next.run(call).await
    })
}

/// Panics when it is made.
#[middleware(plugin = Watch)]
fn stillborn() -> tower::layer::util::Identity {
    panic!("not today")
}

/// Gives what nobody asked for.
#[middleware(plugin = Watch, of(action))]
fn liar() -> impl Middleware {
    from_fn(|_, _| async { Ok(Outcome::Context(Context::text("a lie"))) })
}

/// Cuts off what takes long: a layer of tower itself.
#[middleware(plugin = Watch, of(action))]
fn cut_off() -> ::tower::timeout::TimeoutLayer {
    ::tower::timeout::TimeoutLayer::new(Duration::from_millis(20))
}

/// Lets one call run at a time: a layer of tower itself.
#[middleware(plugin = Watch, of(provider))]
fn one_at_a_time() -> ::tower::limit::GlobalConcurrencyLimitLayer {
    ::tower::limit::GlobalConcurrencyLimitLayer::new(1)
}

/// Brings its own layer.
#[plugin("own", requires(Watch), middleware("mark"))]
pub struct Own;

/// Does nothing.
#[action(plugin = Own)]
async fn owned() -> String {
    "owned".to_owned()
}

/// What the layers are around.
#[plugin("lab")]
pub struct Lab;

#[derive(Deserialize, JsonSchema)]
struct Which {
    /// Which one.
    #[serde(default)]
    value: String,
}

fn count(agent: &Agent, what: &str) -> usize {
    log(agent, format!("ran {what}"))
}

/// Counts how often it ran.
#[action(plugin = Lab, idempotent)]
async fn counted(Args(which): Args<Which>, agent: Agent) -> String {
    format!("{} {}", which.value, count(&agent, &format!("counted {}", which.value)))
}

/// Counts how often it ran, and must not run twice.
#[action(plugin = Lab)]
async fn careful(agent: Agent) -> String {
    count(&agent, "careful").to_string()
}

/// Fails twice, once by an error and once by a panic.
#[action(plugin = Lab, idempotent)]
async fn flaky(agent: Agent) -> Result<String, String> {
    match count(&agent, "flaky") {
        1 => Err("not yet".to_owned()),
        2 => panic!("not now"),
        times => Ok(format!("at last {times}")),
    }
}

/// Fails, and running it twice would do harm.
#[action(plugin = Lab)]
async fn fragile(agent: Agent) -> Result<String, String> {
    Err(format!("broken {}", count(&agent, "fragile")))
}

/// Says something, then fails.
#[action(plugin = Lab, idempotent)]
async fn blurt(agent: Agent, reply: Reply) -> Result<(), String> {
    reply.text("oops").await.map_err(|error| error.to_string())?;
    Err(format!("blurted {}", count(&agent, "blurt")))
}

/// Never ends.
#[action(plugin = Lab)]
async fn endless() {
    std::future::pending::<()>().await;
}

/// Counts how often it was asked.
#[provider(plugin = Lab)]
async fn tally(agent: Agent) -> Context {
    Context::text(format!("tally {}", count(&agent, "tally")))
}

/// Counts how often it was asked, and reads what the turn did.
#[provider(plugin = Lab)]
async fn turn_tally(agent: Agent, _steps: Steps) -> Context {
    Context::text(format!("turn tally {}", count(&agent, "turn-tally")))
}

/// Looks back.
#[evaluator(plugin = Lab, gate)]
async fn look() -> Evaluation {
    Evaluation::new(1.0, true)
}

/// A model that counts.
#[plugin("abacus")]
pub struct Abacus;

/// Fails the first time, then says which call this is.
#[model(ObjectSmall, plugin = Abacus)]
async fn reckon(agent: Agent, request: Request) -> Result<ModelAnswer, ModelError> {
    match count(&agent, "reckon") {
        1 => Err(ModelError::Unavailable("cold".to_owned())),
        _ if request.last_user_text() == "refuse" => Err(ModelError::Rejected("no".to_owned())),
        times => Ok(ModelAnswer::text(times.to_string())),
    }
}

#[tokio::test]
async fn the_character_is_outermost_then_the_table_then_the_plugin() {
    let toml = "name = 'order'
        middleware = [{ mark = { text = 'a' } }, 'mark-providers', { mark = { text = 'b' } }]
        [plugins.puppet]
        [plugins.watch]
        [plugins.lab]
        [plugins.own]
        middleware = [{ mark = { text = 'c' } }]";
    let agent = start(toml).await;
    assert_eq!(ask(&agent, "do OWNED").await.0, ["[owned]"]);
    assert_eq!(
        logged("order", "action OWNED"),
        [
            "a> action OWNED",
            "b> action OWNED",
            "c> action OWNED",
            "own> action OWNED",
            "<own action OWNED",
            "<c action OWNED",
            "<b action OWNED",
            "<a action OWNED",
        ]
    );
    let provider = ["a> provider TALLY", "p> provider TALLY", "b> provider TALLY"];
    assert_eq!(logged("order", "> provider TALLY"), provider, "only kinds that it is for, at its place");
    assert_eq!(logged("order", "> evaluator LOOK")[..2], ["a> evaluator LOOK", "b> evaluator LOOK"]);
    assert_eq!(logged("order", "> model puppet")[..2], ["a> model puppet", "b> model puppet"]);
    let shown = agent.plan().to_json();
    assert_eq!(shown["middleware"][1]["name"], "mark-providers");
    let plan = agent.plan();
    let stack = &plan.plugin("own").unwrap().middleware;
    let by: Vec<_> = stack.iter().map(|layer| (layer.name, layer.plugin, layer.by)).collect();
    assert_eq!(
        by[2..],
        [
            ("mark", Some("watch"), LayeredBy::Character),
            ("mark", Some("watch"), LayeredBy::Table),
            ("mark", Some("watch"), LayeredBy::Plugin),
        ]
    );
    assert_eq!(stack[3].settings["text"], "c");
    assert!(
        agent.plan().text().contains("in mark, mark-providers, mark, mark, mark"),
        "{}",
        agent.plan().text()
    );
    agent.stop().await;
}

#[tokio::test]
async fn retry_repeats_what_may_be_repeated() {
    let toml = "name = 'retry'
        middleware = [{ retry = { times = 3, pause = '1ms' } }]
        [plugins.puppet]
        [plugins.abacus]
        [plugins.lab]";
    let agent = start(toml).await;
    for (said, replies) in [
        ("do FLAKY", vec!["[at last 3]"]),
        ("do FRAGILE", vec!["[broken 1]"]),
        // It said something: again would be twice for the user.
        ("do BLURT", vec!["oops", "[blurted 1]"]),
        ("do COUNTED", vec!["[ 1]"]),
    ] {
        assert_eq!(ask(&agent, said).await.0, replies, "{said}");
    }
    let reckon = |text: &'static str| {
        let request = ModelRequest::new(Purpose::Other("test".to_owned()), text);
        agent.generate(ModelKind::ObjectSmall, request, None, TextSink::default())
    };
    assert_eq!(reckon("go").await.unwrap().text, "2");
    assert!(matches!(reckon("refuse").await, Err(ModelError::Rejected(_))));
    assert_eq!(logged("retry", "ran reckon").len(), 3, "what is refused is not asked again");
    agent.stop().await;
    let harmful =
        toml.replace("'retry'", "'harm'").replace("times = 3", "also-non-idempotent = true, times = 3");
    let agent = start(&harmful).await;
    assert_eq!(ask(&agent, "do FRAGILE").await.0, ["[broken 4]"]);
    agent.stop().await;
}

async fn on_a_clock(toml: &str) -> (Agent, AgentClock) {
    let clock = AgentClock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    let agent = Agent::start(plan(toml), &Registry::linked().unwrap(), options).await.unwrap();
    (agent, clock)
}

async fn asked_by(agent: &Agent, who: &str, text: &str) -> String {
    turn(agent, Incoming::direct("test", who, who, text)).await.0.join(" ")
}

#[tokio::test]
async fn cache_gives_again_what_may_be_given_again() {
    let toml = "name = 'cache'
        [plugins.puppet]
        [plugins.abacus]
        middleware = ['cache', 'retry']
        [plugins.lab]
        middleware = [{ cache = { ttl = '5m' } }]";
    let (agent, clock) = on_a_clock(toml).await;
    for (who, text, answer) in [
        ("sam", "do COUNTED=a", "[a 1]"),
        ("sam", "do COUNTED=a", "[a 1]"),
        ("sam", "do COUNTED=b", "[b 1]"),
        ("kim", "do COUNTED=a", "[a 2]"),
        ("sam", "do CAREFUL", "[1]"),
        ("sam", "do CAREFUL", "[2]"),
        ("sam", "do FLAKY", "[not yet]"),
        ("sam", "do FLAKY", "[panicked: not now]"),
        ("sam", "do FLAKY", "[at last 3]"),
        ("sam", "do FLAKY", "[at last 3]"),
    ] {
        assert_eq!(asked_by(&agent, who, text).await, answer, "{who}: {text}");
    }
    assert_eq!(logged("cache", "ran tally").len(), 2, "once for each of the two");
    assert!(logged("cache", "ran turn-tally").len() > 10, "what reads the turn is never kept");
    clock.advance(Duration::from_secs(299));
    assert_eq!(asked_by(&agent, "sam", "do COUNTED=a").await, "[a 1]");
    clock.advance(Duration::from_secs(2));
    assert_eq!(asked_by(&agent, "sam", "do COUNTED=a").await, "[a 3]");
    // Within the cache the model is asked again by `retry`, whose pause the clock of the test ends.
    let reckon = || {
        let request = ModelRequest::new(Purpose::Other("test".to_owned()), "go");
        agent.generate(ModelKind::ObjectSmall, request, None, TextSink::default())
    };
    let ticking = async {
        loop {
            tokio::task::yield_now().await;
            clock.advance(Duration::from_millis(100));
        }
    };
    let first = tokio::select! { answer = reckon() => answer, () = ticking => unreachable!() };
    assert_eq!((first.unwrap().text, reckon().await.unwrap().text), ("2".to_owned(), "2".to_owned()));
    agent.stop().await;
}

#[tokio::test]
async fn everybody_shares_what_the_character_says_they_share() {
    let toml = "name = 'shared'
        [plugins.puppet]
        [plugins.lab]
        middleware = [{ cache = { shared-by = 'everybody' } }]";
    let agent = start(toml).await;
    for who in ["sam", "kim"] {
        assert_eq!(asked_by(&agent, who, "do COUNTED=a").await, "[a 1]");
    }
    agent.stop().await;
}

#[tokio::test]
async fn timing_counts_every_call() {
    let agent = start("name = 'timing'\nmiddleware = ['timing']\n[plugins.puppet]\n[plugins.lab]").await;
    for _ in 0..3 {
        ask(&agent, "do COUNTED").await;
    }
    ask(&agent, "do FRAGILE").await;
    let timings = agent.timings();
    let of = |name: &str| -> &PartTiming { timings.iter().find(|one| one.part.name == name).unwrap() };
    assert_eq!((of("COUNTED").count, of("COUNTED").failed), (3, 0));
    assert_eq!((of("FRAGILE").count, of("FRAGILE").failed), (1, 1));
    assert_eq!(of("TALLY").part.kind, PartKind::Provider);
    assert_eq!(of("puppet").count, 8);
    for timing in &timings {
        assert!(timing.mean <= timing.max && timing.p95 <= timing.max && timing.count > 0, "{timing:?}");
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_model_streams_through_its_layers() {
    let toml = "name = 'stream'\nmiddleware = ['logging', 'timing', 'retry', 'cache']\n[plugins.puppet]";
    let agent = start(toml).await;
    for _ in 0..2 {
        let mut turn =
            agent.send(Incoming::direct("test", "room", "sam", "say one two three")).await.unwrap();
        let mut pieces = Vec::new();
        while let Some(event) = turn.next().await {
            match event {
                TurnEvent::Text(text) => pieces.push(text),
                TurnEvent::Reply(_) => break,
                _ => {}
            }
        }
        assert!(pieces.len() > 1, "{pieces:?}");
        assert_eq!(pieces.concat(), "one two three");
    }
    agent.stop().await;
}

#[tokio::test]
async fn layers_of_tower_work() {
    let toml = "name = 'tower'
        [plugins.puppet]
        [plugins.watch]
        [plugins.lab]
        middleware = ['cut-off', 'one-at-a-time']";
    let agent = start(toml).await;
    assert_eq!(ask(&agent, "do ENDLESS").await.0, ["[request timed out]"]);
    assert_eq!(ask(&agent, "do FRAGILE").await.0, ["[broken 1]"], "other errors pass as they are");
    assert_eq!(logged("tower", "ran tally").len(), 2);
    agent.stop().await;
}

#[tokio::test]
async fn a_layer_that_misbehaves_costs_one_outcome() {
    for (layer, said) in [
        ("burst", "COUNTED panicked: the pipe burst"),
        (
            "liar",
            "a middleware around action COUNTED of `lab` gave what is no outcome of one; mend the middleware",
        ),
    ] {
        let toml = format!(
            "name = '{layer}'\n[plugins.puppet]\n[plugins.watch]\n[plugins.lab]\nmiddleware = ['{layer}']"
        );
        let agent = start(&toml).await;
        assert_eq!(ask(&agent, "do COUNTED").await.0, [format!("[{said}]")]);
        assert_eq!(ask(&agent, "say on").await.0, ["on"]);
        agent.stop().await;
    }
    let toml = "name = 'x'\n[plugins.puppet]\n[plugins.watch]\n[plugins.lab]\nmiddleware = ['stillborn']";
    let refused = try_start(toml).await.unwrap_err().to_string();
    assert!(
        refused.contains("`lab` was refused at config: middleware `stillborn`: panicked: not today"),
        "{refused}"
    );
}
