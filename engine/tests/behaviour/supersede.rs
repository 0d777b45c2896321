//! A newer message of the same sender replaces one that nothing has come of yet, if the character wants that.

use crate::support::{ask, start};
use galatea::{
    agent::{Agent, Incoming, TurnHandle},
    prelude::*,
    turn::{RunRecord, RunStatus, TurnEvent},
};
use std::{sync::Arc, time::Duration};

/// An action that takes its time.
#[plugin("slow")]
pub struct Slow;

/// Takes its time.
#[action(plugin = Slow)]
async fn take_time() -> &'static str {
    tokio::time::sleep(Duration::from_millis(150)).await;
    "took it"
}

const WANTS: &str = "name = \"Ada\"\n[plugins.puppet]\n[plugins.slow]\n[respond]\nsupersede = true";
const DEFAULT: &str = "name = \"Ada\"\n[plugins.puppet]\n[plugins.slow]\n[limits]\nturn-timeout = \"200ms\"";

async fn send(agent: &Agent, name: &str, text: &str) -> TurnHandle {
    agent.send(Incoming::direct("test", "room", name, text)).await.unwrap()
}

async fn end(handle: TurnHandle) -> (Vec<String>, Arc<RunRecord>) {
    let (replies, record) = handle.finish().await;
    (replies.iter().map(|reply| reply.content.text.clone()).collect(), record.unwrap())
}

/// Waits until a turn acts.
async fn acts(handle: &mut TurnHandle) {
    while let Some(event) = handle.next().await {
        if matches!(event, TurnEvent::ActionStarted { .. }) {
            return;
        }
    }
    panic!("it did not act");
}

#[tokio::test]
async fn a_newer_message_replaces_a_turn_that_has_done_nothing() {
    let agent = start(WANTS).await;
    let first = send(&agent, "sam", "hang").await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = send(&agent, "sam", "say both").await;
    let (said, record) = end(first).await;
    assert_eq!((said.len(), record.status), (0, RunStatus::Cancelled));
    assert_eq!(record.error.as_deref(), Some("a newer message of the same sender replaced it"));
    assert_eq!(end(second).await.0, ["both"]);
    agent.stop().await;
}

#[tokio::test]
async fn what_has_begun_to_act_is_not_replaced_but_what_waits_behind_it_is() {
    let agent = start(WANTS).await;
    let mut first = send(&agent, "sam", "do TAKE_TIME").await;
    acts(&mut first).await;
    let second = send(&agent, "sam", "say second").await;
    let third = send(&agent, "sam", "say third").await;
    let (said, record) = end(first).await;
    assert_eq!((said, record.status), (vec!["[took it]".to_owned()], RunStatus::Completed));
    let (said, record) = end(second).await;
    assert_eq!((said.len(), record.status), (0, RunStatus::Cancelled));
    assert_eq!(end(third).await.0, ["third"]);
    agent.stop().await;
}

#[tokio::test]
async fn others_and_other_characters_are_not_concerned() {
    let agent = start(&format!("{WANTS}\n[limits]\nturn-timeout = \"200ms\"")).await;
    let hanging = send(&agent, "sam", "hang").await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let other = send(&agent, "kim", "say mine").await;
    assert_eq!(end(hanging).await.1.status, RunStatus::Timeout, "somebody else's message replaces nothing");
    assert_eq!(end(other).await.0, ["mine"]);
    agent.stop().await;

    let agent = start(DEFAULT).await;
    let hanging = send(&agent, "sam", "hang").await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let next = send(&agent, "sam", "say next").await;
    assert_eq!(end(hanging).await.1.status, RunStatus::Timeout, "by default nothing is replaced");
    assert_eq!(end(next).await.0, ["next"]);
    assert_eq!(ask(&agent, "say more").await.0, ["more"]);
    agent.stop().await;
}
