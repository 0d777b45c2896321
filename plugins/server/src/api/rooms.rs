//! Rooms.

use super::{
    page::{Limit, Page},
    who::Who,
};
use crate::SOURCE;
use galatea::{
    memory::{Attention, Room, RoomKind, World},
    prelude::*,
    route::{Json, Path, Query},
    store::{ListedRoom, RoomPlace, RoomQuery, RoomSnapshot, Window},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;
use uuid::Uuid;

/// How long a name may be, in characters.
const LONGEST_NAME: usize = 200;

/// How much of the last message a list shows, in characters.
const SHOWN: usize = 160;

/// A room as it is shown.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "RoomView")]
pub(crate) struct RoomView {
    id: Uuid,
    /// Its name; absent where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    name: String,
    /// Where it lives: `api`, `chat`, `discord` …
    source: String,
    kind: RoomKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    world: Option<Uuid>,
    attention: Attention,
    /// Who takes part.
    participants: Vec<Participant>,
    /// What was said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Last>,
    /// Whether who asks takes part.
    mine: bool,
}

/// Who takes part in a room.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Participant {
    id: Uuid,
    name: String,
}

/// What was said last in a room.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Last {
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// Its beginning.
    text: String,
    /// Whether the agent said it.
    by_agent: bool,
}

impl RoomView {
    pub(super) fn of(who: &Who, agent: &Agent, room: Room, snapshot: &RoomSnapshot) -> Self {
        let participants = snapshot.participants.iter();
        let mut messages = snapshot.history.iter().filter(|memory| memory.kind == MemoryKind::Message);
        let last = messages.next_back().map(|memory| Last {
            at: memory.at,
            text: memory.content.text.chars().take(SHOWN).collect(),
            by_agent: memory.entity == agent.id(),
        });
        Self {
            id: room.id,
            name: room.name,
            source: room.source,
            kind: room.kind,
            world: room.world,
            attention: snapshot.attention,
            mine: snapshot.participants.iter().any(|participant| participant.id == who.entity),
            participants: participants
                .map(|entity| Participant { id: entity.id, name: entity.name().to_owned() })
                .collect(),
            last,
        }
    }
}

/// Which rooms to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichRooms {
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// Which room.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct WhichRoom {
    /// Its id.
    pub(super) room: Uuid,
}

/// A room to be made.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRoom {
    /// Its name, unique among the caller's. Default: none, and a new room each time.
    #[serde(default)]
    #[schemars(length(max = 200))]
    name: Option<String>,
}

/// The rooms in which the caller takes part, an admin all: those first in which something was said last.
#[route(GET, "/rooms", roles("member"), scope = "read")]
pub(crate) async fn list_rooms(
    agent: Agent,
    caller: Caller,
    Query(which): Query<WhichRooms>,
) -> Result<Json<Page<RoomView>>, RouteError> {
    let who = Who::of(&agent, &caller);
    let before = which.before.as_deref().map(place).transpose()?;
    let entity = (!who.sees_all()).then_some(who.entity);
    let query = RoomQuery { entity, before, limit: which.limit.and_one() };
    let listed = agent.store().list_rooms(&query).await?;
    let page = Page::of(listed, which.limit, cursor);
    let window = Window { until: None, messages: 1, results: 0 };
    let mut items = Vec::with_capacity(page.items.len());
    for ListedRoom { room, .. } in page.items {
        let snapshot = agent.store().snapshot(room.id, window).await?;
        items.push(RoomView::of(&who, &agent, room, &snapshot));
    }
    Ok(Json(Page { items, next: page.next }))
}

/// Makes a room for the caller and the agent; one of this name that is there already is given as it is.
#[route(POST, "/rooms", roles("member"), scope = "chat")]
pub(crate) async fn make_room(
    agent: Agent,
    caller: Caller,
    new: Option<Json<NewRoom>>,
) -> Result<Json<RoomView>, RouteError> {
    let who = Who::of(&agent, &caller);
    let NewRoom { name } = new.map(|Json(new)| new).unwrap_or_default();
    let room = match name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => own_room(&agent, &who, name)?,
        None => Room { name: String::new(), ..own_room(&agent, &who, &Uuid::now_v7().to_string())? },
    };
    let view = ensured(&agent, &who, room).await?;
    Ok(Json(view))
}

/// A room that is stored, with the caller and the agent in it.
async fn ensured(agent: &Agent, who: &Who, room: Room) -> Result<RoomView, RouteError> {
    let store = agent.store();
    let window = Window { until: None, messages: 1, results: 0 };
    let before = store.snapshot(room.id, window).await?;
    ensure_role(agent, who, &room, before.world.as_ref()).await?;
    if before.room.is_none() {
        store.put_rooms(std::slice::from_ref(&room)).await?;
    }
    if !before.participants.iter().any(|participant| participant.id == who.entity) {
        let known = !store.entities(&[who.entity]).await?.is_empty();
        if !known {
            let names = vec![who.name.clone()];
            let entity =
                galatea::memory::Entity { id: who.entity, agent: agent.id(), names, metadata: Map::new() };
            store.put_entities(&[entity]).await?;
        }
        store.add_participants(room.id, &[who.entity, agent.id()]).await?;
    }
    let snapshot = store.snapshot(room.id, window).await?;
    let room = snapshot.room.clone().unwrap_or(room);
    Ok(RoomView::of(who, agent, room, &snapshot))
}

/// Sees to it that somebody has their role in the world of a room of this server; `known` is the world as it was read with
/// the room.
pub(super) async fn ensure_role(
    agent: &Agent,
    who: &Who,
    room: &Room,
    known: Option<&World>,
) -> Result<(), RouteError> {
    let is_given = known.is_some_and(|world| who.role_in(Some(world)) == who.role);
    if room.source == SOURCE
        && let Some(world) = room.world.filter(|_| !is_given)
    {
        agent.give_role(world, SOURCE, who.entity, who.role).await?;
    }
    Ok(())
}

/// A room of somebody by its name, as it is or would be.
pub(super) fn own_room(agent: &Agent, who: &Who, name: &str) -> Result<Room, RouteError> {
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let why =
            format!("the name of a room has at most {LONGEST_NAME} characters and no control characters");
        return Err(RouteError::bad_request(why).with_code("no-room-name"));
    }
    Ok(Room {
        id: who.room_named(agent, name),
        agent: agent.id(),
        name: name.to_owned(),
        kind: RoomKind::Dm,
        source: SOURCE.to_owned(),
        world: Some(agent.world_id(SOURCE, SOURCE)),
        metadata: Map::new(),
    })
}

/// A room: what it is, who takes part, what was said last.
#[route(GET, "/rooms/{room}", roles("member"), scope = "read")]
pub(crate) async fn show_room(
    agent: Agent,
    caller: Caller,
    Path(WhichRoom { room }): Path<WhichRoom>,
) -> Result<Json<RoomView>, RouteError> {
    let who = Who::of(&agent, &caller);
    let snapshot = who.room(&agent, room, Window { until: None, messages: 1, results: 0 }).await?;
    let room = snapshot.room.clone().ok_or_else(|| RouteError::not_found("the room is gone"))?;
    Ok(Json(RoomView::of(&who, &agent, room, &snapshot)))
}

/// How many there were.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Deleted {
    /// How many.
    pub(super) deleted: usize,
}

/// Forgets every message and every action result of a room.
#[route(DELETE, "/rooms/{room}/messages", roles("admin"), scope = "manage", timeout = "2m")]
pub(crate) async fn clear_room(
    agent: Agent,
    caller: Caller,
    Path(WhichRoom { room }): Path<WhichRoom>,
) -> Result<Json<Deleted>, RouteError> {
    Who::of(&agent, &caller).room(&agent, room, Window::default()).await?;
    let deleted = agent.clear_room(room).await?;
    Ok(Json(Deleted { deleted }))
}

fn cursor(listed: &ListedRoom) -> String {
    let RoomPlace { last, room } = listed.place();
    format!("{}~{room}", last.map(|last| last.to_string()).unwrap_or_default())
}

fn place(cursor: &str) -> Result<RoomPlace, RouteError> {
    let read = || {
        let (last, room) = cursor.split_once('~')?;
        let last = if last.is_empty() { None } else { Some(last.parse().ok()?) };
        Some(RoomPlace { last, room: room.parse().ok()? })
    };
    read().ok_or_else(|| no_cursor(cursor))
}

/// What `before` says is none of what a list gave.
pub(super) fn no_cursor(cursor: &str) -> RouteError {
    let why = format!("`{cursor}` is not what `next` of a page said; begin without `before`");
    RouteError::bad_request(why).with_code("no-cursor")
}
