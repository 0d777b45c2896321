//! Actions that a person must allow: asked in the room, answered there or by the program, or by nobody in time.

#[path = "approvals/restart.rs"]
mod restart;

use crate::{
    support::{ask, plan, turn, until},
    till::{CHARACTER, OPEN, from, start, statuses, stored},
};
use galatea::{
    agent::{Agent, AnswerError, Incoming, StartOptions},
    event::{ApprovalAnswered, ApprovalRequested, LoadReported, RunEnded},
    memory::{MemoryKind, Role},
    prelude::*,
    registry::Registry,
    store::{InMemory, MemoryQuery, MemoryStore as _, RunStore as _, StoredRun},
    turn::{Answer, Answered, Ruling, RunRecord, RunStatus, TurnEvent},
};
use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};
use uuid::Uuid;

/// Who hears of an answer, or lost the connection meanwhile, finds what goes on and not what was before.
#[tokio::test]
async fn a_turn_that_goes_on_is_followed_anew() {
    let (agent, _) = start("").await;
    let handle = agent.send(Incoming::direct("test", "room", "sam", "do PAY=3")).await.unwrap();
    let (run, mut before) = (handle.run, handle.follow());
    while before.next().await.is_some() {}
    assert_eq!(
        agent.follow(run).map(|kept| kept.log()),
        Some(before.log()),
        "it was followed, so it is kept"
    );
    let found = Arc::new(Mutex::new(None));
    let _heard = agent.on({
        let (agent, found) = (agent.clone(), Arc::clone(&found));
        move |_: Arc<ApprovalAnswered>| {
            *found.lock().unwrap() = agent.follow(run).map(|follower| follower.log());
            async {}
        }
    });
    let approval = agent.approvals().await.unwrap().remove(0);
    let answered = agent.answer(approval.id, Answer::Allow, None).await.unwrap();
    let after = answered.follow().log();
    assert_ne!(after, before.log());
    assert_eq!(answered.finish().await.1.unwrap().status, RunStatus::Completed);
    assert_eq!(*found.lock().unwrap(), Some(after), "who hears of the answer can follow what goes on");
    assert_eq!(agent.follow(run).map(|kept| kept.log()), Some(after));
    agent.stop().await;
}

/// What is asked for, what is answered in the room, what is said then, and how the steps stood before and after.
#[tokio::test]
async fn a_question_is_answered_in_the_room() {
    for (text, asked, before, answer, said, after) in [
        (
            "do PAY=3",
            vec!["May I run PAY with value=\"3\"? Say yes or no; I wait 1h."],
            "P",
            "Yes!",
            vec!["[paid 3]"],
            "C",
        ),
        (
            "do PAY=3",
            vec!["May I run PAY with value=\"3\"? Say yes or no; I wait 1h."],
            "P",
            "no",
            vec!["[PAY was not allowed by sam]"],
            "F",
        ),
        (
            "do PAY=3,RECOUNT",
            vec!["May I run PAY with value=\"3\"? Say yes or no; I wait 1h."],
            "PP",
            "ok",
            vec!["[paid 3|paid=Some(String(\"3\")) PAY:Completed,RECOUNT:Running memory=PAY]"],
            "CC",
        ),
        (
            "do LOOK,PAY=3,RECOUNT saying Wait.",
            vec!["Wait.", "Looking.", "May I run PAY with value=\"3\"? Say yes or no; I wait 1h."],
            "CPP",
            "ok",
            // It has spoken itself, so it need not say more.
            vec![],
            "CCC",
        ),
        (
            "do PAY=3,RECOUNT",
            vec!["May I run PAY with value=\"3\"? Say yes or no; I wait 1h."],
            "PP",
            "No, thanks.",
            vec!["[PAY was not allowed by sam|paid=None PAY:Failed,RECOUNT:Running memory=PAY]"],
            "FC",
        ),
        (
            "do CLOSE_SHOP,LOOK",
            vec!["May I run CLOSE_SHOP? An admin must say yes or no; I wait 10m."],
            "PP",
            "no",
            vec!["I stopped: CLOSE_SHOP failed. CLOSE_SHOP failed: CLOSE_SHOP was not allowed by sam"],
            "FS",
        ),
        (
            "do PAY=1,PAY=2",
            vec!["May I run PAY with value=\"1\"? Say yes or no; I wait 1h."],
            "PP",
            "yes",
            vec!["May I run PAY with value=\"2\"? Say yes or no; I wait 1h."],
            "CP",
        ),
    ] {
        let (agent, _) = start("").await;
        let (heard, record) = ask(&agent, text).await;
        assert_eq!(
            (heard, statuses(&record).as_str()),
            (asked.into_iter().map(str::to_owned).collect(), before),
            "{text}"
        );
        assert_eq!(record.status, RunStatus::Waiting, "{text}");
        assert_eq!(agent.store().waiting().await.unwrap().len(), 1, "{text}");
        assert!(agent.store().unfinished().await.unwrap().is_empty(), "{text}");

        let (heard, resumed) = ask(&agent, answer).await;
        assert_eq!(
            (heard, statuses(&resumed).as_str()),
            (said.into_iter().map(str::to_owned).collect(), after),
            "{text} {answer}"
        );
        assert_eq!(resumed.run, record.run, "the turn that goes on is the one that waited");
        let stored = stored(&agent, record.run).await;
        assert_eq!(stored, RunRecord { evaluations: stored.evaluations.clone(), ..resumed }, "{text}");
        agent.stop().await;
    }
}

#[tokio::test]
async fn a_plan_may_wait_twice_and_every_reply_is_stored_once() {
    let (agent, _) = start("").await;
    let (_, first) = ask(&agent, "do LOOK,PAY=1,PAY=2").await;
    let (_, second) = ask(&agent, "yes").await;
    assert_eq!((second.status, second.approvals.len()), (RunStatus::Waiting, 2));
    let (said, last) = ask(&agent, "no").await;
    assert_eq!(said, ["[looked|paid 1|PAY was not allowed by sam]"]);
    assert_eq!((last.run, last.status, statuses(&last).as_str()), (first.run, RunStatus::Completed, "CCF"));
    assert!(last.suspended.is_none() && last.waiting_approval().is_none());
    let rulings: Vec<Ruling> =
        last.approvals.iter().map(|approval| approval.answered.clone().unwrap().ruling).collect();
    assert_eq!(rulings, [Ruling::Granted, Ruling::Denied]);
    let allowed: Vec<Option<String>> =
        last.steps.iter().map(|step| step.allowed_by.clone().map(|by| by.name)).collect();
    assert_eq!(allowed, [None, Some("sam".to_owned()), None]);

    let query = MemoryQuery { limit: 100, ..MemoryQuery::default() };
    let memories = agent.store().memories(&query).await.unwrap();
    let results: Vec<&str> = memories
        .iter()
        .filter(|memory| memory.kind == MemoryKind::ActionResult)
        .map(|memory| memory.content.text.as_str())
        .collect();
    assert_eq!(results, ["looked", "paid 1", "PAY was not allowed by sam"]);
    let own = memories.iter().filter(|m| m.kind == MemoryKind::Message && m.entity == agent.id());
    let own: Vec<Uuid> = own.map(|memory| memory.id).collect();
    assert_eq!(own, last.replies, "two questions, what LOOK said, the last reply; in order, once each");
    // The answers are ordinary messages with runs of their own.
    let answers: Vec<RunRecord> = agent
        .store()
        .runs(None, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|run: StoredRun| serde_json::from_value(run.record).unwrap())
        .filter(|record: &RunRecord| record.answers == Some(last.run))
        .collect();
    let mut reasons: Vec<&str> = answers.iter().map(|record| record.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["answered approval of PAY: denied", "answered approval of PAY: granted"]);
    agent.stop().await;
}

#[tokio::test]
async fn only_who_may_answers() {
    let (agent, _) = start("").await;
    // Sam founds the world and owns it; Kim is a guest.
    ask(&agent, "do CLOSE_SHOP").await;
    let (said, record) = turn(&agent, from("kim", "yes")).await;
    let wanted = "That does not count: kim is guest here and may not answer whether CLOSE_SHOP may be run: an admin must.";
    assert_eq!(said, [wanted]);
    assert_eq!((record.status, record.answers), (RunStatus::Completed, None));
    assert_eq!(agent.approvals().await.unwrap().len(), 1, "it waits on");

    let approval = agent.approvals().await.unwrap().remove(0);
    let kim = agent.entity_id("test", "kim");
    let refused = agent.answer(approval.id, Answer::Allow, Some(kim)).await.unwrap_err();
    assert!(matches!(refused, AnswerError::NotAllowed { role: Role::Guest, .. }), "{refused}");

    // Whoever may not use an action cannot allow it either, unless a role is named for that.
    assert_eq!(turn(&agent, from("kim", "do AUDIT")).await.0, ["[AUDIT is for admin; kim is guest]"]);
    ask(&agent, "do AUDIT").await;
    assert!(turn(&agent, from("kim", "no")).await.0[0].starts_with("That does not count: kim is guest"));

    // What everybody may use everybody may allow.
    let other = |name: &str, text: &str| Incoming { address: from("x", "").address, ..from(name, text) };
    turn(&agent, other("kim", "do PAY=5")).await;
    let (said, _) = turn(&agent, other("lee", "yes")).await;
    let newest = "I take that as the answer to PAY, the newest of 3 that wait.";
    assert_eq!(said, [newest, "[paid 5]"]);
    agent.stop().await;
}

#[tokio::test]
async fn the_program_answers_and_the_first_answer_counts() {
    let (agent, _) = start("").await;
    let (_, asked) = ask(&agent, "do PAY=3").await;
    let approval = agent.approvals().await.unwrap().remove(0);
    assert_eq!((approval.run, approval.action.as_str(), approval.step), (asked.run, "PAY", 1));
    assert_eq!(approval.expires_at.to_string(), "2026-01-01T01:00:00Z");
    let unknown = agent.answer(Uuid::from_u128(9), Answer::Allow, None).await.unwrap_err();
    assert!(matches!(unknown, AnswerError::Unknown(_)), "{unknown}");

    let turn = agent.answer(approval.id, Answer::Allow, None).await.unwrap();
    assert_eq!(turn.run, asked.run);
    let again = agent.answer(approval.id, Answer::Deny, None).await.unwrap_err();
    assert_eq!(again.to_string(), "PAY has its answer already: granted at 2026-01-01T00:00:00Z");
    let (replies, record) = turn.finish().await;
    let step = &record.unwrap().steps[0];
    assert_eq!((replies.len(), replies[0].content.text.as_str()), (1, "[paid 3]"));
    let by = step.allowed_by.clone().unwrap();
    assert_eq!((by.by, by.name.as_str(), by.ruling), (None, "the operator", Ruling::Granted));
    let late = agent.answer(approval.id, Answer::Deny, None).await.unwrap_err();
    assert!(matches!(late, AnswerError::Answered { ruling: Ruling::Granted, .. }), "{late}");
    agent.stop().await;
    let closed = agent.answer(approval.id, Answer::Deny, None).await.unwrap_err();
    assert!(matches!(closed, AnswerError::Stopping), "{closed}");
}

#[tokio::test]
async fn the_room_goes_on_meanwhile_and_longer_sentences_are_no_answers() {
    let (agent, _) = start("").await;
    ask(&agent, "do PAY=3").await;
    for text in ["say Hi", "yes, but only half", "say no"] {
        let (_, record) = ask(&agent, text).await;
        assert_eq!((record.status, record.answers), (RunStatus::Completed, None), "{text}");
    }
    // Elsewhere nothing waits, so a yes is something that was said.
    let elsewhere = turn(&agent, Incoming::direct("test", "elsewhere", "sam", "yes")).await;
    assert_eq!(elsewhere.0, ["heard: yes"]);
    assert_eq!(ask(&agent, "yes").await.0, ["[paid 3]"]);
    assert_eq!(ask(&agent, "yes").await.0, ["heard: yes"], "nothing waits any more");
    agent.stop().await;
}

#[tokio::test]
async fn nobody_answers_in_time() {
    let (agent, clock) = start("").await;
    let (_, asked) = ask(&agent, "do PAY=3,RECOUNT").await;
    let approval = agent.approvals().await.unwrap().remove(0);
    clock.advance(Duration::from_secs(3_599));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(agent.approvals().await.unwrap().len(), 1);
    clock.advance(Duration::from_secs(1));
    for _ in 0..200 {
        if stored(&agent, asked.run).await.status == RunStatus::Completed {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let record = stored(&agent, asked.run).await;
    assert_eq!((record.status, statuses(&record).as_str()), (RunStatus::Completed, "FC"));
    let told = record.steps[0].result.as_ref().unwrap().summary();
    assert_eq!(told, "PAY was not allowed: nobody answered within 1h");
    let late = agent.answer(approval.id, Answer::Allow, None).await.unwrap_err();
    assert!(matches!(late, AnswerError::Answered { ruling: Ruling::Expired, .. }), "{late}");
    agent.stop().await;
}

#[tokio::test]
async fn guards_come_before_the_question_and_again_before_the_action() {
    let (agent, _) = start("").await;
    OPEN.store(0, Ordering::SeqCst);
    assert_eq!(ask(&agent, "do COUNT_TILL").await.0, ["[COUNT_TILL does not apply: the till is closed]"]);
    OPEN.store(1, Ordering::SeqCst);
    assert_eq!(ask(&agent, "do COUNT_TILL").await.1.status, RunStatus::Waiting);
    OPEN.store(0, Ordering::SeqCst);
    assert_eq!(ask(&agent, "yes").await.0, ["[COUNT_TILL does not apply: the till is closed]"]);
    OPEN.store(1, Ordering::SeqCst);

    // The question counts as the use: it runs when it is allowed, and nobody is asked twice within the hour.
    ask(&agent, "do SELDOM").await;
    assert_eq!(ask(&agent, "yes").await.0, ["[seldom]"]);
    assert!(ask(&agent, "do SELDOM").await.0[0].contains("may be used 1 times in 3600s"));
    agent.stop().await;
}

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Listens to approvals.
#[plugin("till-ears")]
pub struct TillEars;

#[on(ApprovalRequested, plugin = TillEars)]
async fn hears_questions(event: Event<ApprovalRequested>) {
    HEARD.lock().unwrap().push(format!("asked {}", event.approval.action));
}

#[on(ApprovalAnswered, plugin = TillEars)]
async fn hears_answers(event: Event<ApprovalAnswered>) {
    let answered = event.approval.answered.clone().unwrap();
    HEARD.lock().unwrap().push(format!("{} by {}", answered.ruling.name(), answered.name));
}

#[on(RunEnded, plugin = TillEars)]
async fn hears_ends(event: Event<RunEnded>) {
    HEARD.lock().unwrap().push(format!("run {}", event.status));
}

#[tokio::test]
async fn events_tell_of_question_and_answer() {
    let (agent, _) = start("[plugins.till-ears]").await;
    ask(&agent, "do PAY=3").await;
    let mut handle = agent.send(from("sam", "yes")).await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = handle.next().await {
        seen.push(match event {
            TurnEvent::Started { .. } => "started".to_owned(),
            TurnEvent::ActionStarted { action, .. } => format!("begins {action}"),
            TurnEvent::ActionCompleted { action, result, .. } => format!("ends {action} {}", result.success),
            TurnEvent::Reply(reply) => reply.content.text.clone(),
            TurnEvent::Ended(record) => format!("ended {}", record.status.name()),
            TurnEvent::Text(_) | TurnEvent::Retracted => continue,
        });
    }
    assert_eq!(seen, ["started", "begins PAY", "ends PAY true", "[paid 3]", "ended completed"]);
    let heard = HEARD.lock().unwrap().clone();
    assert_eq!(heard, ["asked PAY", "run waiting", "granted by sam", "run completed", "run completed"]);
    agent.stop().await;
}

#[tokio::test]
async fn a_message_that_was_deleted_is_not_gone_on_with() {
    let (agent, _) = start("").await;
    let (_, asked) = ask(&agent, "do PAY=3").await;
    agent.store().delete_memories(&[asked.message]).await.unwrap();
    let approval = agent.approvals().await.unwrap().remove(0);
    let gone = agent.answer(approval.id, Answer::Allow, None).await.unwrap_err();
    assert!(matches!(gone, AnswerError::Deleted(run) if run == asked.run), "{gone}");
    assert_eq!(stored(&agent, asked.run).await.status, RunStatus::Cancelled);
    assert!(agent.approvals().await.unwrap().is_empty());
    agent.stop().await;
}
