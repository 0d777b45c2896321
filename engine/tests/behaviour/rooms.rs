//! Rooms: order within one, side by side across several, nothing twice.

use crate::support::start;
use galatea::{
    agent::{AcceptError, Incoming},
    prelude::*,
    store::MemoryQuery,
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use uuid::Uuid;

/// Counts what runs at the same time.
#[plugin("meter")]
pub struct Meter;

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Takes a moment.
#[action(plugin = Meter)]
async fn take_a_moment() -> &'static str {
    MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(40)).await;
    RUNNING.fetch_sub(1, Ordering::SeqCst);
    "took it"
}

/// Takes a moment too, uncounted.
#[action(plugin = Meter)]
async fn linger() -> &'static str {
    tokio::time::sleep(Duration::from_millis(40)).await;
    "lingered"
}

#[tokio::test]
async fn one_at_a_time_in_a_room_and_rooms_side_by_side() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.meter]").await;
    for (rooms, wanted) in [(1, 1), (8, 8)] {
        MOST.store(0, Ordering::SeqCst);
        let mut handles = Vec::new();
        for i in 0..8 {
            let room = format!("room {rooms} {}", i % rooms);
            handles
                .push(agent.send(Incoming::direct("test", &room, "sam", "do TAKE_A_MOMENT")).await.unwrap());
        }
        for handle in handles {
            handle.finish().await;
        }
        assert_eq!(MOST.load(Ordering::SeqCst), wanted, "{rooms} rooms");
    }
}

#[tokio::test]
async fn messages_of_a_room_are_answered_in_their_order() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]").await;
    let mut handles = Vec::new();
    for i in 0..50 {
        handles.push(agent.send(Incoming::direct("test", "room", "sam", &format!("say {i}"))).await.unwrap());
    }
    for handle in handles {
        handle.finish().await;
    }
    let room = Some(agent.place_id("test", "room"));
    let query = MemoryQuery { room, entity: Some(agent.id()), limit: 100, ..MemoryQuery::default() };
    let said: Vec<String> =
        agent.store().memories(&query).await.unwrap().into_iter().map(|m| m.content.text).collect();
    assert_eq!(said, (0..50).map(|i| i.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_same_id_is_answered_once() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]").await;
    let incoming =
        Incoming { id: Some(Uuid::from_u128(7)), ..Incoming::direct("test", "room", "sam", "say once") };
    let first = agent.send(incoming.clone()).await.unwrap();
    let second = agent.send(incoming.clone()).await.unwrap();
    assert!(!first.duplicate && second.duplicate);
    assert_eq!(first.run, second.run);
    assert_eq!(first.finish().await.0.len(), 1);
    assert_eq!(second.finish().await.0.len(), 0);
    assert!(agent.send(incoming).await.unwrap().duplicate);
}

#[tokio::test]
async fn the_end_lets_running_turns_finish_and_refuses_new_ones() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.meter]").await;
    let running = agent.send(Incoming::direct("test", "room", "sam", "do LINGER")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;
    agent.stop().await;
    assert_eq!(running.finish().await.0.len(), 1);
    let refused = agent.send(Incoming::direct("test", "room", "sam", "say no")).await;
    assert!(matches!(refused, Err(AcceptError::Stopping)));
}

/// Sends messages while the agent is still starting, as a connector may.
#[plugin("early", priority = 10)]
pub struct Early;

#[derive(Debug)]
pub struct Connector;

static EARLY: AtomicUsize = AtomicUsize::new(0);

/// Sends as soon as it starts.
#[service(plugin = Early)]
impl Connector {
    async fn start(agent: Agent) -> Result<Self, AcceptError> {
        agent.send(Incoming::direct("early", "room", "sam", "do COUNT_ONE")).await?;
        Ok(Self)
    }
}

/// Counts how often it runs.
#[action(plugin = Early)]
async fn count_one() -> String {
    EARLY.fetch_add(1, Ordering::SeqCst);
    "counted".to_owned()
}

#[tokio::test]
async fn a_message_that_comes_during_the_start_waits_for_its_end_and_is_handled_once() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.early]").await;
    let query = MemoryQuery {
        room: Some(agent.place_id("early", "room")),
        entity: Some(agent.id()),
        kind: Some(MemoryKind::Message),
        ..MemoryQuery::default()
    };
    for _ in 0..100 {
        if !agent.store().memories(&query).await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    agent.stop().await;
    let said = agent.store().memories(&query).await.unwrap();
    let said: Vec<&str> = said.iter().map(|memory| memory.content.text.as_str()).collect();
    assert_eq!((said, EARLY.load(Ordering::SeqCst)), (vec!["[counted]"], 1));
}

#[tokio::test]
async fn a_turn_knows_what_was_said_before_its_message_and_nothing_after() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.meter]\n[limits]\nhistory = 2").await;
    let mut turns = Vec::new();
    for text in ["do LINGER", "do RECITE", "say later"] {
        turns.push(agent.send(Incoming::direct("test", "room", "sam", text)).await.unwrap());
    }
    turns.remove(0).finish().await;
    let (replies, _) = turns.remove(0).finish().await;
    assert_eq!(replies[0].content.text, "[do RECITE|[lingered]]");
}

/// Says what the turn knows of the room.
#[action(plugin = Meter)]
async fn recite(history: History) -> String {
    let messages = history.iter().filter(|memory| memory.kind == MemoryKind::Message);
    messages.map(|memory| memory.content.text.as_str()).collect::<Vec<_>>().join("|")
}
