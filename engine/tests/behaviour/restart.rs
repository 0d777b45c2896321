//! What a start takes up: messages that were accepted and not answered, and turns that an end cut off.

use crate::support::{plan, start, turn};
use galatea::{
    action::ActionResult,
    agent::{Agent, Incoming, StartOptions},
    memory::Memory,
    prelude::*,
    registry::Registry,
    store::{InMemory, MemoryQuery, StoredRun},
    turn::{RunRecord, RunStatus, StepRecord, StepStatus},
};
use serde_json::Map;
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};
use uuid::Uuid;

/// A storage that outlives the agents of this file, as a database would.
#[plugin("vault")]
pub struct Vault;

static KEPT: LazyLock<Arc<InMemory>> = LazyLock::new(|| Arc::new(InMemory::new()));

#[storage(plugin = Vault)]
async fn open() -> Arc<dyn Store> {
    KEPT.clone()
}

const CHARACTER: &str = "name = \"Ada\"\n[plugins.puppet]\n[plugins.vault]";

/// Writes what a process leaves behind that ended in the middle of a turn.
async fn leave(agent: &Agent, answered: &Memory, id: u128, text: &str, steps: Vec<StepRecord>) {
    let message =
        Memory { id: Uuid::from_u128(id), content: Content::text(text), sequence: 0, ..answered.clone() };
    let run = galatea::text::id::stable_id_for(message.id, "run");
    let record = RunRecord { run, room: message.room, message: message.id, steps, ..RunRecord::default() };
    let stored = StoredRun {
        id: run,
        room: message.room,
        message: message.id,
        status: RunStatus::Running.name().to_owned(),
        at: message.at,
        record: serde_json::to_value(&record).unwrap(),
    };
    agent.store().put_run(&stored, &[message]).await.unwrap();
}

#[tokio::test]
async fn a_start_takes_up_what_an_end_left() {
    let first = start(CHARACTER).await;
    turn(&first, Incoming::direct("test", "room", "sam", "say before")).await;
    let room = Some(first.place_id("test", "room"));
    let query = MemoryQuery { room, kind: Some(MemoryKind::Message), ..MemoryQuery::default() };
    let answered = first.store().memories(&query).await.unwrap()[0].clone();
    leave(&first, &answered, 1, "say taken up", Vec::new()).await;
    let began = StepRecord {
        action: "PAY".to_owned(),
        arguments: Map::new(),
        status: StepStatus::Running,
        result: None::<ActionResult>,
        ..StepRecord::default()
    };
    leave(&first, &answered, 2, "do PAY", vec![began]).await;
    first.stop().await;

    // Who only looks into the storage takes up nothing and runs nothing else.
    let registry = Registry::linked().unwrap();
    let looking = Agent::open_storage(plan(CHARACTER), &registry, StartOptions::default()).await.unwrap();
    let running: Vec<&str> = looking.parts().plugins.iter().map(|plugin| plugin.name).collect();
    assert_eq!(running, ["vault"]);
    looking.stop().await;
    assert_eq!(looking.store().unfinished().await.unwrap().len(), 2);

    let second = start(CHARACTER).await;
    let said = async || -> Vec<String> {
        let own = MemoryQuery { entity: Some(second.id()), ..query.clone() };
        second.store().memories(&own).await.unwrap().into_iter().map(|m| m.content.text).collect()
    };
    for _ in 0..100 {
        if said().await.len() >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut said = said().await;
    said.sort();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].starts_with("I was interrupted while I was working on this (PAY)."), "{said:?}");
    assert_eq!(said[1..], ["before", "taken up"]);
    assert!(second.store().unfinished().await.unwrap().is_empty());
    second.stop().await;
}
