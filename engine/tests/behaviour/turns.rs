//! Turns: one model call for a plain reply, chains of actions, failures, and never silence.

use crate::support::{ask, start, turn};
use galatea::{
    agent::Incoming,
    event::{ActionCompleted, ActionStarted, RunEnded},
    extract::ExtractError,
    prelude::*,
    turn::{RunStatus, StepStatus, TurnEvent},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{sync::Mutex, time::Duration};

/// Actions that go well and badly.
#[plugin("deeds")]
pub struct Deeds;

#[derive(Deserialize, JsonSchema)]
struct Value {
    /// Anything.
    #[serde(default)]
    value: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Made {
    /// Which.
    number: u32,
}

/// Makes a number and tells the state of it.
#[action(plugin = Deeds)]
async fn make() -> Result<ActionResult, serde_json::Error> {
    ActionResult::text("made").with_value("made", 7).with_data(&Made { number: 7 })
}

/// Reads what MAKE gave: as data, as a value, in the working memory, and in the plan.
#[action(plugin = Deeds)]
async fn read(previous: Previous<Made>, state: State, steps: Steps) -> Result<String, ExtractError> {
    let made = previous.named("MAKE")?;
    let steps: Vec<String> = steps.iter().map(|s| format!("{:?}", s.status)).collect();
    Ok(format!(
        "read {} {} memory={} plan={}",
        made.number,
        state.values.get("made").cloned().unwrap_or_default(),
        state.working_memory.len(),
        steps.join(",")
    ))
}

/// Says something itself.
#[action(plugin = Deeds)]
async fn speak(reply: Reply) -> Result<(), galatea::store::StoreError> {
    reply.text("spoken").await?;
    Ok(())
}

/// Fails.
#[action(plugin = Deeds)]
async fn fail() -> Result<(), String> {
    Err("it broke".to_owned())
}

/// Panics.
#[action(plugin = Deeds)]
async fn explode() {
    panic!("boom");
}

/// Takes too long.
#[action(plugin = Deeds, timeout = "30ms")]
async fn dawdle() {
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Fails, and nothing may follow.
#[action(plugin = Deeds, critical)]
async fn must() -> bool {
    false
}

/// Needs a number.
#[action(plugin = Deeds)]
async fn count(Args(_made): Args<Made>) -> u32 {
    1
}

/// Twice a minute and no more.
#[action(plugin = Deeds, rate_limit = "2/min")]
async fn rarely() -> &'static str {
    "rare"
}

/// For owners only; who founds a world owns it.
#[action(plugin = Deeds, roles("owner"))]
async fn govern() -> &'static str {
    "governed"
}

/// For admins and above.
#[action(plugin = Deeds, roles("admin"))]
async fn administer() -> &'static str {
    "administered"
}

#[validate(plugin = Deeds)]
async fn is_polite(message: Message) -> Result<(), String> {
    if message.content.text.contains("please") { Ok(()) } else { Err("say please".to_owned()) }
}

/// Only if asked politely.
#[action(plugin = Deeds, validate = is_polite)]
async fn oblige(Args(Value { value }): Args<Value>) -> String {
    format!("obliged {value}")
}

#[validate(plugin = Deeds)]
async fn is_allowed(Args(made): Args<Made>) -> Result<(), String> {
    if made.number == 1 { Ok(()) } else { Err("not that one".to_owned()) }
}

/// Its validate stage needs an argument: it is offered all the same, and refused when it is called.
#[action(plugin = Deeds, validate = is_allowed)]
async fn refuse() {}

const CHARACTER: &str = "name = \"Ada\"\n[plugins.puppet]\n[plugins.deeds]";

/// What is asked, what is said, and how the steps ended.
#[tokio::test]
async fn what_a_user_gets() {
    let agent = start(CHARACTER).await;
    for (text, wanted, steps) in [
        ("say Hi", vec!["Hi"], ""),
        ("do REPLY saying Hi", vec!["Hi"], ""),
        ("do reply saying Hi", vec!["Hi"], ""),
        ("do IGNORE", vec![], ""),
        ("do IGNORE,REPLY saying yo", vec!["yo"], ""),
        ("do REPLY,NONE saying Hi", vec!["Hi"], ""),
        ("do NONE saying Hi", vec!["Hi"], ""),
        ("do MAKE", vec!["[made]"], "C"),
        ("do make", vec!["[made]"], "C"),
        ("do MAKE saying Wait.", vec!["Wait.", "[made]"], "C"),
        ("do SPEAK", vec!["spoken"], "C"),
        ("do MAKE,READ", vec!["[made|read 7 7 memory=5 plan=Completed,Running]"], "CC"),
        ("do READ", vec!["[no earlier action of this turn gave a result named MAKE]"], "F"),
        ("do FAIL,MAKE", vec!["[it broke|made]"], "FC"),
        ("do EXPLODE,MAKE", vec!["[EXPLODE panicked: boom|made]"], "FC"),
        ("do DAWDLE", vec!["[DAWDLE took longer than 30ms and was stopped]"], "F"),
        ("do MUST,MAKE", vec!["I stopped: MUST failed. MUST failed: failed"], "FS"),
        ("do COUNT", vec!["[the arguments do not fit: `number`: it is missing]"], "F"),
        ("do MAKES", vec!["[there is no action MAKES; did you mean MAKE?]"], "F"),
        ("do GOVERN", vec!["[governed]"], "C"),
        ("do ADMINISTER", vec!["[administered]"], "C"),
        ("do REFUSE", vec!["[REFUSE does not apply: the arguments do not fit: missing field `number`]"], "F"),
        ("do OBLIGE", vec!["[OBLIGE does not apply: say please]"], "F"),
        ("do OBLIGE=please", vec!["[obliged please]"], "C"),
        ("raw <response><actions>REPLY</actions><text>xml</text></response>", vec!["xml"], ""),
        ("raw <think>hidden</think>shown", vec!["shown"], ""),
        ("raw <think>hidden</think>{\"text\": \"json\"}", vec!["{\"text\": \"json\"}"], ""),
        ("do MAKE saying <think>hidden</think>Wait.", vec!["Wait.", "[made]"], "C"),
        ("frame MAKE", vec!["[made]"], "C"),
        (
            "raw <response><actions>MAKE</actions><text>as you wrote</text></response>",
            vec!["as you wrote"],
            "",
        ),
        ("raw {\"text\": \"json stays\"}", vec!["{\"text\": \"json stays\"}"], ""),
        ("fail", vec!["I cannot answer that now: the model is unavailable: llm down."], ""),
    ] {
        let (said, record) = ask(&agent, text).await;
        assert_eq!(said, wanted, "{text}");
        let ended: String = record
            .steps
            .iter()
            .map(|step| match step.status {
                StepStatus::Completed => 'C',
                StepStatus::Failed => 'F',
                StepStatus::Skipped => 'S',
                StepStatus::Pending | StepStatus::Running => '?',
            })
            .collect();
        assert_eq!(ended, steps, "{text}");
        let status = if text == "fail" { RunStatus::Failed } else { RunStatus::Completed };
        assert_eq!(record.status, status, "{text}");
    }
}

#[tokio::test]
async fn a_model_is_offered_what_may_be_used() {
    let agent = start(CHARACTER).await;
    let offered = ask(&agent, "tools").await.0.remove(0);
    let is_offered = |name: &str| offered.split(',').any(|tool| tool == name);
    for (name, wanted) in
        [("MAKE", true), ("REFUSE", true), ("OBLIGE", false), ("GOVERN", true), ("REPLY", false)]
    {
        assert_eq!(is_offered(name), wanted, "{name} in {offered}");
    }
    let stranger = turn(&agent, Incoming::direct("test", "room", "kim", "tools")).await.0.remove(0);
    assert!(!stranger.contains("GOVERN"), "who did not found the world does not own it: {stranger}");
}

#[tokio::test]
async fn a_plain_reply_costs_one_model_call() {
    let agent = start(CHARACTER).await;
    let (_, record) = ask(&agent, "say Hi").await;
    assert_eq!(record.model_calls.len(), 1);
    let stages: Vec<&str> = record.stages.iter().map(|stage| stage.stage.as_str()).collect();
    assert_eq!(stages, ["respond", "compose", "decide"]);
}

#[tokio::test]
async fn all_that_a_turn_did_has_its_time_in_it() {
    let agent = start(CHARACTER).await;
    let (_, record) = ask(&agent, "do MAKE,DAWDLE,MAKE").await;
    // Starts and times are rounded down, each by itself.
    let is_within = |outer: (u64, u64), (start, micros): (u64, u64)| {
        outer.0 <= start && start + micros <= outer.0 + outer.1 + 2
    };
    let stages: Vec<_> =
        record.stages.iter().map(|stage| (&*stage.stage, (stage.start, stage.micros))).collect();
    assert!(stages.is_sorted_by(|(_, one), (_, next)| one.0 + one.1 <= next.0 + 2), "{stages:?}");
    assert!(stages.iter().all(|(_, stage)| is_within((0, record.micros), *stage)), "{stages:?}");
    let is_in = |name: &str, part: (u64, u64)| {
        stages.iter().any(|(stage, time)| *stage == name && is_within(*time, part))
    };
    for call in &record.model_calls {
        assert!(is_in("decide", (call.start, call.micros)), "{call:?} {stages:?}");
    }
    for step in &record.steps {
        assert!(is_in("act", (step.start, step.micros)), "{step:?} {stages:?}");
    }
    for provider in &record.providers {
        assert!(is_in("compose", (provider.start, provider.micros)), "{provider:?} {stages:?}");
    }
    let [make, dawdle, again] = record.steps.as_slice() else { panic!("{:?}", record.steps) };
    assert!(make.start < dawdle.start && dawdle.start + 30_000 <= again.start, "{:?}", record.steps);
}

#[tokio::test]
async fn a_rate_limit_counts_for_each_user() {
    let agent = start(CHARACTER).await;
    for wanted in ["[rare]", "[rare]"] {
        assert_eq!(ask(&agent, "do RARELY").await.0, [wanted]);
    }
    let (said, _) = ask(&agent, "do RARELY").await;
    assert!(said[0].contains("may be used 2 times in 60s"), "{said:?}");
    let other = Incoming::direct("test", "room2", "kim", "do RARELY");
    assert_eq!(turn(&agent, other).await.0, ["[rare]"]);
}

#[tokio::test]
async fn text_streams_and_actions_show_while_the_turn_runs() {
    let agent = start(CHARACTER).await;
    let mut handle = agent.send(Incoming::direct("test", "r", "sam", "say one two three")).await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = handle.next().await {
        seen.push(match event {
            TurnEvent::Started { .. } => "started".to_owned(),
            TurnEvent::Text(text) => format!("text {text}"),
            TurnEvent::Reply(reply) => format!("reply {}", reply.content.text),
            TurnEvent::Ended(_) => "ended".to_owned(),
            other => format!("{other:?}"),
        });
    }
    let streamed: String = seen.iter().filter_map(|line| line.strip_prefix("text ")).collect();
    assert_eq!(streamed, "one two three");
    assert_eq!(seen.first().map(String::as_str), Some("started"));
    assert_eq!(seen[seen.len() - 2..], ["reply one two three", "ended"]);
}

#[tokio::test]
async fn a_turn_that_takes_too_long_says_so() {
    let agent = start(&format!("{CHARACTER}\n[limits]\nturn-timeout = \"50ms\"")).await;
    let (said, record) = ask(&agent, "hang").await;
    assert_eq!(record.status, RunStatus::Timeout);
    assert_eq!(said, ["I ran out of time: this took longer than 50ms, so I stopped."]);
}

#[tokio::test]
async fn a_cancelled_turn_ends_and_the_next_one_begins() {
    let agent = start(CHARACTER).await;
    let hanging = agent.send(Incoming::direct("test", "room", "sam", "hang")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    hanging.cancel();
    let (replies, record) = hanging.finish().await;
    assert!(replies.is_empty());
    assert_eq!(record.unwrap().status, RunStatus::Cancelled);
    assert_eq!(ask(&agent, "say next").await.0, ["next"]);
}

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Listens, and fails at it.
#[plugin("ears")]
pub struct Ears;

#[on(ActionCompleted, plugin = Ears)]
async fn a_bad_listener(_event: Event<ActionCompleted>) -> Result<(), String> {
    Err("deaf".to_owned())
}

#[on(ActionCompleted, plugin = Ears)]
async fn hears_actions(event: Event<ActionCompleted>) {
    HEARD.lock().unwrap().push(format!("{} {}", event.action, event.result.success));
}

#[on(RunEnded, plugin = Ears)]
async fn hears_ends(event: Event<RunEnded>) {
    HEARD.lock().unwrap().push(format!("run {}", event.status));
}

#[tokio::test]
async fn events_come_in_order_also_on_failure() {
    let agent = start(&format!("{CHARACTER}\n[plugins.ears]")).await;
    ask(&agent, "do MAKE,FAIL").await;
    assert_eq!(*HEARD.lock().unwrap(), ["MAKE true", "FAIL false", "run completed"]);
}

/// Judges replies before they leave.
#[plugin("judge")]
pub struct Judge;

/// Does not let rude words out.
#[evaluator(plugin = Judge, gate)]
async fn manners(replies: Replies) -> Option<Evaluation> {
    let text = replies.pending.clone()?;
    let rude = text.contains("fool");
    Some(Evaluation { rewrite: rude.then(|| text.replace("fool", "friend")), ..Evaluation::new(1.0, !rude) })
}

/// A gate that breaks.
#[plugin("broken-judge")]
pub struct BrokenJudge;

/// Breaks.
#[evaluator(plugin = BrokenJudge, gate)]
async fn breaks() {
    panic!("no verdict");
}

#[tokio::test]
async fn a_gate_that_breaks_keeps_the_reply_in() {
    let agent = start(&format!("{CHARACTER}\n[plugins.broken-judge]")).await;
    let (said, record) = ask(&agent, "say a secret").await;
    assert_eq!(said, ["(I wrote a reply, but BREAKS held it back.)"]);
    assert_eq!(record.evaluations[0].error.as_deref(), Some("panicked: no verdict"));
}

#[tokio::test]
async fn what_was_streamed_and_is_not_said_is_taken_back() {
    let agent = start(&format!("{CHARACTER}\n[plugins.half-a-model]")).await;
    let mut handle = agent.send(Incoming::direct("test", "r", "sam", "say whole")).await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = handle.next().await {
        match event {
            TurnEvent::Text(text) => seen.push(text),
            TurnEvent::Retracted => seen.push("(taken back)".to_owned()),
            TurnEvent::Reply(reply) => seen.push(reply.content.text.clone()),
            _ => {}
        }
    }
    // It is asked once more, then another one is: nothing is said twice.
    let half = ["half an answer", "(taken back)"];
    assert_eq!(seen, [half[0], half[1], half[0], half[1], "whole", "whole"]);
}

/// Streams half an answer, then fails.
#[plugin("half-a-model", priority = 10)]
pub struct HalfAModel;

/// Streams, then fails.
#[model(TextLarge, tools, plugin = HalfAModel)]
async fn half(chunks: Chunks) -> Result<ModelAnswer, ModelError> {
    chunks.send("half an answer").await;
    Err(ModelError::Unavailable("lost the line".to_owned()))
}

#[tokio::test]
async fn a_cancelled_step_is_a_failed_one_and_every_start_has_its_end() {
    let agent = start(&format!("{CHARACTER}\n[plugins.ears2]")).await;
    let running = agent.send(Incoming::direct("test", "room", "sam", "do LINGERING")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(30)).await;
    running.cancel();
    let (replies, record) = running.finish().await;
    let step = record.unwrap().steps[0].clone();
    assert!(replies.is_empty());
    assert_eq!(step.status, StepStatus::Failed);
    assert_eq!(*LINGERED.lock().unwrap(), ["started", "completed false"]);
}

static LINGERED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Listens to one action.
#[plugin("ears2")]
pub struct Ears2;

/// Takes long.
#[action(plugin = Ears2)]
async fn lingering() {
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[on(ActionStarted, plugin = Ears2)]
async fn hears_the_start(_event: Event<ActionStarted>) {
    LINGERED.lock().unwrap().push("started".to_owned());
}

#[on(ActionCompleted, plugin = Ears2)]
async fn hears_the_end(event: Event<ActionCompleted>) {
    LINGERED.lock().unwrap().push(format!("completed {}", event.result.success));
}

#[tokio::test]
async fn a_gate_rewrites_a_reply_before_it_is_seen() {
    let agent = start(&format!("{CHARACTER}\n[plugins.judge]")).await;
    let (said, record) = ask(&agent, "say you fool").await;
    assert_eq!(said, ["you friend"]);
    assert!(!record.evaluations[0].evaluation.as_ref().unwrap().passed);
}
