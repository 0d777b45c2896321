//! A plugin changes while many rooms use it all the time.

use super::*;
use crate::support::start;
use galatea::{agent::Incoming, turn::RunStatus};
use std::{collections::BTreeSet, sync::atomic::AtomicBool, time::Instant};

const ROOMS: usize = 32;
const CHANGES: u32 = 12;

/// Measures in a room of its own until it is told to end. What it read, turn by turn.
async fn chat(agent: Agent, room: usize, end: Arc<AtomicBool>) -> Vec<u32> {
    let mut readings = Vec::new();
    while !end.load(Ordering::SeqCst) {
        let incoming = Incoming::direct("test", &format!("room-{room}"), "sam", "do MEASURE");
        let (replies, record) = agent.send(incoming).await.unwrap().finish().await;
        let record = record.unwrap();
        assert_eq!(record.status, RunStatus::Completed, "{record:?}");
        let said = replies[0].content.text.trim_matches(['[', ']']).to_owned();
        readings.push(said.parse().unwrap_or_else(|_| panic!("a torn turn: {said}")));
    }
    readings
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_turn_sees_one_generation_and_none_is_lost() {
    let tag = "under load";
    let agent = start(&gauge(tag, 0, "[plugins.dial]\n[plugins.bystander]")).await;
    let end = Arc::new(AtomicBool::new(false));
    let rooms: Vec<_> =
        (0..ROOMS).map(|room| tokio::spawn(chat(agent.clone(), room, Arc::clone(&end)))).collect();
    let still = agent.service::<Still>().unwrap();
    let mut times = Vec::new();
    for number in 1..=CHANGES {
        tokio::time::sleep(Duration::from_millis(40)).await;
        let begun = Instant::now();
        let config = serde_json::json!({ "tag": tag, "number": number });
        let report = agent.plugins().reconfigure("gauge", config).await.unwrap();
        times.push((report.time, begun.elapsed()));
        assert_eq!(report.of("gauge"), Some(&reloaded(&["number"])));
        assert_eq!(report.of("dial"), Some(&reloaded(&["`gauge` reloaded"])));
        assert_eq!(report.of("bystander"), Some(&Change::Kept));
        assert_eq!(says(&agent, "do MEASURE").await, number.to_string(), "the next turn sees it");
        assert_eq!(says(&agent, "do POINT").await, number.to_string(), "and its dependant");
    }
    end.store(true, Ordering::SeqCst);
    let mut seen = BTreeSet::new();
    let mut turns = 0;
    for room in rooms {
        let readings = room.await.unwrap();
        assert!(readings.is_sorted(), "a room went back: {readings:?}");
        turns += readings.len();
        seen.extend(readings);
    }
    assert!(seen.len() > 2 && turns > ROOMS, "{seen:?} in {turns} turns");
    assert!(Arc::ptr_eq(&still, &agent.service::<Still>().unwrap()), "a kept service is the same object");
    logged(tag, &format!("unload {}", CHANGES - 1)).await;
    agent.stop().await;

    let log = lines(tag);
    let count = |line: String| log.iter().filter(|found| **found == line).count();
    let place = |line: String| log.iter().position(|found| *found == line).unwrap();
    for number in 0..=CHANGES {
        for what in ["start", "stop", "unload", "hand on", "hand off"] {
            assert_eq!(count(format!("{what} {number}")), 1, "{what} {number}: {log:?}");
        }
        assert!(place(format!("hand off {number}")) < place(format!("stop {number}")), "{log:?}");
        if number > 0 {
            assert!(place(format!("start {number}")) < place(format!("stop {}", number - 1)), "{log:?}");
        }
    }
    assert!(!log.iter().any(|line| line.starts_with("stop in use")), "{log:?}");
    let worst = times.iter().map(|(_, whole)| *whole).max().unwrap();
    assert!(
        worst < Duration::from_secs(10),
        "a change waits for no turn: {worst:?}, of it changing {times:?}"
    );
}
