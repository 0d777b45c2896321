//! Evaluators: when they run, alone, in batches and on request; gates; what stays of what they think.

use crate::support::{ask, start, turn, until};
use galatea::{
    agent::{Agent, EvaluateError, Incoming},
    event::{EvaluatorCompleted, EvaluatorStarted, EventType},
    prelude::*,
    store::{Score, ScoreQuery},
    turn::{EvaluationRecord, RunRecord},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Evaluators of several kinds.
#[plugin("observer")]
pub struct Observer;

#[validate(plugin = Observer)]
fn is_long(message: Message) -> bool {
    message.content.text.len() > 20
}

#[validate(plugin = Observer)]
fn is_never() -> Result<(), String> {
    Err("not by itself".to_owned())
}

/// How long the reply is.
#[evaluator(plugin = Observer, similes("SHORTNESS"))]
async fn brevity(replies: Replies) -> Evaluation {
    let length: usize = replies.iter().map(|reply| reply.content.text.len()).sum();
    Evaluation { metadata: json!({ "length": length }), ..Evaluation::new(0.25, length < 10) }
}

/// Looks at long messages, answered or not.
#[evaluator(plugin = Observer, always_run, validate = is_long)]
async fn length() -> Evaluation {
    Evaluation::new(1.0, true)
}

/// Only on request: what it sees.
#[evaluator(plugin = Observer, validate = is_never)]
async fn sight(
    message: Message,
    history: History,
    replies: Replies,
    state: State,
    steps: Steps,
) -> Evaluation {
    let history: Vec<&str> = history.iter().map(|memory| memory.content.text.as_str()).collect();
    let replies: Vec<&str> = replies.iter().map(|reply| reply.content.text.as_str()).collect();
    let seen = json!({ "message": message.content.text, "history": history, "replies": replies, "told": state.text, "steps": steps.len() });
    Evaluation { metadata: seen, ..Evaluation::new(7.5, true) }
}

/// Only on request: says nothing.
#[evaluator(plugin = Observer, validate = is_never)]
async fn silence() {}

/// Only on request: its score is no number.
#[evaluator(plugin = Observer, validate = is_never)]
async fn nonsense() -> Evaluation {
    Evaluation::new(f64::NAN, true)
}

/// Only on request: breaks.
#[evaluator(plugin = Observer, validate = is_never)]
async fn breaks_too() -> Result<Evaluation, String> {
    Err("broken".to_owned())
}

const OBSERVED: &str = "\n[plugins.puppet]\n[plugins.observer]";

async fn record(agent: &Agent, run: Uuid) -> RunRecord {
    serde_json::from_value(agent.store().run(run).await.unwrap().unwrap().record).unwrap()
}

/// The record of a run with at least so many evaluations.
async fn evaluated(agent: &Agent, run: Uuid, count: usize) -> RunRecord {
    until("it is evaluated", async || record(agent, run).await.evaluations.len() >= count).await;
    record(agent, run).await
}

fn names(evaluations: &[EvaluationRecord]) -> Vec<&str> {
    evaluations.iter().map(|evaluation| evaluation.evaluator.as_str()).collect()
}

async fn scores(agent: &Agent) -> Vec<Score> {
    agent.store().scores(&ScoreQuery::default()).await.unwrap()
}

#[tokio::test]
async fn they_run_when_they_are_due_and_their_scores_stay() {
    let agent = start(&format!("name = \"Ada\"{OBSERVED}")).await;
    for (text, wanted) in [
        ("say Hi", vec!["BREVITY"]),
        ("say Hi to a long message", vec!["BREVITY", "LENGTH"]),
        ("do IGNORE,NONE", vec![]),
        ("do IGNORE,NONE,NONE,NONE,NONE", vec!["LENGTH"]),
    ] {
        let run = ask(&agent, text).await.1.run;
        assert_eq!(names(&evaluated(&agent, run, wanted.len()).await.evaluations), wanted, "{text}");
    }
    until("all scores are stored", async || scores(&agent).await.len() == 4).await;
    let (first, room) = (scores(&agent).await.remove(0), agent.place_id("test", "room"));
    let told = (first.evaluator.as_str(), first.score, first.passed, &first.metadata, first.room);
    assert_eq!(told, ("BREVITY", 0.25, true, &json!({ "length": 2 }), room));
    agent.stop().await;
}

#[tokio::test]
async fn on_request_they_run_about_a_run_that_ended() {
    let agent = start(&format!("name = \"Ada\"{OBSERVED}\n[plugins.stage]\n[plugins.deeds]")).await;
    ask(&agent, "say before").await;
    let run = ask(&agent, "do MAKE saying Wait.").await.1.run;
    ask(&agent, "say afterwards").await;
    evaluated(&agent, run, 1).await;
    // By name or simile, whatever `validate` says, in the order of asking.
    let told =
        agent.evaluate(run, &["SIGHT", "silence", "SHORTNESS", "BREAKS_TOO", "NONSENSE"]).await.unwrap();
    assert_eq!(names(&told), ["SIGHT", "SILENCE", "BREVITY", "BREAKS_TOO", "NONSENSE"]);
    let seen = told[0].evaluation.clone().unwrap();
    assert_eq!(seen.score, 1.0, "a score is at most 1");
    assert_eq!(
        seen.metadata,
        json!({
            "message": "do MAKE saying Wait.",
            "history": ["say before", "before", "do MAKE saying Wait."],
            "replies": ["Wait.", "[made]"],
            "told": "T_A\nT_N1\nT_N2\nT_Z",
            "steps": 0,
        })
    );
    assert_eq!((&told[1].evaluation, &told[1].error), (&None, &None));
    assert_eq!(told[2].evaluation.as_ref().unwrap().metadata["length"], 11);
    assert_eq!(told[3].error.as_deref(), Some("broken"));
    assert_eq!(told[4].error.as_deref(), Some("its score is no number: NaN"));
    let stored = record(&agent, run).await;
    assert_eq!(names(&stored.evaluations), ["BREVITY", "SIGHT", "BREVITY", "BREAKS_TOO", "NONSENSE"]);
    let of_run =
        scores(&agent).await.into_iter().filter(|score| score.run == run).map(|score| score.evaluator);
    assert_eq!(of_run.collect::<Vec<_>>(), ["BREVITY", "SIGHT", "BREVITY"]);

    for (run, name, wanted) in [
        (run, "BREVTY", "there is no evaluator BREVTY; did you mean BREVITY?"),
        (Uuid::nil(), "BREVITY", "there is no run 00000000-0000-0000-0000-000000000000"),
    ] {
        assert_eq!(agent.evaluate(run, &[name]).await.unwrap_err().to_string(), wanted);
    }
    let running = agent.send(Incoming::direct("test", "elsewhere", "sam", "hang")).await.unwrap();
    let not_yet = agent.evaluate(running.run, &["BREVITY"]).await;
    assert!(matches!(not_yet, Err(EvaluateError::NotEnded(run)) if run == running.run));
    running.cancel();
    agent.store().delete_memories(&[stored.message]).await.unwrap();
    assert!(matches!(agent.evaluate(run, &["BREVITY"]).await, Err(EvaluateError::NoMessage { .. })));
    agent.stop().await;
}

#[tokio::test]
async fn two_requests_at_once_both_stay_in_the_record() {
    let agent = start(&format!("name = \"Ada\"{OBSERVED}")).await;
    let run = ask(&agent, "say Hi").await.1.run;
    let all = futures_util::future::join_all((0..10).map(|_| agent.evaluate(run, &["SIGHT"]))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(evaluated(&agent, run, 11).await.evaluations.len(), 11);
    agent.stop().await;
}

/// Judges turns alone or together.
#[plugin("bench")]
pub struct Bench;

/// The first turn is judged when the test lets it.
static MAY_JUDGE: LazyLock<Mutex<BTreeMap<Uuid, Arc<Semaphore>>>> = LazyLock::new(Mutex::default);

fn may_judge(agent: &Agent) -> Arc<Semaphore> {
    let mut all = MAY_JUDGE.lock().unwrap();
    Arc::clone(all.entry(agent.id()).or_insert_with(|| Arc::new(Semaphore::new(0))))
}

/// Judges when it may.
#[evaluator(plugin = Bench, batch = judge_many)]
async fn judge(agent: Agent, message: Message) -> Evaluation {
    may_judge(&agent).acquire().await.unwrap().forget();
    Evaluation { metadata: json!({ "alone": message.content.text }), ..Evaluation::new(0.5, true) }
}

#[batch(plugin = Bench)]
async fn judge_many(turns: Turns) -> Result<Vec<Option<Evaluation>>, String> {
    let texts: Vec<&str> = turns.iter().map(|turn| turn.message.content.text.as_str()).collect();
    if texts.contains(&"say fail") {
        return Err("no judge".to_owned());
    }
    assert!(!texts.contains(&"say panic"), "a bug");
    let judged = turns.iter().zip(0..).map(|(turn, place)| {
        let replies: Vec<&str> = turn.replies.iter().map(|reply| reply.content.text.as_str()).collect();
        let room = turn.snapshot.room.as_ref().map(|room| room.name.as_str());
        let seen = json!({ "of": turns.len(), "place": place, "room": room, "from": turn.sender.name(), "replies": replies });
        (replies != ["nothing"]).then(|| Evaluation { metadata: seen, ..Evaluation::new(0.5, true) })
    });
    let mut judged: Vec<Option<Evaluation>> = judged.collect();
    if texts.contains(&"say miscount") {
        judged.pop();
    }
    Ok(judged)
}

/// Lets the first turn wait for its judge and the others for the first; then all are judged. Gives the records of the
/// others, in their order.
async fn judged(agent: &Agent, texts: &[&str]) -> Vec<RunRecord> {
    ask(agent, "say first").await;
    until("the first is being judged", async || agent_waits(agent)).await;
    let mut runs = Vec::new();
    for (text, number) in texts.iter().zip(0..) {
        let incoming = Incoming::direct("test", &format!("room {number}"), "sam", text);
        runs.push(turn(agent, incoming).await.1.run);
        // One after the other, as they ended.
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    may_judge(agent).add_permits(100);
    let mut records = Vec::new();
    for (run, text) in runs.into_iter().zip(texts) {
        let wanted = usize::from(*text != "say nothing");
        records.push(evaluated(agent, run, wanted).await);
    }
    records
}

fn agent_waits(agent: &Agent) -> bool {
    // The evaluator asks for the semaphore when it begins.
    MAY_JUDGE.lock().unwrap().contains_key(&agent.id())
}

async fn bench(name: &str) -> Agent {
    start(&format!("name = \"{name}\"\n[plugins.puppet]\n[plugins.bench]")).await
}

#[tokio::test]
async fn turns_that_wait_are_judged_together() {
    let agent = bench("Together").await;
    let mut events = agent.events().subscribe();
    let records = judged(&agent, &["say one", "say nothing", "say three"]).await;
    for (record, (place, wanted)) in records.iter().zip([(0, Some("one")), (1, None), (2, Some("three"))]) {
        let seen =
            record.evaluations.first().and_then(|one| one.evaluation.as_ref()).map(|one| &one.metadata);
        let room = format!("room {place}");
        let wanted = wanted
            .map(|said| json!({ "of": 3, "place": place, "room": room, "from": "sam", "replies": [said] }));
        assert_eq!(seen, wanted.as_ref());
    }
    // Alone, with nobody waiting, the single form is used.
    let run = ask(&agent, "say alone").await.1.run;
    let alone = evaluated(&agent, run, 1).await;
    assert_eq!(alone.evaluations[0].evaluation.as_ref().unwrap().metadata, json!({ "alone": "say alone" }));
    agent.stop().await;
    assert_eq!(scores(&agent).await.len(), 4);
    // Every turn has its beginning and its end.
    let (mut started, mut completed) = (0, 0);
    while let Ok(event) = events.try_recv() {
        match event.name() {
            EvaluatorStarted::NAME => started += 1,
            EvaluatorCompleted::NAME => completed += 1,
            _ => {}
        }
    }
    assert_eq!((started, completed), (5, 5));
}

#[tokio::test]
async fn a_batch_that_goes_wrong_is_noted_for_each_turn() {
    for (name, text, wanted) in [
        ("Miscount", "say miscount", "the batch form of JUDGE gave 1 evaluations for 2 turns"),
        ("Fail", "say fail", "no judge"),
        ("Panic", "say panic", "panicked: a bug"),
    ] {
        let agent = bench(name).await;
        for record in judged(&agent, &[text, "say Hi"]).await {
            assert_eq!(record.evaluations[0].error.as_deref(), Some(wanted));
        }
        agent.stop().await;
    }
}

/// The batch form goes through the layers around its evaluator as the single form does.
#[tokio::test]
async fn batches_have_layers() {
    let agent =
        start("name = \"Layers\"\nmiddleware = [\"timing\"]\n[plugins.puppet]\n[plugins.bench]").await;
    judged(&agent, &["say one", "say two"]).await;
    let all = agent.timings();
    let judge = all.iter().find(|timing| timing.part.name == "JUDGE").unwrap();
    assert_eq!((judge.count, judge.failed), (2, 0), "the first alone, the others together");
    agent.stop().await;
}

#[tokio::test]
async fn a_batch_has_a_bound() {
    let agent = bench("Bound").await;
    let records = judged(&agent, &["say x"; 40]).await;
    let of: Vec<u64> = records
        .iter()
        .map(|record| record.evaluations[0].evaluation.as_ref().unwrap().metadata["of"].as_u64().unwrap())
        .collect();
    assert_eq!((&of[..32], &of[32..]), (&[32; 32][..], &[8; 8][..]));
    agent.stop().await;
}

/// Takes its time.
#[plugin("thinker")]
pub struct Thinker;

/// Thinks for a while.
#[evaluator(plugin = Thinker)]
async fn think() -> Evaluation {
    tokio::time::sleep(Duration::from_millis(60)).await;
    Evaluation::new(0.5, true)
}

#[tokio::test]
async fn what_is_pending_at_the_end_is_finished() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.thinker]\n[plugins.bench]").await;
    may_judge(&agent).add_permits(1);
    let first = ask(&agent, "say one").await.1.run;
    let second = ask(&agent, "say two").await.1.run;
    may_judge(&agent).add_permits(1);
    agent.stop().await;
    for run in [first, second] {
        assert_eq!(names(&record(&agent, run).await.evaluations), ["JUDGE", "THINK"]);
    }
    assert_eq!(scores(&agent).await.len(), 4);
}

/// Gates one after another.
#[plugin("gates")]
pub struct Gates;

#[validate(plugin = Gates)]
fn is_guarded(message: Message) -> Result<(), String> {
    assert!(!message.content.text.contains("stage panics"), "a bug");
    if message.content.text.contains("free") { Err("free".to_owned()) } else { Ok(()) }
}

/// What stands in the text it does.
#[evaluator(plugin = Gates, gate, name = "A_GATE", timeout = "40ms", validate = is_guarded)]
async fn a_gate(replies: Replies) -> Result<Option<Evaluation>, String> {
    let text = replies.pending.clone().unwrap_or_default();
    let low = Evaluation::new(0.0, false);
    Ok(match text.as_str() {
        "hold" => Some(low),
        "rewrite" => Some(Evaluation { rewrite: Some("rewritten".to_owned()), ..low }),
        "passed" => Some(Evaluation { rewrite: Some("not this".to_owned()), ..Evaluation::new(1.0, true) }),
        "fail" => return Err("broken".to_owned()),
        "nan" => Some(Evaluation::new(f64::NAN, true)),
        "slow" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            None
        }
        _ => None,
    })
}

/// Sees what the first gate let through.
#[evaluator(plugin = Gates, gate, name = "B_GATE")]
async fn b_gate(replies: Replies) -> Evaluation {
    let text = replies.pending.clone().unwrap_or_default();
    let rewrite = (text == "rewritten").then(|| "rewritten twice".to_owned());
    Evaluation { rewrite, ..Evaluation::new(0.75, text != "rewritten") }
}

#[tokio::test]
async fn gates_let_through_hold_and_rewrite_and_fail_closed() {
    const HELD: &str = "(I wrote a reply, but A_GATE held it back.)";
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.gates]").await;
    for (text, said, error) in [
        ("say fine", "fine", None),
        ("say passed", "passed", None),
        ("say hold", HELD, None),
        ("say rewrite", "rewritten twice", None),
        ("say fail", HELD, Some("broken")),
        ("say nan", HELD, Some("its score is no number: NaN")),
        ("say slow", HELD, Some("took longer than 40ms and was stopped")),
        ("say hold free", "hold free", None),
        ("say stage panics", HELD, None),
    ] {
        let (replies, record) = ask(&agent, text).await;
        assert_eq!(replies, [said], "{text}");
        let failed = record.evaluations.iter().find_map(|one| one.error.as_deref());
        assert_eq!(failed, error, "{text}");
        assert_eq!(names(&record.evaluations).last(), Some(&"B_GATE"), "{text}");
    }
    // On request a gate sees the last reply, and changes nothing.
    let run = ask(&agent, "say fine").await.1.run;
    let told = agent.evaluate(run, &["B_GATE", "A_GATE"]).await.unwrap();
    assert_eq!((told[0].evaluation.as_ref().unwrap().score, &told[1].evaluation), (0.75, &None));
    agent.stop().await;
    let all = scores(&agent).await;
    let count = |name: &str| all.iter().filter(|score| score.evaluator == name).count();
    assert_eq!((count("A_GATE"), count("B_GATE")), (3, 11), "what gates think is kept as well");
}
