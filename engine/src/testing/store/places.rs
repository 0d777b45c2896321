//! Worlds, rooms, entities, participants, attention, relationships, and the snapshot of them.

use super::{AGENT, OTHER_ROOM, Outcome, ROOM, USER, at, id, message, numbers, same};
use crate::{
    memory::{Attention, Entity, Memory, MemoryKind, Relationship, Role, Room, RoomKind, World},
    store::{Store, Window},
};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

pub(super) fn world(number: u128, name: &str) -> World {
    World {
        id: id(number),
        agent: AGENT,
        name: name.to_owned(),
        roles: [(USER, Role::Owner), (id(2), Role::Guest)].into(),
        settings: object(&json!({ "z": 1, "a": { "secret": false } })),
        metadata: object(&json!({ "members": 3 })),
    }
}

pub(super) fn room(id: Uuid, name: &str) -> Room {
    Room {
        id,
        agent: AGENT,
        name: name.to_owned(),
        kind: RoomKind::Group,
        source: "chat".to_owned(),
        world: Some(self::id(1)),
        metadata: object(&json!({ "topic": "weather's \0 end" })),
    }
}

pub(super) fn entity(id: Uuid, name: &str) -> Entity {
    Entity {
        id,
        agent: AGENT,
        names: vec![name.to_owned(), "🦀".to_owned()],
        metadata: object(&json!({ "discord": { "id": "1" } })),
    }
}

pub(super) fn relationship(number: u128, source: u128, target: u128) -> Relationship {
    Relationship {
        id: id(number),
        agent: AGENT,
        source: id(source),
        target: id(target),
        tags: vec!["friend".to_owned()],
        metadata: object(&json!({ "interactions": number as u64 })),
        at: at(3),
    }
}

pub(super) async fn worlds_are_written_and_changed(store: Arc<dyn Store>) -> Outcome {
    let bare = World { roles: [].into(), settings: Map::new(), metadata: Map::new(), ..world(3, "") };
    store.put_worlds(&[world(2, "B"), bare.clone(), world(1, "A")]).await?;
    same("worlds", &store.worlds().await?, &vec![world(1, "A"), world(2, "B"), bare.clone()])?;
    let changed = World { roles: [(USER, Role::Admin)].into(), ..world(2, "new name") };
    store.put_worlds(std::slice::from_ref(&changed)).await?;
    same("changed worlds", &store.worlds().await?, &vec![world(1, "A"), changed, bare])
}

pub(super) async fn rooms_are_written_and_changed(store: Arc<dyn Store>) -> Outcome {
    let kinds = [
        RoomKind::Own,
        RoomKind::Dm,
        RoomKind::Group,
        RoomKind::VoiceDm,
        RoomKind::VoiceGroup,
        RoomKind::Feed,
        RoomKind::Thread,
        RoomKind::World,
        RoomKind::Forum,
        RoomKind::Api,
    ];
    let mut rooms: Vec<Room> =
        kinds.into_iter().zip(1..).map(|(kind, number)| Room { kind, ..room(id(number), "r") }).collect();
    store.put_rooms(&rooms).await?;
    same("rooms", &store.rooms().await?, &rooms)?;
    rooms[3] = Room { world: None, source: "api".to_owned(), metadata: Map::new(), ..room(id(4), "renamed") };
    store.put_rooms(&rooms[3..4]).await?;
    same("changed rooms", &store.rooms().await?, &rooms)
}

pub(super) async fn entities_are_written_and_changed(store: Arc<dyn Store>) -> Outcome {
    let nameless = Entity { names: vec![], ..entity(id(2), "") };
    store.put_entities(&[entity(id(1), "Ada"), nameless.clone(), entity(id(3), "Bo")]).await?;
    let mut found = store.entities(&[id(2), id(1), id(1), id(404)]).await?;
    found.sort_by_key(|entity| entity.id);
    same("entities", &found, &vec![entity(id(1), "Ada"), nameless])?;
    store.put_entities(&[entity(id(1), "Ada L.")]).await?;
    same("changed entity", &store.entities(&[id(1)]).await?, &vec![entity(id(1), "Ada L.")])
}

pub(super) async fn participants_come_and_go(store: Arc<dyn Store>) -> Outcome {
    let everyone = [1, 2, 3].map(|number| entity(id(number), "E"));
    store.put_entities(&everyone).await?;
    store.add_participants(ROOM, &[id(3), id(1), id(3), id(404)]).await?;
    store.add_participants(ROOM, &[id(1), id(2)]).await?;
    store.add_participants(OTHER_ROOM, &[id(1)]).await?;
    same("participants", &store.snapshot(ROOM, Window::newest(0)).await?.participants, &everyone.to_vec())?;
    store.remove_participants(ROOM, &[id(2), id(404), id(405)]).await?;
    let left = vec![everyone[0].clone(), everyone[2].clone()];
    same("who is left", &store.snapshot(ROOM, Window::newest(0)).await?.participants, &left)?;
    same(
        "the other room",
        &store.snapshot(OTHER_ROOM, Window::newest(0)).await?.participants,
        &left[..1].to_vec(),
    )
}

pub(super) async fn attention_is_kept_by_room(store: Arc<dyn Store>) -> Outcome {
    for attention in [Attention::Muted, Attention::Followed, Attention::Normal, Attention::Muted] {
        store.set_attention(ROOM, attention).await?;
        same("attention", &store.snapshot(ROOM, Window::newest(0)).await?.attention, &attention)?;
    }
    store.put_rooms(&[room(ROOM, "written later")]).await?;
    same(
        "attention with its room",
        &store.snapshot(ROOM, Window::newest(0)).await?.attention,
        &Attention::Muted,
    )?;
    same("another room", &store.snapshot(OTHER_ROOM, Window::newest(0)).await?.attention, &Attention::Normal)
}

pub(super) async fn a_snapshot_holds_what_a_turn_needs(store: Arc<dyn Store>) -> Outcome {
    store.put_worlds(&[world(1, "W"), world(2, "Other")]).await?;
    store.put_rooms(&[room(ROOM, "R"), Room { world: None, ..room(OTHER_ROOM, "O") }]).await?;
    store.put_entities(&[entity(USER, "User"), entity(AGENT, "Agent")]).await?;
    store.add_participants(ROOM, &[USER, AGENT]).await?;
    store.set_attention(ROOM, Attention::Followed).await?;
    let result = Memory { kind: MemoryKind::ActionResult, ..message(2, "done") };
    let fact = |number| Memory { kind: MemoryKind::Fact, ..message(number, "a fact") };
    let elsewhere = Memory { room: OTHER_ROOM, ..message(5, "elsewhere") };
    store.add_memories(&[message(1, "one"), result, fact(3), message(4, "four"), elsewhere, fact(6)]).await?;

    let snapshot = store.snapshot(ROOM, Window::newest(1)).await?;
    same("room", &snapshot.room, &Some(room(ROOM, "R")))?;
    same("world", &snapshot.world, &Some(world(1, "W")))?;
    same("participants", &snapshot.participants, &vec![entity(AGENT, "Agent"), entity(USER, "User")])?;
    same("attention", &snapshot.attention, &Attention::Followed)?;
    same("the newest of each", &numbers(&snapshot.history), &vec![2, 4])?;
    same("all", &numbers(&store.snapshot(ROOM, Window::newest(usize::MAX)).await?.history), &vec![1, 2, 4])?;

    let own = Memory { entity: AGENT, ..message(7, "said by the agent") };
    store.add_memories(&[own]).await?;
    let window = Window { until: Some(id(1)), messages: 10, results: 0 };
    let history = store.snapshot(ROOM, window).await?.history;
    same("nothing of others after a message", &numbers(&history), &vec![1, 7])?;

    let snapshot = store.snapshot(OTHER_ROOM, Window::newest(50)).await?;
    same("a room without a world", &(snapshot.room.is_some(), snapshot.world), &(true, None))?;
    same("its history", &numbers(&snapshot.history), &vec![5])
}

pub(super) async fn relationships_are_found_from_both_sides_and_replaced(store: Arc<dyn Store>) -> Outcome {
    let (there, back, away) = (relationship(1, 10, 11), relationship(2, 11, 10), relationship(3, 11, 12));
    store.put_relationships(&[away.clone(), back.clone(), there.clone()]).await?;
    same("of one side", &store.relationships(id(10)).await?, &vec![there, back.clone()])?;
    same("of the other", &store.relationships(id(12)).await?, &vec![away.clone()])?;

    let closer =
        Relationship { tags: vec!["sister".to_owned(), "friend".to_owned()], ..relationship(4, 10, 11) };
    store.put_relationships(std::slice::from_ref(&closer)).await?;
    same("the same pair", &store.relationships(id(10)).await?, &vec![closer.clone(), back.clone()])?;

    let moved = Relationship { target: id(13), ..away };
    store.put_relationships(std::slice::from_ref(&moved)).await?;
    same("the same id", &store.relationships(id(11)).await?, &vec![closer, back, moved])?;
    same("its old target", &store.relationships(id(12)).await?, &vec![])?;

    let own = relationship(5, 20, 20);
    store.put_relationships(std::slice::from_ref(&own)).await?;
    same("to oneself", &store.relationships(id(20)).await?, &vec![own])
}
