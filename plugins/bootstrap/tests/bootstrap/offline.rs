//! With the model that needs no key: what people say is understood by the examples of the actions, and remembered.

use super::support::{direct, facts, group, start, turn};
use galatea::{memory::Role, store::ScoreQuery};
use galatea_offline as _;
use serde_json::{Value, json};
use std::time::Duration;

const OFFLINE: &str =
    "name = \"Ada\"\nbio = [\"Keeps the weather log.\"]\n[plugins.bootstrap]\n[plugins.offline]\n";

#[tokio::test]
async fn what_people_say_about_themselves_is_kept_and_told() {
    let agent = start(OFFLINE).await;
    turn(&agent, direct("My name is Sam and I live in Oslo")).await;
    for _ in 0..100 {
        if facts(&agent).await.len() >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let stored: Vec<String> = facts(&agent).await.into_iter().map(|fact| fact.content.text).collect();
    assert_eq!(stored, ["Sam's name is Sam", "Sam lives in Oslo"]);
    // In another room, where the conversation does not say it.
    let (said, _) = turn(&agent, group("square", "Sam", "Ada, who lives in Oslo?")).await;
    assert!(said.join(" ").contains("Sam lives in Oslo"), "{said:?}");
    agent.stop().await;
}

#[tokio::test]
async fn what_people_are_to_each_other_is_kept_and_told() {
    let agent = start(OFFLINE).await;
    let (_, record) = turn(&agent, direct("My sister Emma lives in Bergen")).await;
    let sam = agent.entity_id("test", "Sam");
    for _ in 0..400 {
        if !agent.store().scores(&ScoreQuery::default()).await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let ties = agent.store().relationships(sam).await.unwrap();
    assert_eq!(
        (ties.len(), ties[0].source, ties[0].tags.as_slice()),
        (1, sam, ["sister".to_owned()].as_slice())
    );
    let emma = agent.store().entities(&[ties[0].target]).await.unwrap();
    assert_eq!(emma[0].names, ["Emma"]);
    let stored: Vec<String> = facts(&agent).await.into_iter().map(|fact| fact.content.text).collect();
    assert!(stored.iter().any(|fact| fact.contains("sister") && fact.contains("Emma")), "{stored:?}");

    // How much of what was stated was new stands in the scores and in the record of the turn.
    let scores = agent.store().scores(&ScoreQuery::default()).await.unwrap();
    assert_eq!((scores.len(), scores[0].evaluator.as_str(), scores[0].run), (1, "REFLECTION", record.run));
    assert_eq!((scores[0].score, &scores[0].metadata["relationships"]), (1.0, &json!(1)));

    // On request it looks again, also where nothing calls for it; what is known is not new.
    let again = agent.evaluate(record.run, &["REFLECT"]).await.unwrap().remove(0);
    let again = again.evaluation.unwrap();
    assert_eq!((again.score, &again.metadata["facts"]), (0.0, &json!(0)));
    assert_eq!(facts(&agent).await.len(), stored.len());
    agent.stop().await;
}

#[tokio::test]
async fn sentences_choose_actions() {
    let agent = start(OFFLINE).await;
    for name in ["Emma", "Sam"] {
        turn(&agent, group("square", name, "hello")).await;
    }
    let mut worlds = agent.store().worlds().await.unwrap();
    worlds[0].roles.insert(agent.entity_id("test", "Sam"), Role::Owner);
    agent.store().put_worlds(&worlds).await.unwrap();
    turn(&agent, direct("hello")).await;
    let rows: [(&str, Option<(&str, Value)>); 9] = [
        ("Please follow this room", Some(("FOLLOW_ROOM", json!({})))),
        ("stop following this channel please", Some(("UNFOLLOW_ROOM", json!({})))),
        ("Ada, mute this channel", Some(("MUTE_ROOM", json!({})))),
        ("Ada, unmute this channel", Some(("UNMUTE_ROOM", json!({})))),
        (
            "Set the language to French",
            Some(("UPDATE_SETTINGS", json!({ "key": "language", "value": "French" }))),
        ),
        ("Make Emma an admin", Some(("UPDATE_ROLE", json!({ "entity": "Emma", "role": "admin" })))),
        (
            "Send a message to Sam saying I am late",
            Some(("SEND_MESSAGE", json!({ "target": "Sam", "text": "I am late" }))),
        ),
        ("What do you think about the clouds?", None),
        ("I went for a walk today", None),
    ];
    for (text, wanted) in rows {
        let (said, record) = turn(&agent, group("square", "Sam", text)).await;
        let steps: Vec<(&str, Value)> = record
            .steps
            .iter()
            .map(|step| (step.action.as_str(), Value::Object(step.arguments.clone())))
            .collect();
        assert_eq!(steps, wanted.into_iter().collect::<Vec<_>>(), "{text}: {said:?}");
        assert!(!said.is_empty(), "{text}");
    }
    agent.stop().await;
}
