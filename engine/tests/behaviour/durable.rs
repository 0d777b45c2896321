//! Turns that an end cut off go on where they were; nothing is done, said or heard twice.

use crate::support::{plan, until};
use galatea::{
    agent::{Agent, Incoming, ParkedError, StartOptions},
    event::MessageParked,
    prelude::*,
    registry::Registry,
    store::{
        InMemory, InboxStore as _, JournalStore as _, MemoryQuery, MemoryStore as _, RunStore as _,
        ScoreQuery, ScoreStore as _,
    },
    turn::{RunRecord, RunStatus, StepStatus},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// Does things, and writes down that it did, by the name of the agent.
#[plugin("doer")]
pub struct Doer;

/// What was done: agent and action, with the key under which it was.
static DONE: Mutex<Vec<(String, &'static str, Uuid)>> = Mutex::new(Vec::new());

fn done(agent: &Agent, what: &'static str, key: IdempotencyKey) -> usize {
    let name = agent.character().name.clone();
    let mut all = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = all.iter().filter(|(of, action, _)| *of == name && *action == what).count();
    all.push((name, what, *key));
    before
}

fn done_by(name: &str) -> Vec<(&'static str, Uuid)> {
    let all = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter().filter(|(of, ..)| of == name).map(|(_, action, key)| (*action, *key)).collect()
}

/// Begins, and says so.
#[action(plugin = Doer)]
async fn begin(agent: Agent, key: IdempotencyKey, reply: Reply) -> String {
    done(&agent, "BEGIN", key);
    reply.text("I begin.").await.unwrap();
    "begun".to_owned()
}

/// Pays; the first time, that takes for ever.
#[action(plugin = Doer)]
async fn pay_once(agent: Agent, key: IdempotencyKey) -> &'static str {
    if done(&agent, "PAY_ONCE", key) == 0 {
        std::future::pending::<()>().await;
    }
    "paid"
}

/// Looks, and says so; the first time, that takes for ever.
#[action(plugin = Doer, idempotent)]
async fn look_again(agent: Agent, key: IdempotencyKey, reply: Reply) -> &'static str {
    reply.text("I look.").await.unwrap();
    if done(&agent, "LOOK_AGAIN", key) == 0 {
        std::future::pending::<()>().await;
    }
    "seen"
}

/// Concludes.
#[action(plugin = Doer)]
async fn conclude(agent: Agent, key: IdempotencyKey) -> &'static str {
    done(&agent, "CONCLUDE", key);
    "concluded"
}

/// Judges; the first time, that takes for ever.
#[evaluator(plugin = Doer)]
async fn judge_late(agent: Agent, message: Message) -> Option<Evaluation> {
    if !agent.character().name.starts_with("Judge") {
        return None;
    }
    if done(&agent, "JUDGE", IdempotencyKey(message.id)) == 0 {
        std::future::pending::<()>().await;
    }
    Some(Evaluation::new(0.5, true))
}

async fn start(name: &str, store: &Arc<InMemory>) -> Agent {
    let store: Arc<dyn Store> = store.clone();
    let options = StartOptions { store: Some(store), ..StartOptions::default() };
    let toml = format!("name = \"{name}\"\n[plugins.puppet]\n[plugins.doer]");
    Agent::start(plan(&toml), &Registry::linked().unwrap(), options).await.unwrap()
}

fn said_by(name: &str, text: &str) -> Incoming {
    Incoming::direct("test", name, "sam", text)
}

async fn record(store: &InMemory, run: Uuid) -> RunRecord {
    serde_json::from_value(store.run(run).await.unwrap().unwrap().record).unwrap()
}

async fn said(agent: &Agent, room: &str) -> Vec<String> {
    let query = MemoryQuery {
        room: Some(agent.place_id("test", room)),
        entity: Some(agent.id()),
        kind: Some(MemoryKind::Message),
        ..MemoryQuery::default()
    };
    agent.store().memories(&query).await.unwrap().into_iter().map(|memory| memory.content.text).collect()
}

/// The first agent hangs in a turn for ever, as a process that was killed; a second one is started on its storage.
#[tokio::test]
async fn a_turn_goes_on_where_its_process_ended() {
    let interrupted = "I was interrupted while I was working on this (PAY_ONCE). I do not know whether it took effect, so I have not done it again.";
    for (name, hangs, statuses, said_then, written) in [
        (
            "Once",
            "PAY_ONCE",
            [StepStatus::Completed, StepStatus::Failed, StepStatus::Completed],
            vec![
                "First.".to_owned(),
                "I begin.".to_owned(),
                interrupted.to_owned(),
                "[begun|whether PAY_ONCE took effect is not known: the process ended while it ran, and it was not run again|concluded]".to_owned(),
            ],
            vec!["BEGIN", "PAY_ONCE", "CONCLUDE"],
        ),
        (
            "Again",
            "LOOK_AGAIN",
            [StepStatus::Completed; 3],
            // It spoke itself, so nothing more is said; what was said before is not said again.
            vec!["First.".to_owned(), "I begin.".to_owned(), "I look.".to_owned()],
            vec!["BEGIN", "LOOK_AGAIN", "LOOK_AGAIN", "CONCLUDE"],
        ),
    ] {
        let store = Arc::new(InMemory::new());
        let killed = start(name, &store).await;
        let text = format!("do BEGIN,{hangs},CONCLUDE saying First.");
        let run = killed.send(said_by(name, &text)).await.unwrap().run;
        until("it hangs", async || done_by(name).iter().any(|(action, _)| *action == hangs)).await;
        assert_eq!(record(&store, run).await.attempts, 1, "{name}: counted before the turn");

        let next = start(name, &store).await;
        until("it is over", async || record(&store, run).await.status != RunStatus::Running).await;
        let over = record(&store, run).await;
        assert_eq!((over.status, &over.error), (RunStatus::Completed, &None), "{name}");
        assert_eq!(over.steps.iter().map(|step| step.status).collect::<Vec<_>>(), statuses, "{name}");
        assert_eq!(said(&next, name).await, said_then, "{name}");
        let decisions = over.model_calls.iter().filter(|call| !call.calls.is_empty()).count();
        assert_eq!(decisions, 1, "{name}: what was decided is not decided anew");
        let (actions, keys): (Vec<&str>, Vec<Uuid>) = done_by(name).into_iter().unzip();
        assert_eq!(actions, written, "{name}");
        let by_action: BTreeMap<_, _> = actions.iter().zip(&keys).collect();
        assert!(actions.iter().zip(&keys).all(|pair| by_action[pair.0] == pair.1), "{name}: one key a step");
        assert_eq!(by_action.values().collect::<std::collections::BTreeSet<_>>().len(), 3, "{name}: of its own");
        assert!(store.effects(run).await.unwrap().is_empty(), "{name}: the record says it all");
        let results = MemoryQuery { kind: Some(MemoryKind::ActionResult), ..MemoryQuery::default() };
        assert_eq!(store.count_memories(&results).await.unwrap(), 3, "{name}: each result once");
    }
}

#[tokio::test]
async fn a_message_is_heard_once_for_ever() {
    let store = Arc::new(InMemory::new());
    let agent = start("Ever", &store).await;
    let incoming = Incoming { id: Some(Uuid::from_u128(7)), ..said_by("Ever", "say once") };
    agent.send(incoming.clone()).await.unwrap().finish().await;
    assert!(agent.delete_message(Uuid::from_u128(7)).await.unwrap());
    let again = agent.send(incoming).await.unwrap();
    assert!(again.duplicate);
    assert!(again.finish().await.0.is_empty());
    assert_eq!(said(&agent, "Ever").await, ["once"]);
    agent.stop().await;
}

#[tokio::test]
async fn replies_come_until_they_are_delivered() {
    let store = Arc::new(InMemory::new());
    let first = start("Post", &store).await;
    first.send(said_by("Post", "say before")).await.unwrap().finish().await;
    let mut outbox = first.outbox("test").await.unwrap();
    assert!(outbox.next_now().is_none(), "nobody waited for that");
    for text in ["say one", "say two", "say three"] {
        first.send(said_by("Post", text)).await.unwrap().finish().await;
    }
    let one = outbox.next().await.unwrap();
    outbox.delivered(&[one.id]).await.unwrap();
    let two = outbox.next().await.unwrap();
    assert_eq!((one.content.text.as_str(), two.content.text.as_str()), ("one", "two"));
    first.stop().await;

    // `two` came and was never said to be delivered, `three` did not come.
    let second = start("Post", &store).await;
    let mut outbox = second.outbox("test").await.unwrap();
    second.send(said_by("Post", "say four")).await.unwrap().finish().await;
    let again = outbox.next().await.unwrap();
    assert_eq!(again.id, two.id, "the same id, so that it can be dropped");
    let mut texts = vec![again.content.text.clone()];
    let mut ids = vec![again.id];
    while let Some(memory) = outbox.next_now() {
        texts.push(memory.content.text.clone());
        ids.push(memory.id);
    }
    assert_eq!(texts, ["two", "three", "four"]);
    outbox.delivered(&ids).await.unwrap();
    second.stop().await;
    assert!(outbox.next().await.is_none(), "the agent has stopped");
    assert!(store.undelivered("test", 10).await.unwrap().is_empty());

    let third = start("Post", &store).await;
    third.send(said_by("Post", "say five")).await.unwrap().finish().await;
    assert_eq!(store.undelivered("test", 10).await.unwrap().len(), 1, "it waits although nobody asks");
    third.close_outbox("test").await.unwrap();
    third.send(said_by("Post", "say six")).await.unwrap().finish().await;
    assert!(store.undelivered("test", 10).await.unwrap().is_empty());
    third.stop().await;
}

#[tokio::test]
async fn what_was_tried_too_often_is_set_aside() {
    let store = Arc::new(InMemory::new());
    let first = start("Park", &store).await;
    let bad = first.send(said_by("Park", "do BEGIN,PAY_ONCE")).await.unwrap().run;
    until("it hangs", async || done_by("Park").iter().any(|(action, _)| *action == "PAY_ONCE")).await;
    let good = first.send(said_by("Park", "say good")).await.unwrap().run;
    assert_eq!(
        (record(&store, bad).await.attempts, record(&store, good).await.attempts),
        (1, 0),
        "one began"
    );
    // As if it had brought the process down three times.
    let mut stored = store.run(bad).await.unwrap().unwrap();
    stored.record["attempts"] = 3.into();
    store.put_run(&stored, &[]).await.unwrap();

    let heard = Arc::new(Mutex::new(Vec::new()));
    let second = {
        let store: Arc<dyn Store> = store.clone();
        let options = StartOptions { store: Some(store), ..StartOptions::default() };
        let toml = "name = \"Park\"\n[plugins.puppet]\n[plugins.doer]\n[plugins.warden]";
        Agent::start(plan(toml), &Registry::linked().unwrap(), options).await.unwrap()
    };
    heard.lock().unwrap().extend(std::mem::take(&mut *PARKED.lock().unwrap()));
    assert_eq!(*heard.lock().unwrap(), [(bad, 3)]);
    until("the next message of the room is answered", async || said(&second, "Park").await.len() >= 3).await;
    let texts = said(&second, "Park").await;
    assert!(texts[1].starts_with("I tried 3 times to answer this and could not:"), "{texts:?}");
    assert_eq!((texts[0].as_str(), texts[2].as_str()), ("I begin.", "good"));
    let parked = second.parked().await.unwrap();
    assert_eq!((parked.len(), parked[0].run, parked[0].attempts), (1, bad, 3));
    assert_eq!(parked[0].message.as_ref().unwrap().content.text, "do BEGIN,PAY_ONCE");
    assert!(matches!(second.requeue(good).await, Err(ParkedError::Unknown(run)) if run == good));

    // Tried again, it goes on where it was.
    second.requeue(bad).await.unwrap();
    until("it is over", async || record(&store, bad).await.status == RunStatus::Completed).await;
    let (actions, _): (Vec<&str>, Vec<Uuid>) = done_by("Park").into_iter().unzip();
    assert_eq!(actions, ["BEGIN", "PAY_ONCE"], "nothing is done twice");
    assert!(second.parked().await.unwrap().is_empty());

    let mut stored = store.run(bad).await.unwrap().unwrap();
    stored.status = "parked".to_owned();
    store.put_run(&stored, &[]).await.unwrap();
    second.discard(bad).await.unwrap();
    assert_eq!(store.run(bad).await.unwrap().unwrap().status, "cancelled");
    second.stop().await;
}

/// Hears of what is set aside, from the start on.
#[plugin("warden")]
pub struct Warden;

static PARKED: Mutex<Vec<(Uuid, u32)>> = Mutex::new(Vec::new());

#[on(MessageParked, plugin = Warden)]
async fn parked(event: Event<MessageParked>) {
    PARKED.lock().unwrap().push((event.run, event.attempts));
}

#[tokio::test]
async fn evaluators_look_back_once_at_what_they_missed() {
    let store = Arc::new(InMemory::new());
    let killed = start("Judge", &store).await;
    let run = killed.send(said_by("Judge", "say hello")).await.unwrap().run;
    until("the judge hangs", async || done_by("Judge").len() == 1).await;
    assert_eq!(store.to_look_back(10).await.unwrap().len(), 1);
    let next = start("Judge", &store).await;
    until("it is judged", async || store.to_look_back(10).await.unwrap().is_empty()).await;
    let names: Vec<String> =
        record(&store, run).await.evaluations.into_iter().map(|it| it.evaluator).collect();
    assert_eq!(names, ["JUDGE_LATE"]);
    assert_eq!(store.scores(&ScoreQuery::default()).await.unwrap().len(), 1);
    next.stop().await;
    let third = start("Judge", &store).await;
    third.stop().await;
    assert_eq!(done_by("Judge").len(), 2, "not a third time");
}

#[tokio::test]
async fn a_stop_in_the_middle_is_no_failed_try_and_repeats_nothing() {
    let store = Arc::new(InMemory::new());
    let first = start("Stop", &store).await;
    let run = first.send(said_by("Stop", "do BEGIN,LOOK_AGAIN,CONCLUDE")).await.unwrap().run;
    until("it hangs", async || done_by("Stop").iter().any(|(action, _)| *action == "LOOK_AGAIN")).await;
    first.stop().await;
    let left = record(&store, run).await;
    assert_eq!((left.status, left.attempts), (RunStatus::Running, 0));
    let second = start("Stop", &store).await;
    until("it is over", async || record(&store, run).await.status == RunStatus::Completed).await;
    let (actions, _): (Vec<&str>, Vec<Uuid>) = done_by("Stop").into_iter().unzip();
    assert_eq!(actions, ["BEGIN", "LOOK_AGAIN", "LOOK_AGAIN", "CONCLUDE"]);
    assert_eq!(said(&second, "Stop").await, ["I begin.", "I look."]);
    second.stop().await;
}
