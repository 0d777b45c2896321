//! The actions of rooms, choices, settings, contacts and messages.

use super::support::{CHOSEN, action, ada, direct, group, said, turn};
use galatea::{
    event::EventType,
    memory::{Attention, MemoryKind},
    model::Purpose,
    store::MemoryQuery,
    testing::{Script, TestAgent, TestResult},
    turn::StepStatus,
};
use galatea_bootstrap::Bootstrap;
use serde_json::{Value, json};

#[tokio::test]
async fn attention_changes_and_is_offered_only_where_it_changes_something() {
    let agent = ada().await;
    let room = agent.place_id("test", "square");
    let rows = [
        ("MUTE_ROOM", Attention::Muted, "I'll be quiet in here from now on. Say my name if you need me."),
        ("UNMUTE_ROOM", Attention::Normal, "I'm listening in this room again."),
        (
            "FOLLOW_ROOM",
            Attention::Followed,
            "I'll follow this room from now on, and join in without being named.",
        ),
        ("UNFOLLOW_ROOM", Attention::Normal, "I'll stop following this room. Say my name when you want me."),
    ];
    for (name, attention, told) in rows {
        let tools = said(&agent, group("square", "Sam", "tools")).await;
        assert!(tools.split(' ').any(|tool| tool == name), "{name} in {tools}");
        assert_eq!(said(&agent, group("square", "Sam", &action(name, json!({})))).await, told);
        let snapshot = agent.store().snapshot(room, galatea::store::Window::newest(0)).await.unwrap();
        assert_eq!(snapshot.attention, attention, "{name}");
        let tools = said(&agent, group("square", "Sam", "tools")).await;
        assert!(!tools.split(' ').any(|tool| tool == name), "{name} in {tools}");
        let (_, record) = turn(&agent, group("square", "Sam", &action(name, json!({})))).await;
        assert_eq!(record.steps[0].status, StepStatus::Failed, "{name} again");
    }
    agent.stop().await;
}

#[tokio::test]
async fn replies_are_given_words_or_put_into_words() {
    let agent = ada().await;
    let rows = [
        (action("REPLY", json!({ "text": "Hello." })), "Hello."),
        ("do REPLY".to_owned(), "heard: do REPLY"),
        (action("RESPOND", json!({ "text": "Hello." })), "Hello."),
        (action("sendReply", json!({ "text": "Hello." })), "Hello."),
        ("do NONE".to_owned(), "heard: do NONE"),
        ("do IGNORE".to_owned(), ""),
        ("do STOP_TALKING".to_owned(), ""),
    ];
    for (text, wanted) in rows {
        // A word of the answer format without text: the engine asks for the words itself.
        let wanted = wanted.replace("heard:", "In words:");
        assert_eq!(said(&agent, direct(&text)).await, wanted, "{text}");
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_choice_is_told_chosen_and_forgotten() {
    let agent = ada().await;
    let has = |tools: &str| tools.contains("CHOOSE_OPTION");
    assert!(!has(&said(&agent, direct("tools")).await));
    assert!(
        said(&agent, direct(&action("CHOOSE_OPTION", json!({ "option": "1" }))))
            .await
            .contains("does not apply")
    );
    said(&agent, direct("do OPEN_CHOICE")).await;
    let context = said(&agent, direct("show")).await;
    assert!(
        context.contains("What shall I do with the draft?\n1. Post it: in public\n2. Throw away"),
        "{context}"
    );
    assert!(has(&said(&agent, direct("tools")).await));
    // Another room knows nothing of it.
    assert!(!has(&said(&agent, group("square", "Sam", "tools")).await));
    let wrong = said(&agent, direct(&action("CHOOSE_OPTION", json!({ "option": "trow away" })))).await;
    assert_eq!(
        wrong,
        "[there is no option trow away; did you mean Throw away?; the options are: Post it, Throw away]"
    );
    let (told, record) = turn(&agent, direct(&action("CHOOSE_OPTION", json!({ "option": "2" })))).await;
    assert_eq!(told, ["You chose “Throw away”."]);
    assert_eq!(record.steps[0].result.as_ref().unwrap().data["option"], "Throw away");
    assert_eq!(*CHOSEN.lock().unwrap(), ["Throw away"]);
    assert_eq!(galatea_bootstrap::ChoiceMade::NAME, "CHOICE_MADE");
    assert!(!has(&said(&agent, direct("tools")).await));
    agent.stop().await;
}

#[tokio::test]
async fn settings_are_saved_typed_and_never_secret() {
    let agent = ada().await;
    let set =
        |key: &str, value: Value| direct(&action("UPDATE_SETTINGS", json!({ "key": key, "value": value })));
    let rows = [
        (set("language", "French".into()), "language is French now."),
        (set("Language", "German".into()), "language is German now."),
        (set("limit", "12".into()), "limit is 12 now."),
        (set("loud", true.into()), "loud is true now."),
        (set("limit", "".into()), "limit is not set any more."),
        (set("", "x".into()), "[say which setting to change]"),
    ];
    for (incoming, wanted) in rows {
        assert_eq!(said(&agent, incoming).await, wanted);
    }
    let secret = said(&agent, set("api-key", "abc".into())).await;
    assert!(secret.contains("api-key looks like a secret") && secret.contains("env = "), "{secret}");
    let worlds = agent.store().worlds().await.unwrap();
    assert_eq!(Value::Object(worlds[0].settings.clone()), json!({ "language": "German", "loud": true }));
    let context = said(&agent, direct("show")).await;
    assert!(
        context.contains("# Settings of test\n- language is set to German\n- loud is set to true"),
        "{context}"
    );
    // In a world without an owner nobody may.
    let refused =
        said(&agent, group("square", "Tom", &action("UPDATE_SETTINGS", json!({ "key": "a", "value": "b" }))))
            .await;
    assert_eq!(refused, "[UPDATE_SETTINGS is for owner, admin; Tom is guest]");
    agent.stop().await;
}

#[tokio::test]
async fn contacts_are_noted_and_guarded() {
    let agent = ada().await;
    said(&agent, group("square", "Emma", "hello")).await;
    let note = |from: &str, arguments: Value| group("square", from, &action("UPDATE_CONTACT", arguments));
    let rows = [
        (note("Sam", json!({ "platform": "Email", "value": "sam@example.com" })), "I noted your email."),
        (
            note("Sam", json!({ "entity": "emma", "platform": "telegram", "value": "@emma" })),
            "I noted Emma's telegram.",
        ),
        (
            note("Sam", json!({ "entity": "Emma", "platform": "telegram", "value": "@fake" })),
            "[Emma's telegram is known already; only Emma, an owner or an admin may change it]",
        ),
        (note("Emma", json!({ "platform": "telegram", "value": "@emma_b" })), "I noted your telegram."),
        (
            note("Sam", json!({ "entity": "Ema", "platform": "email", "value": "x" })),
            "[I know nobody called Ema here; did you mean Emma?]",
        ),
        (note("Sam", json!({ "platform": "email", "value": "" })), "I removed your email."),
    ];
    for (incoming, wanted) in rows {
        assert_eq!(said(&agent, incoming).await, wanted);
    }
    let emma = agent.store().entities(&[agent.entity_id("test", "Emma")]).await.unwrap();
    assert_eq!(emma[0].metadata["contacts"], json!({ "telegram": "@emma_b" }));
    let sam = agent.store().entities(&[agent.entity_id("test", "Sam")]).await.unwrap();
    assert_eq!(sam[0].metadata["contacts"], json!({}));
    agent.stop().await;
}

#[tokio::test]
async fn messages_go_to_rooms_and_people() {
    let agent = ada().await;
    said(&agent, group("harbour", "Tom", "hello")).await;
    said(&agent, direct("hello")).await;
    let mut events = agent.events().subscribe();
    let send = |target: &str| {
        group(
            "square",
            "Emma",
            &action("SEND_MESSAGE", json!({ "target": target, "text": "Dinner is ready." })),
        )
    };
    let rows = [
        ("#Harbour", "I wrote to harbour."),
        ("sam", "I wrote to Sam."),
        ("square", "[that is this room; a plain reply is enough]"),
        ("harbor", "[I know no room and nobody called harbor; did you mean harbour?]"),
        ("Sams", "[I know no room and nobody called Sams; did you mean Sam?]"),
        ("Tom", "[I have no direct chat with Tom yet; Tom has to write to me first]"),
    ];
    for (target, wanted) in rows {
        assert_eq!(said(&agent, send(target)).await, wanted, "{target}");
    }
    for room in ["harbour", "sam-and-ada"] {
        let room = Some(agent.place_id("test", room));
        let query = MemoryQuery { room, kind: Some(MemoryKind::Message), ..MemoryQuery::default() };
        let newest = agent.store().memories(&query).await.unwrap().pop().unwrap();
        assert_eq!((newest.content.text.as_str(), newest.entity), ("Dinner is ready.", agent.id()));
        assert_eq!(newest.metadata["asked-by"], agent.entity_id("test", "Emma").to_string());
    }
    let mut sent = 0;
    while let Ok(Some(notice)) =
        tokio::time::timeout(std::time::Duration::from_millis(50), events.recv()).await.map(Result::ok)
    {
        sent += usize::from(
            notice.json().to_string().contains("\"text\":\"Dinner is ready.\"")
                && notice.name() == "MESSAGE_SENT",
        );
    }
    assert_eq!(sent, 2);
    agent.stop().await;
}

#[tokio::test]
async fn the_config_is_checked_and_used() -> TestResult {
    let rows = [
        (json!({ "reflect-every": 1 }), 2),
        (json!({ "reflect-every": 3 }), 1),
        (json!({ "reflection": false, "reflect-every": 1, "facts": 0 }), 0),
    ];
    for (config, reflections) in rows {
        let script = Script::new().says("Heard.").forever();
        let agent =
            TestAgent::with::<Bootstrap>().config::<Bootstrap>(config.clone()).model(script).start().await?;
        for text in ["Hello.", "How are you?"] {
            agent.says(text).await?.assert_replied("Heard.");
            agent.settled().await?;
        }
        let requests = agent.requests();
        let asked = requests.iter().filter(|asked| asked.request.purpose == Purpose::Reflect).count();
        assert_eq!(asked, reflections, "{config}");
        agent.stop().await;
    }
    let wrong =
        TestAgent::with::<Bootstrap>().config::<Bootstrap>(json!({ "reflect-every": 0 })).start().await;
    let told = wrong.unwrap_err().to_string();
    assert!(told.contains("reflect-every = 0"), "{told}");
    Ok(())
}
