//! Chains of actions: what becomes of the others when one of them fails, and what actions may give and ask.

use crate::support::{ask, start, turn};
use galatea::{
    agent::Incoming,
    event::{ActionCompleted, ActionStarted},
    memory::{Attachment, RoomKind},
    prelude::*,
    turn::{RunRecord, StepStatus},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{sync::Mutex, time::Duration};

/// Actions in a row.
#[plugin("chain")]
pub struct Chain;

/// The first.
#[action(plugin = Chain, tags("row"))]
async fn a() -> ActionResult {
    ActionResult::text("a done").with_value("a", 1)
}

/// Fails.
#[action(plugin = Chain, tags("row", "bad"))]
async fn b_fails() -> Result<(), &'static str> {
    Err("no luck")
}

/// Fails, and nothing may follow.
#[action(plugin = Chain, critical, tags("bad"))]
async fn b_must() -> Result<(), &'static str> {
    Err("no luck")
}

/// Panics.
#[action(plugin = Chain)]
async fn b_panics() {
    panic!("boom");
}

/// Takes too long.
#[action(plugin = Chain, timeout = "20ms")]
async fn b_dawdles() {
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Panics, and nothing may follow.
#[action(plugin = Chain, critical)]
async fn b_must_not_panic() {
    panic!("boom");
}

/// Goes well.
#[action(plugin = Chain)]
async fn b() -> &'static str {
    "b done"
}

/// Tells how the others stand.
#[action(plugin = Chain)]
async fn c(state: State, steps: Steps, previous: Previous<serde_json::Value>) -> String {
    let steps: Vec<String> = steps.iter().map(|step| format!("{:?}", step.status)).collect();
    let results: Vec<String> = previous.all().iter().map(|step| step.result.success.to_string()).collect();
    format!("a={} {} {}", state.values["a"], steps.join(","), results.join(","))
}

/// Listens to actions.
#[plugin("chain-ears")]
pub struct ChainEars;

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[on(ActionStarted, plugin = ChainEars)]
async fn hears_starts(event: Event<ActionStarted>) {
    HEARD.lock().unwrap().push(format!("{} {}/{}", event.action, event.step, event.steps));
}

#[on(ActionCompleted, plugin = ChainEars)]
async fn hears_ends(event: Event<ActionCompleted>) {
    let error = event.result.error.clone().unwrap_or_default();
    HEARD.lock().unwrap().push(format!(
        "{} {}{error}",
        event.action,
        if error.is_empty() { "ok" } else { "" }
    ));
}

const CHARACTER: &str = "name = \"Ada\"\n[plugins.puppet]\n[plugins.chain]\n[plugins.gifts]";

fn results(record: &RunRecord) -> Vec<&str> {
    record.steps.iter().map(|step| step.result.as_ref().map_or("-", |result| result.summary())).collect()
}

/// The second of three actions goes wrong: what the steps are, what the user is told, what record and events hold.
/// (One that waits for a person over a restart: `approval.rs` of the SQL plugin's tests.)
#[tokio::test]
async fn a_b_c() {
    use StepStatus::{Completed as C, Failed as F, Skipped as S};
    let agent = start(&format!("{CHARACTER}\n[plugins.chain-ears]")).await;
    for (b, statuses, said, b_told, c_told, c_runs) in [
        ("B", [C, C, C], "[a done|b done|a=1 Completed,Completed,Running true,true]", "b done", "", true),
        (
            "B_FAILS",
            [C, F, C],
            "[a done|no luck|a=1 Completed,Failed,Running true,false]",
            "no luck",
            "",
            true,
        ),
        (
            "B_MUST",
            [C, F, S],
            "I stopped: B_MUST failed. a done\nB_MUST failed: no luck",
            "no luck",
            "-",
            false,
        ),
        (
            "B_PANICS",
            [C, F, C],
            "[a done|B_PANICS panicked: boom|a=1 Completed,Failed,Running true,false]",
            "B_PANICS panicked: boom",
            "",
            true,
        ),
        (
            "B_MUST_NOT_PANIC",
            [C, F, S],
            "I stopped: B_MUST_NOT_PANIC failed. a done\nB_MUST_NOT_PANIC failed: B_MUST_NOT_PANIC panicked: boom",
            "B_MUST_NOT_PANIC panicked: boom",
            "-",
            false,
        ),
        (
            "B_DAWDLES",
            [C, F, C],
            "[a done|B_DAWDLES took longer than 20ms and was stopped|a=1 Completed,Failed,Running true,false]",
            "B_DAWDLES took longer than 20ms and was stopped",
            "",
            true,
        ),
        // A step for which there is no action is a failed one that never began.
        (
            "B_FAIL",
            [C, F, C],
            "[a done|there is no action B_FAIL; did you mean B_FAILS?|a=1 Completed,Failed,Running true]",
            "there is no action B_FAIL; did you mean B_FAILS?",
            "",
            true,
        ),
    ] {
        HEARD.lock().unwrap().clear();
        let (heard, record) = ask(&agent, &format!("do A,{b},C")).await;
        assert_eq!(heard, [said], "{b}");
        let ended: Vec<StepStatus> = record.steps.iter().map(|step| step.status).collect();
        assert_eq!(ended, statuses, "{b}");
        let told = results(&record);
        let c = if c_runs { told[2] } else { c_told };
        assert_eq!(told, ["a done", b_told, c], "{b}");

        let mut events = vec!["A 1/3".to_owned(), "A ok".to_owned()];
        if b != "B_FAIL" {
            let end = if b == "B" { "ok" } else { b_told };
            events.extend([format!("{b} 2/3"), format!("{b} {end}")]);
        }
        if c_runs {
            events.extend(["C 3/3".to_owned(), "C ok".to_owned()]);
        }
        assert_eq!(*HEARD.lock().unwrap(), events, "{b}");
        let stored = agent.store().run(record.run).await.unwrap().unwrap();
        let stored: RunRecord = serde_json::from_value(stored.record).unwrap();
        assert_eq!(stored.steps, record.steps, "{b}");
    }
    agent.stop().await;
}

/// Actions that give something.
#[plugin("gifts")]
pub struct Gifts;

/// Nothing.
#[action(plugin = Gifts)]
async fn give_nothing() {}

/// No.
#[action(plugin = Gifts)]
async fn give_no() -> bool {
    false
}

/// A text, or nothing to say.
#[action(plugin = Gifts)]
async fn give_some() -> Option<&'static str> {
    Some("some")
}

/// A text, or nothing to say, or an error.
#[action(plugin = Gifts)]
async fn give_none() -> Result<Option<String>, String> {
    Ok(None)
}

/// A number.
#[action(plugin = Gifts)]
async fn give_number() -> f64 {
    2.5
}

/// A text or not.
#[action(plugin = Gifts)]
async fn give_maybe() -> Result<String, std::num::ParseIntError> {
    "x".parse::<i32>().map(|number| number.to_string())
}

/// A picture.
#[action(plugin = Gifts)]
async fn give_picture(reply: Reply) -> Result<String, galatea::store::StoreError> {
    let picture = Attachment {
        id: "1".to_owned(),
        url: "file:///cat.png".to_owned(),
        media_type: Some("image/png".to_owned()),
        ..Attachment::default()
    };
    let said = reply.content(Content { attachments: vec![picture], ..Content::text("A cat.") }).await?;
    Ok(format!("{} {}", said.sequence, said.content.attachments.len()))
}

#[derive(Deserialize, JsonSchema)]
struct Wish {
    /// What.
    #[serde(default)]
    value: String,
}

#[validate(plugin = Gifts)]
fn is_wished(Args(wish): Args<Wish>) -> Result<(), &'static str> {
    if wish.value.is_empty() { Err("nothing is wished") } else { Ok(()) }
}

#[validate(plugin = Gifts)]
async fn is_modest(Args(wish): Args<Wish>) -> Result<(), String> {
    if wish.value == "gold" { Err(format!("{} is too much", wish.value)) } else { Ok(()) }
}

#[validate(plugin = Gifts)]
fn is_daytime() -> bool {
    true
}

/// What is wished, in modesty.
#[action(plugin = Gifts, validate(is_daytime, is_wished, is_modest))]
async fn give_wish(Args(wish): Args<Wish>) -> String {
    wish.value
}

/// Twice a minute in a room.
#[action(plugin = Gifts, rate_limit("2/min", per = room))]
async fn give_in_room() -> &'static str {
    "r"
}

/// Twice a minute by the agent.
#[action(plugin = Gifts, rate_limit("2/min", per = agent))]
async fn give_once() -> &'static str {
    "g"
}

/// Twice a minute to somebody.
#[action(plugin = Gifts, rate_limit = "2/min")]
async fn give_each() -> &'static str {
    "e"
}

/// How much it remembers.
#[action(plugin = Gifts)]
async fn remember(state: State) -> String {
    state.working_memory.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn results_may_be_anything_that_can_be_told() {
    let agent = start(CHARACTER).await;
    for (text, said) in [
        ("do GIVE_NOTHING", "[done]"),
        ("do GIVE_SOME", "[some]"),
        ("do GIVE_NONE", "[done]"),
        ("do GIVE_NO", "[failed]"),
        ("do GIVE_NUMBER", "[2.5]"),
        ("do GIVE_MAYBE", "[invalid digit found in string]"),
        ("do GIVE_WISH", "[GIVE_WISH does not apply: nothing is wished]"),
        ("do GIVE_WISH=gold", "[GIVE_WISH does not apply: gold is too much]"),
        ("do GIVE_WISH=bread", "[bread]"),
    ] {
        assert_eq!(ask(&agent, text).await.0, [said], "{text}");
    }
    agent.stop().await;
}

#[tokio::test]
async fn attachments_are_delivered_and_stored() {
    let agent = start(CHARACTER).await;
    let handle = agent.send(Incoming::direct("test", "room", "sam", "do GIVE_PICTURE")).await.unwrap();
    let (replies, record) = handle.finish().await;
    assert_eq!(replies[0].content.attachments[0].url, "file:///cat.png");
    let stored = agent.store().memories_by_id(&[replies[0].id]).await.unwrap();
    assert_eq!(stored[0], *replies[0]);
    assert_eq!(record.unwrap().steps[0].result.as_ref().unwrap().summary(), "2 1");
    agent.stop().await;
}

/// Who uses it where, and whether it may be used.
#[tokio::test]
async fn a_rate_limit_counts_for_users_rooms_or_the_agent() {
    let agent = start(CHARACTER).await;
    for (action, uses) in [
        ("GIVE_EACH", [("sam", "1", true), ("sam", "2", true), ("sam", "3", false), ("kim", "1", true)]),
        ("GIVE_IN_ROOM", [("sam", "1", true), ("kim", "1", true), ("lee", "1", false), ("lee", "2", true)]),
        ("GIVE_ONCE", [("sam", "1", true), ("kim", "2", true), ("lee", "3", false), ("kim", "4", false)]),
    ] {
        for (name, room, may) in uses {
            let mut incoming = Incoming::direct("test", room, name, &format!("do {action}"));
            incoming.address.kind = RoomKind::Dm;
            let said = turn(&agent, incoming).await.0.remove(0);
            assert_eq!(!said.contains("may be used 2 times in 60s"), may, "{action} {name} {room}: {said}");
        }
    }
    agent.stop().await;
}

#[tokio::test]
async fn the_working_memory_keeps_the_newest_as_many_as_the_character_says() {
    let agent = start(&format!("{CHARACTER}\n[limits]\nworking-memory = 3")).await;
    assert_eq!(ask(&agent, "do A,B,REMEMBER").await.0, ["[a done|b done|A,B]"]);
    assert_eq!(ask(&agent, "do A,REMEMBER").await.0, ["[a done|B,REMEMBER,A]"]);
    agent.stop().await;
}

#[tokio::test]
async fn actions_are_found_by_their_tags() {
    let agent = start(CHARACTER).await;
    for (tag, wanted) in [("row", vec!["A", "B_FAILS"]), ("bad", vec!["B_FAILS", "B_MUST"]), ("none", vec![])]
    {
        let names: Vec<&str> = agent.actions_tagged(tag).iter().map(|action| action.def.name).collect();
        assert_eq!(names, wanted, "{tag}");
    }
    agent.stop().await;
}
