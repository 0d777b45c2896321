//! The rules of responding, against what elizaOS 1.7.2 does.

use crate::support::{golden, start, turn};
use galatea::{
    agent::{Address, Incoming},
    character::Respond,
    memory::{Attention, Content, Mention, RoomKind},
    turn::{Rule, respond_rule},
};

#[test]
fn the_rules_are_those_of_elizaos() {
    let rows = golden("core-runtime.json")["shouldRespond"].as_array().expect("rows").clone();
    assert!(rows.len() >= 14);
    for row in rows {
        let (name, wanted) = (row[0].as_str().unwrap(), &row[1]);
        let (respond, room, content) = case(name);
        let rule = respond_rule(&respond, room, Attention::Normal, &content, false);
        let reason = wanted["reason"].as_str().unwrap().replace("voice_dm", "voice-dm");
        let wanted = match (wanted["shouldRespond"].as_bool().unwrap(), reason.as_str()) {
            (true, _) => Rule::Respond(reason),
            (false, "needs LLM evaluation") => Rule::AskModel,
            (false, _) => Rule::Ignore(reason),
        };
        assert_eq!(rule, wanted, "{name}");
    }
}

/// The settings and the message behind a golden row's name.
fn case(name: &str) -> (Respond, Option<RoomKind>, Content) {
    let mut content = Content { source: Some("test".to_owned()), ..Content::text("hello") };
    let mut respond = Respond::default();
    let room = match name {
        "no room" => None,
        "custom FORUM" => {
            respond.always_in.push(RoomKind::Forum);
            Some(RoomKind::Forum)
        }
        "custom source" => {
            respond.always_to.push("discord".to_owned());
            content.source = Some("my-discord-1".to_owned());
            Some(RoomKind::Group)
        }
        name => {
            let (kind, rest) = name.split_once(' ').unwrap_or((name, ""));
            match rest {
                "reply" => content.mention = Mention { reply: true, ..Mention::default() },
                "mention" => content.mention = Mention { mention: true, ..Mention::default() },
                "thread" => content.mention = Mention { thread: true, ..Mention::default() },
                "" => {}
                source => content.source = Some(source.to_owned()),
            }
            RoomKind::from_name(kind)
        }
    };
    (respond, room, content)
}

#[test]
fn muted_and_followed_rooms() {
    let only_followed = Respond { only_followed: true, ..Respond::default() };
    let content = Content::text("x");
    for (respond, room, attention, named, wanted) in [
        (Respond::default(), RoomKind::Dm, Attention::Muted, false, "ignore"),
        (Respond::default(), RoomKind::Dm, Attention::Muted, true, "respond"),
        (Respond::default(), RoomKind::Group, Attention::Muted, true, "respond"),
        (only_followed.clone(), RoomKind::Dm, Attention::Normal, false, "ignore"),
        (only_followed.clone(), RoomKind::Dm, Attention::Normal, true, "respond"),
        (only_followed, RoomKind::Group, Attention::Followed, false, "ask"),
    ] {
        let said = match respond_rule(&respond, Some(room), attention, &content, named) {
            Rule::Respond(_) => "respond",
            Rule::Ignore(_) => "ignore",
            Rule::AskModel => "ask",
        };
        assert_eq!(said, wanted, "{room:?} {attention:?} named={named}");
    }
}

/// The model's verdict in a group: RESPOND answers, IGNORE and STOP do not, nor does a verdict that nobody can read.
#[tokio::test]
async fn the_model_decides_in_groups() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]").await;
    for (text, answers) in
        [("say hi RESPOND", true), ("say hi IGNORE", false), ("say hi STOP", false), ("say hi", false)]
    {
        let address = Address {
            source: "test".to_owned(),
            kind: RoomKind::Group,
            room: "group".to_owned(),
            world: None,
        };
        let incoming = Incoming { address, ..Incoming::direct("test", "group", "sam", text) };
        let (said, record) = turn(&agent, incoming).await;
        assert_eq!(!said.is_empty(), answers, "{text}: {}", record.reason);
        assert_eq!(record.responded, answers);
        assert_eq!(record.model_calls.len(), if answers { 2 } else { 1 });
    }
}
