//! The testing kit: agents of tests, scripts, users, clocks, events.

use galatea::{
    event::{ActionCompleted, EventType, MessageReceived},
    memory::RoomKind,
    model::{ModelKind, Purpose},
    prelude::*,
    testing::{Script, TestAgent, TestError, TestResult},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Weighs.
#[plugin("kit-scale")]
pub struct Scale;

/// How the larder is.
#[config]
pub struct Shelf {
    /// Where food comes from.
    #[serde(default = "shop")]
    #[allow(dead_code, reason = "the permission is about it")]
    pub shop: String,
    /// How much fits.
    pub size: u32,
}

fn shop() -> String {
    "https://shop.example".to_owned()
}

/// Keeps food.
#[plugin("kit-larder", requires(Scale), permissions(Network(config = "shop"), Filesystem), config = Shelf)]
pub struct Larder;

/// What is kept.
#[derive(Deserialize, JsonSchema)]
pub struct Food {
    /// Its name.
    pub name: String,
}

/// Puts food on the shelf.
#[action(plugin = Larder, similes("KEEP"))]
async fn store_food(Args(food): Args<Food>, config: Config<Larder>) -> Result<String, String> {
    if food.name.len() > config.size as usize {
        return Err(format!("{} does not fit", food.name));
    }
    Ok(format!("{} is stored", food.name))
}

/// Empties the shelf; for owners.
#[action(plugin = Larder, roles("owner"))]
async fn clear_out(reply: Reply) -> Result<(), String> {
    reply.text("Everything is gone.").await.map(drop).map_err(|error| error.to_string())
}

/// What is on the shelf.
#[provider(plugin = Larder)]
async fn shelf(config: Config<Larder>) -> Context {
    Context::text(format!("The shelf holds {} letters.", config.size)).with_value("size", config.size)
}

/// Fails.
#[provider(plugin = Larder, dynamic)]
async fn cellar() -> Result<Context, String> {
    Err("the lamp is broken".to_owned())
}

/// The alarm of the larder rang.
#[derive(Clone, Debug, Serialize)]
pub struct Rang {
    /// The hour.
    pub at: String,
}

impl EventType for Rang {
    const NAME: &'static str = "KIT_RANG";
}

#[derive(Debug)]
pub struct Alarm;

/// Rings every hour.
#[service(plugin = Larder)]
impl Alarm {
    async fn start(agent: Agent) -> Self {
        tokio::spawn(async move {
            let clock = agent.clock().clone();
            loop {
                clock.sleep(Duration::from_secs(3600)).await;
                agent.emit(Rang { at: clock.now().to_string() }).await;
            }
        });
        Self
    }
}

static LOOKS: AtomicUsize = AtomicUsize::new(0);

/// Looks back, slowly.
#[evaluator(plugin = Larder)]
async fn look_back() -> Option<Evaluation> {
    tokio::time::sleep(Duration::from_millis(30)).await;
    LOOKS.fetch_add(1, Ordering::SeqCst);
    None
}

fn larder() -> galatea::testing::TestAgentBuilder {
    TestAgent::with::<Larder>().config::<Larder>(json!({ "size": 5 }))
}

#[tokio::test]
async fn what_a_plugin_requires_and_declares_is_there() -> TestResult {
    let agent = larder().grant::<Larder>("network", "127.0.0.1").start().await?;
    assert!(agent.has::<Scale>() && agent.service::<Alarm>().is_some());
    let grants = agent.character().grants["kit-larder"].clone();
    assert_eq!(
        (grants.network, grants.filesystem),
        (vec!["127.0.0.1".to_owned(), "shop.example".to_owned()], vec!["*".to_owned()])
    );
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn mistakes_are_told_as_for_a_file() {
    let rows: [(galatea::testing::TestAgentBuilder, &[&str]); 6] = [
        (TestAgent::with::<Larder>(), &["error[GAL", "`size`", "[plugins.kit-larder]"]),
        (larder().config::<Larder>(json!({ "size": "big" })), &["size = \"big\"", "error[GAL"]),
        (larder().grants_only(), &["needs the permission", "network = [\"shop.example\"]"]),
        (larder().config::<Larder>(json!(3)), &["the config of `kit-larder` is not a JSON object: 3"]),
        (larder().clock("noon"), &["`noon` is no time", "2026-01-01T12:00:00Z"]),
        (TestAgent::from_toml("name ="), &["not valid TOML"]),
    ];
    for (builder, wanted) in rows {
        let error = builder.start().await.expect_err("a mistake").to_string();
        for text in wanted {
            assert!(error.contains(text), "{text} in {error}");
        }
    }
}

#[tokio::test]
async fn a_script_is_followed_line_by_line() -> TestResult {
    let agent = larder()
        .character(json!({ "limits": { "model-timeout": "50ms" } }))
        .model(
            Script::new()
                .calls_all([("STORE_FOOD", json!({ "name": "ham" })), ("KEEP", json!({ "name": "pumpkin" }))])
                .says("Half of it fits.")
                .streams(["One ", "piece ", "more."])
                .fails(ModelError::RateLimited { retry_after: None })
                .hangs()
                .answers(|request| format!("{} tools", request.tools.len()))
                .says("Again.")
                .times(2)
                .when("HAM", Script::new().says("There is ham."))
                .on_kind(ModelKind::TextSmall, Script::new().says("IGNORE").says("RESPOND").forever()),
        )
        .start()
        .await?;
    let turn = agent.says("Put it all away.").await?;
    turn.assert_ran("STORE_FOOD");
    turn.assert_replied("Half of it fits.");
    assert_eq!(turn.actions(), ["STORE_FOOD", "STORE_FOOD"]);
    assert_eq!(
        turn.result("store food").and_then(|result| result.error.as_deref()),
        Some("pumpkin does not fit")
    );
    assert_eq!(agent.says("Go on.").await?.streamed(), "One piece more.");
    agent.says("Go on.").await?.assert_reply_contains("the model's limit is reached");
    agent.says("Is there ham?").await?.assert_replied("There is ham.");
    agent.says("Go on.").await?.assert_reply_contains("did not answer within 50ms");
    agent.says("Is there ham?").await?.assert_replied("2 tools");
    let group = agent.user("ann").in_room("kitchen", RoomKind::Group);
    group.says("Nobody listens.").await?.assert_silent();
    group.says("And now?").await?.assert_replied("Again.");
    agent.mention("Hello?").await?.assert_replied("Again.");

    let error = agent.says("One more?").await.expect_err("nothing is left");
    let told = error.to_string();
    assert!(matches!(error, TestError::Unforeseen(_)), "{told}");
    for text in ["text-large was asked to Decide", "User user: One more?", "tools: ", "STORE_FOOD"] {
        assert!(told.contains(text), "{text} in {told}");
    }
    let asked = agent.requests();
    assert_eq!(asked.last().map(|asked| asked.request.last_user_text()), Some("One more?"));
    assert_eq!(asked.iter().filter(|asked| asked.request.purpose == Purpose::ShouldRespond).count(), 2);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn actions_and_providers_are_called_by_name() -> TestResult {
    let agent = larder().start().await?;
    let stored = agent.run_action("STORE_FOOD", json!({ "name": "ham" })).await?;
    assert_eq!(stored.text.as_deref(), Some("ham is stored"));
    let failed = agent.run_action("KEEP", json!({})).await?;
    assert!(!failed.success && failed.summary().contains("`name`: it is missing"), "{failed:?}");
    assert!(agent.run_action("CLEAR_OUT", json!({})).await?.success, "the owner may");
    let tom = agent.user("tom").on("elsewhere").in_room("kitchen", RoomKind::Group);
    assert_eq!(tom.runs("CLEAR_OUT", json!({})).await?.summary(), "CLEAR_OUT is for owner; tom is guest");
    assert_eq!(agent.context("SHELF").await?.values["size"], 5);
    for (error, wanted) in [
        (agent.context("CELLAR").await.map(drop), "CELLAR told nothing: it failed: the lamp is broken"),
        (agent.context("SHELV").await.map(drop), "there is no provider SHELV; did you mean SHELF?"),
        (agent.run_action("STORE_FOD", json!({})).await.map(drop), "did you mean STORE_FOOD?"),
    ] {
        let error = error.expect_err(wanted).to_string();
        assert!(error.contains(wanted), "{wanted} in {error}");
    }
    assert!(agent.requests().is_empty(), "what the kit asks is none of the test's requests");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn time_stands_still_until_it_is_moved() -> TestResult {
    let agent = larder().clock("2026-01-01T12:00:00Z").start().await?;
    agent.advance(Duration::from_secs(3599)).await?;
    assert!(agent.events().of::<Rang>().is_empty());
    agent.advance(Duration::from_secs(1)).await?;
    assert_eq!(agent.event::<Rang>().await?.at, "2026-01-01T13:00:00Z");
    agent.stop().await;
    let by_the_system = larder().start().await?;
    let error = by_the_system.advance(Duration::from_secs(1)).await.expect_err("it goes by itself");
    assert!(error.to_string().contains(".clock("), "{error}");
    Ok(())
}

#[tokio::test]
async fn events_are_captured_and_the_background_is_waited_for() -> TestResult {
    let script = Script::new().calls("STORE_FOOD", json!({ "name": "ham" })).says("Done.");
    let agent = larder().model(script).start().await?;
    let before = LOOKS.load(Ordering::SeqCst);
    agent.says("Store the ham.").await?;
    agent.settled().await?;
    assert!(LOOKS.load(Ordering::SeqCst) > before, "the evaluator looked back");
    let events = agent.events();
    assert_eq!(events.of::<MessageReceived>().len(), 1);
    assert_eq!(events.of::<ActionCompleted>()[0].action, "STORE_FOOD");
    assert!(events.names().contains(&"EVALUATOR_COMPLETED") && events.lost() == 0);
    agent.emit(Rang { at: "now".to_owned() }).await;
    assert_eq!(agent.events().of::<Rang>()[0].at, "now");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_restart_remembers_and_goes_on_with_the_script() -> TestResult {
    let agent = larder().model(Script::new().says("First.").says("Second.")).start().await?;
    agent.says("Remember this.").await?.assert_replied("First.");
    let agent = agent.restarted().await?;
    agent.says("What did I say?").await?.assert_replied("Second.");
    let lines: Vec<String> = agent.requests()[1].request.lines.iter().map(|line| line.text.clone()).collect();
    assert_eq!(lines, ["Remember this.", "First.", "What did I say?"]);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn several_users_talk_at_once_and_turns_can_be_cancelled() -> TestResult {
    let script = Script::new().when("wait", Script::new().hangs().forever()).says("Here.").forever();
    let agent = larder().model(script).start().await?;
    let slow = agent.user("ann").begins("wait for me").await?;
    let turns = agent.user("bob").says_many(["one", "two"]).await?;
    assert!(turns.iter().all(|turn| turn.replies() == ["Here."]));
    slow.cancel();
    let (replies, record) = slow.finish().await;
    assert!(replies.is_empty() && record.is_some_and(|record| record.status.name() == "cancelled"));
    agent.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_goes_out_of_scope_is_stopped() -> TestResult {
    let agent = larder().start().await?;
    let kept = galatea::agent::Agent::clone(&agent);
    drop(agent);
    let refused = kept.send(galatea::agent::Incoming::direct("test", "room", "sam", "Hello?")).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("stopping")));
    Ok(())
}

#[tokio::test]
async fn failed_assertions_show_the_turn() -> TestResult {
    let script = Script::new().calls("STORE_FOOD", json!({ "name": "pumpkin" })).says("It does not fit.");
    let turn = larder().model(script).start().await?.says("Store the pumpkin.").await?;
    let assertions: [(&str, &dyn Fn()); 5] = [
        ("no reply is “It fits.”", &|| turn.assert_replied("It fits.")),
        ("STORE_FOOD ran and failed", &|| turn.assert_ran("STORE_FOOD")),
        ("CLEAR_OUT did not run", &|| turn.assert_ran("CLEAR_OUT")),
        ("STORE_FOOD should not have run", &|| turn.assert_not_ran("STORE_FOOD")),
        ("should have said nothing", &|| turn.assert_silent()),
    ];
    let whole = "user: Store the pumpkin.\n→ STORE_FOOD {\"name\":\"pumpkin\"}\n✗ STORE_FOOD: pumpkin does not fit\n\
                 agent: It does not fit.\ncompleted: private channel: dm\n";
    for (wanted, assertion) in assertions {
        let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err(wanted);
        let told = panic.downcast_ref::<String>().expect("a message");
        assert!(told.contains(wanted) && told.ends_with(whole), "{told}");
    }
    turn.assert_completed();
    turn.assert_not_ran("CLEAR_OUT");
    Ok(())
}
