//! What a model reads, and what only those read who ask.

use super::support::{ADA, ada, direct, group, said, start, turn, values};
use galatea::{
    memory::{Attachment, Memory},
    prelude::*,
};
use jiff::{SignedDuration, Timestamp};

#[tokio::test]
async fn a_plain_chat_is_told_little() {
    let agent = ada().await;
    let (told, record) = turn(&agent, direct("show")).await;
    let context = &told[0];
    assert!(context.starts_with("# About Ada\nKeeps the weather log.\n"), "{context}");
    assert!(context.lines().last().unwrap().starts_with("The current date and time is "), "{context}");
    for absent in [
        "# People",
        "# Roles",
        "# Settings",
        "# Attachments",
        "# Relationships",
        "# World",
        "# What",
        "UPDATE_ROLE",
    ] {
        assert!(!context.contains(absent), "{absent} in {context}");
    }
    let failed: Vec<_> = record.providers.iter().filter(|provider| provider.error.is_some()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let ran: Vec<&str> = record.providers.iter().map(|provider| provider.name.as_str()).collect();
    assert_eq!(ran.first(), Some(&"CHARACTER"));
    assert!(!ran.contains(&"WORLD") && !ran.contains(&"RELATIONSHIPS"), "{ran:?}");
    agent.stop().await;
}

#[tokio::test]
async fn dynamic_providers_run_when_they_are_asked_for() {
    let agent = ada().await;
    said(&agent, group("harbour", "Tom", "hello")).await;
    let values = values(&agent, group("square", "Sam", ""), &["WORLD", "RELATIONSHIPS"]).await;
    assert_eq!(values["worldName"], "town");
    assert_eq!(values["currentChannelName"], "square");
    let info = values["worldInfo"].as_str().unwrap();
    assert!(
        info.starts_with("# World: town\nCurrent Channel: square (GROUP)\nTotal Channels: 2\n"),
        "{info}"
    );
    assert!(info.contains("\nText channels: 2\nVoice channels: 0"), "{info}");
    assert_eq!(values["relationships"], "No relationships found.");
    let dynamic = values["dynamicProviders"].as_str().unwrap();
    assert!(dynamic.contains("**WORLD**") && !dynamic.contains("**TIME**"), "{dynamic}");
    agent.stop().await;
}

#[tokio::test]
async fn attachments_are_told_with_their_text_while_they_are_fresh() {
    let agent = ada().await;
    let mut incoming = direct("show");
    incoming.content.attachments = vec![Attachment {
        id: "1".to_owned(),
        url: "https://files.example/plan.txt".to_owned(),
        title: Some("The plan".to_owned()),
        description: Some("What to do.".to_owned()),
        text: Some("First sleep.".to_owned()),
        media_type: Some("text/plain".to_owned()),
    }];
    let context = said(&agent, incoming).await;
    assert!(context.contains("- The plan, text/plain, from Sam, just now: https://files.example/plan.txt\n  What to do.\n  Its text: First sleep."), "{context}");
    let room = agent.place_id("test", "sam-and-ada");
    let store = agent.store();
    let history = store.snapshot(room, galatea::store::Window::newest(10)).await.unwrap().history;
    let first = history.iter().find(|memory| !memory.content.attachments.is_empty()).unwrap();
    let old = Memory {
        id: uuid::Uuid::now_v7(),
        at: Timestamp::now() - SignedDuration::from_mins(61),
        ..first.clone()
    };
    store.delete_memories(&[first.id]).await.unwrap();
    store.add_memories(&[old]).await.unwrap();
    let context = said(&agent, direct("show")).await;
    assert!(context.contains("from Sam, 1 hour ago") && context.contains("What to do."), "{context}");
    assert!(!context.contains("# Attachments\n- The plan, text/plain, from Sam, just now"), "{context}");
    let section = context.split("# Attachments").nth(1).unwrap();
    assert!(!section.contains("First sleep.") && section.contains("not shown any more"), "{section}");
    agent.stop().await;
}

#[tokio::test]
async fn results_of_actions_are_told_in_the_next_turn() {
    let agent = ada().await;
    said(&agent, direct("do UPDATE_SETTINGS {\"key\":\"language\",\"value\":\"French\"}")).await;
    let context = said(&agent, direct("show")).await;
    assert!(
        context
            .contains("# What actions gave lately, oldest first\n- UPDATE_SETTINGS: language is French now."),
        "{context}"
    );
    let values = values(&agent, direct(""), &[]).await;
    assert_eq!(values["hasActionResults"], true);
    agent.stop().await;
}

#[tokio::test]
async fn the_character_is_told_whole() {
    let toml = r#"name = "Ada"
bio = ["Keeps the log.", "{{agentName}} is old."]
adjectives = ["calm", "exact"]
topics = ["clouds", "wind"]
style = { all = ["Short sentences."], chat = ["No emoji."], post = ["One line."] }
message-examples = [[{ name = "{{user1}}", text = "Do you sleep?" }, { name = "Ada", text = "Never, {{user1}}." }], [{ name = "{{user1}}", text = "Second?" }]]
[plugins.bootstrap]
examples = 1
[plugins.puppet]
"#;
    let agent = start(toml).await;
    let context = said(&agent, direct("show")).await;
    let wanted = "# About Ada\nKeeps the log.\nAda is old.\nAda is calm, exact.\nAda likes to talk about clouds, wind.\n\
        # How Ada writes\n- Short sentences.\n- No emoji.\n\
        # Example conversations of Ada\nUser 1: Do you sleep?\nAda: Never, User 1.\n";
    assert!(context.starts_with(wanted), "{context}");
    agent.stop().await;
}

#[tokio::test]
async fn interactions_elsewhere_are_read_for_templates_only() {
    let plain = ada().await;
    let with_templates =
        start(&ADA.replace("[plugins.bootstrap]", "[templates]\nreply = \"x\"\n[plugins.bootstrap]")).await;
    for (agent, told) in [(plain, false), (with_templates, true)] {
        said(&agent, group("square", "Sam", "seen on the square")).await;
        let values = values(&agent, direct(""), &[]).await;
        let text = values["recentInteractions"].as_str().unwrap();
        assert_eq!(text.contains("Sam: seen on the square"), told, "{text}");
        agent.stop().await;
    }
}

/// Knows that a ship is a vessel.
#[plugin("meaning")]
pub struct Meaning;

/// Two directions: what floats, and everything else.
#[model(TextEmbedding, plugin = Meaning)]
async fn floats(request: Request) -> ModelAnswer {
    let floats = |text: &str| ["ship", "vessel", "boat"].iter().any(|word| text.contains(word));
    let vectors = request.texts().map(|text| if floats(text) { vec![1.0, 0.1] } else { vec![0.1, 1.0] });
    ModelAnswer { model: "floats".to_owned(), ..ModelAnswer::of_vectors(vectors.collect()) }
}

#[tokio::test]
async fn facts_are_found_by_meaning_where_a_model_makes_vectors() {
    let with_model = ADA.replace("[plugins.puppet]", "[plugins.puppet]\n[plugins.meaning]");
    for (toml, told) in [(ADA.to_owned(), false), (with_model, true)] {
        let agent = start(&toml).await;
        said(&agent, direct("hello")).await;
        let fact = |number: u128, text: &str| Memory {
            id: uuid::Uuid::from_u128(number),
            kind: MemoryKind::Fact,
            agent: agent.id(),
            entity: agent.entity_id("test", "Sam"),
            room: agent.place_id("test", "sam-and-ada"),
            world: None,
            at: Timestamp::from_second(number as i64).unwrap(),
            sequence: 0,
            content: Content::text(text),
            metadata: serde_json::Value::Null,
        };
        let mut facts = vec![fact(1, "Sam owns an old vessel")];
        facts.extend((2..300).map(|number| fact(number, "Sam likes gardening")));
        agent.store().add_memories(&facts).await.unwrap();
        agent.memories_embedded().await.unwrap();
        let context = said(&agent, direct("show me my ship")).await;
        assert_eq!(context.contains("Sam owns an old vessel"), told, "{context}");
        agent.stop().await;
    }
}
