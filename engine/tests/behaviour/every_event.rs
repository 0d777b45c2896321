//! Every event of the engine is emitted by what it is about.

use crate::support::{plan, turn};
use galatea::{
    agent::{Address, Agent, Incoming, StartOptions},
    event::{Control, EVENT_NAMES, LoadReported, Notice},
    memory::{Attachment, Entity, Mention, RoomKind},
    model::Purpose,
    prelude::*,
    registry::Registry,
    store::Window,
};
use serde_json::Map;
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::broadcast;

static REPORTED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// Has one of everything that is told of.
#[plugin("town")]
pub struct Town;

#[on(LoadReported, plugin = Town)]
async fn reported(event: Event<LoadReported>) {
    REPORTED.lock().unwrap_or_else(PoisonError::into_inner).push(event.report.plugins.len());
}

/// Hears of every turn.
#[evaluator(plugin = Town, always_run)]
async fn hear() {}

/// Never comes to its end.
#[action(plugin = Town)]
async fn dawdle() {
    std::future::pending::<()>().await;
}

/// Fails without a text.
#[model(TextEmbedding, plugin = Town)]
async fn embed(request: Request) -> Result<ModelAnswer, ModelError> {
    match request.last_user_text() {
        "" => Err(ModelError::Unavailable("nothing to embed".to_owned())),
        _ => Ok(ModelAnswer { model: "tiny".to_owned(), ..ModelAnswer::default() }),
    }
}

/// Strikes the hour.
#[task(plugin = Town, retries = 0)]
async fn strike(run: TaskRun) -> Result<(), String> {
    if run.room.is_some() { Err("the bell is broken".to_owned()) } else { Ok(()) }
}

fn place(kind: RoomKind, room: &str) -> Incoming {
    let address =
        Address { source: "test".to_owned(), kind, room: room.to_owned(), world: Some("here".to_owned()) };
    Incoming { address, content: said("say hello"), ..Incoming::direct("test", room, "sam", "") }
}

/// Something said to the agent.
fn said(text: &str) -> Content {
    let mention = Mention { mention: true, ..Mention::default() };
    Content { mention, source: Some("test".to_owned()), ..Content::text(text) }
}

fn heard(events: &mut broadcast::Receiver<Notice>, names: &mut BTreeSet<String>) {
    while let Ok(notice) = events.try_recv() {
        assert!(notice.json().is_object(), "{notice:?}");
        names.insert(notice.name().to_owned());
    }
}

async fn starts(toml: &str) -> Agent {
    Agent::start(plan(toml), &Registry::linked().unwrap(), StartOptions::default()).await.unwrap()
}

/// What takes more than this test does: `approvals`, `durable`, `hot`, `search`, `subscribe` and `supervision` see them.
const SHOWN_ELSEWHERE: [&str; 13] = [
    "ACTIONS_OFFERED",
    "ACTION_PROGRESS",
    "APPROVAL_ANSWERED",
    "APPROVAL_REQUESTED",
    "CHARACTER_CHANGED",
    "CHARACTER_REJECTED",
    "EMBEDDING_PROGRESS",
    "MESSAGE_PARKED",
    "PLUGINS_CHANGED",
    "PROVIDER_ENDED",
    "SERVICE_DOWN",
    "SERVICE_RESTARTED",
    "SERVICE_UP",
];

#[tokio::test]
async fn every_event_comes_from_what_it_is_about() {
    let agent =
        starts("name = \"Mayor\"\n[limits]\nturn-timeout = \"100ms\"\n[plugins.puppet]\n[plugins.town]")
            .await;
    assert_eq!(*REPORTED.lock().unwrap(), [2], "told once, with every plugin");
    let mut events = agent.events().subscribe();
    let mut names = BTreeSet::from(["LOAD_REPORTED".to_owned()]);

    let world = agent.connect_world("test", "here").await.unwrap();
    assert_eq!(agent.connect_world("test", "here").await.unwrap(), world);
    turn(&agent, place(RoomKind::Group, "square")).await;
    turn(&agent, place(RoomKind::VoiceGroup, "phone")).await;
    turn(&agent, place(RoomKind::Feed, "wall")).await;
    let dawdle = Incoming { content: said("do DAWDLE"), ..place(RoomKind::Group, "square") };
    turn(&agent, dawdle).await;
    heard(&mut events, &mut names);
    assert!(names.contains("RUN_TIMEOUT"), "{names:?}");

    let wall = agent.place_id("test", "wall");
    let post = agent.tell(wall, "The fair is open.").await.unwrap().unwrap();
    let reaction = agent.react(post.id, "ann", "🎉").await.unwrap().unwrap();
    assert_eq!((reaction.content.in_reply_to, reaction.sequence > post.sequence), (Some(post.id), true));
    assert!(agent.delete_message(post.id).await.unwrap());
    assert!(!agent.delete_message(post.id).await.unwrap());
    assert!(agent.react(post.id, "ann", "?").await.unwrap().is_none(), "the post is gone");
    assert!(agent.clear_room(wall).await.unwrap() >= 2);
    agent.control(wall, Control::DisableInput, None).await;

    let sam = agent.entity_id("test", "sam");
    let known = Entity { id: sam, agent: agent.id(), names: vec!["Samuel".to_owned()], metadata: Map::new() };
    agent.update_entity(known.clone()).await.unwrap();
    assert_eq!(agent.store().entities(&[sam]).await.unwrap(), [known]);
    assert!(agent.entity_left(wall, sam).await.unwrap());
    assert!(!agent.entity_left(wall, sam).await.unwrap());
    assert!(agent.leave_world(world.id).await.unwrap());
    let square = agent.place_id("test", "square");
    let there = async || {
        let room = agent.store().snapshot(square, Window::default()).await.unwrap();
        room.participants.iter().any(|participant| participant.id == agent.id())
    };
    assert!(!there().await && !agent.leave_room(square).await.unwrap());
    turn(&agent, place(RoomKind::Group, "square")).await;
    assert!(there().await, "a message brings it back");

    for text in ["what it means", ""] {
        let request = ModelRequest::new(Purpose::Reply, text);
        let _ = agent.generate(ModelKind::TextEmbedding, request, None, Default::default()).await;
    }
    agent.tasks().schedule("STRIKE", When::Now, ()).await.unwrap();
    agent.tasks().add(NewTask { room: Some(square), ..NewTask::new("STRIKE") }).await.unwrap();
    for _ in 0..100 {
        heard(&mut events, &mut names);
        if names.contains("TASK_COMPLETED") && names.contains("TASK_FAILED") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    agent.stop().await;
    heard(&mut events, &mut names);
    let wanted: BTreeSet<&str> =
        EVENT_NAMES.iter().copied().filter(|name| !SHOWN_ELSEWHERE.contains(name)).collect();
    let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(wanted.difference(&names).collect::<Vec<_>>(), Vec::<&&str>::new(), "never emitted");
    assert!(names.iter().all(|name| EVENT_NAMES.contains(name)), "{names:?}");
}

#[tokio::test]
async fn what_a_message_is_beyond_a_message_is_told() {
    let agent = starts("name = \"Crier\"\n[plugins.puppet]").await;
    let sound = Attachment { media_type: Some("audio/ogg".to_owned()), ..Attachment::default() };
    let spoken = Content { attachments: vec![sound], ..said("say hello") };
    for (incoming, wanted) in [
        (place(RoomKind::Dm, "a"), vec![]),
        (place(RoomKind::VoiceDm, "b"), vec!["VOICE_MESSAGE_RECEIVED", "VOICE_MESSAGE_SENT"]),
        (Incoming { content: spoken, ..place(RoomKind::Dm, "c") }, vec!["VOICE_MESSAGE_RECEIVED"]),
        // A reply is no post.
        (place(RoomKind::Feed, "d"), vec!["INTERACTION_RECEIVED"]),
    ] {
        let mut events = agent.events().subscribe();
        turn(&agent, incoming).await;
        let mut told = Vec::new();
        while let Ok(notice) = events.try_recv() {
            if ["VOICE", "INTER", "POST_"].iter().any(|start| notice.name().starts_with(start)) {
                told.push(notice.name());
            }
        }
        assert_eq!(told, wanted);
    }
    assert!(agent.tell(uuid::Uuid::from_u128(1), "x").await.unwrap().is_none(), "no such room");
    agent.stop().await;
}
