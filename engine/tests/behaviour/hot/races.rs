//! Changes that meet: each other, the end of the agent, services that start on first use.

#[path = "generations.rs"]
mod generations;

use super::*;
use crate::support::{plan, start};
use galatea::{
    agent::{ChangeError, Incoming, StartOptions},
    registry::Registry,
};
use serde_json::json;

fn sloth(tag: &str, number: u32, bio: &str, more: &str) -> String {
    format!(
        "name = \"Ada\"\nbio = \"{bio}\"\n[plugins.puppet]\n[plugins.sloth]\ntag = \"{tag}\"\nnumber = {number}\n{more}"
    )
}

#[tokio::test]
async fn two_changes_at_once_are_both_made() {
    let tag = "two at once";
    let agent = start(&gauge(tag, 1, "[plugins.bystander]")).await;
    let (plugins, others) = (agent.plugins(), agent.plugins());
    let (one, other, third) = tokio::join!(
        plugins.reconfigure("gauge", json!({ "tag": tag, "number": 2 })),
        others.disable("bystander"),
        agent.apply(plan(&gauge(tag, 3, "[plugins.bystander]\n[plugins.dial]"))),
    );
    assert!(one.is_ok() && other.is_ok() && third.is_ok(), "{one:?} {other:?} {third:?}");
    // A plan says everything, so the last one decides; the first two are made one on the other.
    assert_eq!(third.unwrap().of("bystander"), Some(&Change::Added));
    assert_eq!(says(&agent, "do POINT").await, "3");
    agent.stop().await;
    let log = lines(tag);
    for number in 1..=3 {
        for what in ["start", "stop"] {
            let count = log.iter().filter(|line| **line == format!("{what} {number}")).count();
            assert_eq!(count, 1, "{what} {number}: {log:?}");
        }
    }
}

#[tokio::test]
async fn the_end_breaks_a_change_off_and_takes_it_back() {
    let tag = "ended";
    let agent = start(&gauge(tag, 1, "[plugins.dial]")).await;
    let change = tokio::spawn({
        let agent = agent.clone();
        async move { agent.apply(plan(&gauge(tag, 2, "fault = \"slow\"\n[plugins.dial]"))).await }
    });
    logged(tag, "starting 2").await;
    agent.stop().await;
    assert!(matches!(change.await.unwrap(), Err(ChangeError::Stopping)));
    let wanted = [
        "load 1",
        "start 1",
        "hand on 1",
        "load 2",
        "starting 2",
        "unload 2",
        "hand off 1",
        "stop 1",
        "unload 1",
    ];
    assert_eq!(lines(tag), wanted);
}

#[tokio::test]
async fn a_change_goes_on_though_nobody_waits_for_it() {
    let tag = "left alone";
    let agent = start(&gauge(tag, 1, "")).await;
    let change = tokio::spawn({
        let agent = agent.clone();
        async move { agent.apply(plan(&gauge(tag, 2, "fault = \"slow\""))).await }
    });
    logged(tag, "starting 2").await;
    change.abort();
    gate(tag).add_permits(1);
    logged(tag, "stop 1").await;
    assert_eq!(says(&agent, "do MEASURE").await, "2");
    agent.stop().await;
    assert_eq!(lines(tag).last().unwrap(), "unload 2");
}

#[tokio::test]
async fn a_turn_holds_what_it_began_with_across_two_changes() {
    let tag = "two generations";
    let agent = start(&gauge(tag, 1, "")).await;
    let turn = agent.send(Incoming::direct("test", "held", "sam", "do HOLD")).await.unwrap();
    logged(tag, "held 1").await;
    // The first change keeps the gauge, the second one replaces it: the turn is older than both.
    agent.apply(plan(&format!("bio = \"new\"\n{}", gauge(tag, 1, "")))).await.unwrap();
    agent.apply(plan(&gauge(tag, 2, ""))).await.unwrap();
    agent.apply(plan(&gauge(tag, 3, ""))).await.unwrap();
    assert_eq!(says(&agent, "do MEASURE").await, "3");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!lines(tag).iter().any(|line| line.starts_with("stop")), "{:?}", lines(tag));
    gate(tag).add_permits(1);
    assert_eq!(turn.finish().await.0[0].content.text, "[1]");
    logged(tag, "unload 2").await;
    let stops: Vec<String> = lines(tag).into_iter().filter(|line| line.starts_with("stop")).collect();
    assert_eq!(stops, ["stop 1", "stop 2"], "in the order in which they were replaced");
    agent.stop().await;
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_turn_that_hangs_on_to_what_was_replaced() {
    let tag = "hurried";
    let agent = start(&gauge(tag, 1, "")).await;
    let turn = agent.send(Incoming::direct("test", "held", "sam", "do HOLD")).await.unwrap();
    logged(tag, "held 1").await;
    agent.apply(plan(&gauge(tag, 2, ""))).await.unwrap();
    turn.cancel();
    agent.stop().await;
    let stops: Vec<String> = lines(tag).into_iter().filter(|line| line.starts_with("stop")).collect();
    assert_eq!(stops, ["stop 1", "stop 2"]);
}

/// A service that starts on first use while a change is made or after it.
#[tokio::test]
async fn services_that_start_during_a_change_are_neither_lost_nor_mixed_up() {
    // Number of the nap in the new plan, whether the start ends before the change does, what is logged in the end.
    for (tag, number, during, then) in [
        ("kept, during", 1, true, vec!["yawns 1", "sleeps 1", "wakes 1"]),
        ("kept, after", 1, false, vec!["yawns 1", "sleeps 1", "wakes 1"]),
        (
            "changed, during",
            2,
            true,
            vec!["yawns 1", "sleeps 1", "wakes 1", "yawns 2", "sleeps 2", "wakes 2"],
        ),
        (
            "changed, after",
            2,
            false,
            vec!["yawns 1", "sleeps 1", "wakes 1", "yawns 2", "sleeps 2", "wakes 2"],
        ),
    ] {
        let slow = format!("{tag}: slow");
        let agent = start(&sloth(tag, 1, "old", "")).await;
        let turn = agent.send(Incoming::direct("test", "sleepy", "sam", "do NAP")).await.unwrap();
        logged(tag, "yawns 1").await;
        let more = format!("[plugins.gauge]\ntag = \"{slow}\"\nfault = \"slow\"");
        let change = tokio::spawn({
            let (agent, plan) = (agent.clone(), plan(&sloth(tag, number, "new", &more)));
            async move { agent.apply(plan).await }
        });
        logged(&slow, "starting 0").await;
        if during {
            gate(tag).add_permits(1);
            logged(tag, "sleeps 1").await;
            gate(&slow).add_permits(1);
            change.await.unwrap().unwrap();
        } else {
            gate(&slow).add_permits(1);
            change.await.unwrap().unwrap();
            gate(tag).add_permits(1);
        }
        let said = turn.finish().await.0[0].content.text.clone();
        // The service looks at what is newest as soon as it runs, whichever turn started it.
        assert!(said == "[1 new]" || (during && said == "[1 old]"), "{tag}: {said}");
        if number == 2 {
            logged(tag, "wakes 1").await;
            gate(tag).add_permits(1);
        }
        assert_eq!(says(&agent, "do NAP").await, format!("{number} new"), "{tag}");
        let running: Vec<&str> = agent.parts().services.iter().map(|service| service.def.name).collect();
        assert_eq!(running.iter().filter(|name| **name == "nap").count(), 1, "{tag}: {running:?}");
        agent.stop().await;
        assert_eq!(lines(tag), then, "{tag}");
    }
}

#[tokio::test]
async fn what_hears_an_event_outside_turns_ends_with_what_it_began_with() {
    let tag = "knocked";
    let agent = start(&gauge(tag, 1, "")).await;
    let knocking = tokio::spawn({
        let agent = agent.clone();
        async move { agent.emit(Knock { tag }).await }
    });
    logged(tag, "knock 1").await;
    agent.apply(plan(&gauge(tag, 2, ""))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    gate(tag).add_permits(1);
    knocking.await.unwrap();
    logged(tag, "unload 1").await;
    let place = |line: &str| lines(tag).iter().position(|found| found == line).expect(line);
    assert!(place("knocked Ok(\"1\")") < place("stop 1"), "{:?}", lines(tag));
    agent.stop().await;
}

#[tokio::test]
async fn what_was_replaced_does_not_wait_for_ever() {
    let tag = "overdue";
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    let with = |number| gauge(tag, number, &format!("[plugins.sloth]\ntag = \"{tag}\"\nnumber = {number}"));
    let agent = Agent::start(plan(&with(1)), &Registry::linked().unwrap(), options).await.unwrap();
    let turn = agent.send(Incoming::direct("test", "held", "sam", "do HOLD,NAP")).await.unwrap();
    logged(tag, "held 1").await;
    agent.apply(plan(&with(2))).await.unwrap();
    let since = agent.plugins().list().into_iter().find(|state| state.plugin == "gauge").unwrap().since;
    assert_eq!(since, Some(clock.now()));
    clock.advance(Duration::from_secs(129));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!lines(tag).contains(&"stop 1".to_owned()), "{:?}", lines(tag));
    // Two minutes for a turn, and ten seconds.
    clock.advance(Duration::from_secs(1));
    logged(tag, "unload 1").await;
    gate(tag).add_permits(1);
    let said = turn.finish().await.0[0].content.text.clone();
    assert!(said.contains("meter 1 is stopped"), "{said}");
    assert!(said.contains("could not be started: plugin `sloth` is being unloaded"), "{said}");
    agent.stop().await;
    assert!(!lines(tag).iter().any(|line| line.starts_with("yawns")), "{:?}", lines(tag));
}
