//! Memories as resources: documents, facts, what was said in rooms.
//!
//! Admins see all of them. Others see what documents say, facts about themselves, and the rooms in which they take part.

use super::handler::{Desk, internal};
use galatea::{
    agent::Agent,
    memory::{Memory, MemoryKind, Role, Room},
    search::SearchQuery,
    store::{MemoryQuery, Window},
};
use rmcp::{
    ErrorData,
    model::{ListResourcesResult, ReadResourceResult, Resource, ResourceContents, ResourceTemplate},
};
use uuid::Uuid;

/// How many resources a page has.
const PAGE: usize = 50;

/// How far back a list goes; the search finds the rest.
const MOST: usize = 2000;

/// How many messages of a room are told.
const TRANSCRIPT: usize = 200;

/// How many characters of a memory name it.
const NAME: usize = 60;

/// What an address is of.
enum Place {
    Memory(Uuid),
    Room(Uuid),
    Search(String),
}

fn root(agent: &Agent) -> String {
    format!("galatea://{}", agent.id())
}

pub(super) fn templates(desk: &Desk) -> Vec<ResourceTemplate> {
    let root = root(&desk.agent);
    let name = &desk.agent.character().name;
    [
        ("memories/{id}", "memory", format!("One memory of {name}.")),
        ("rooms/{id}", "room", "What was said in a room lately.".to_owned()),
        ("search?q={query}", "search", format!("The memories of {name} that fit a text best.")),
    ]
    .map(|(path, name, about)| {
        ResourceTemplate::new(format!("{root}/{path}"), name)
            .with_description(about)
            .with_mime_type("text/plain")
    })
    .into()
}

/// A page of what there is: rooms first, then documents and facts, newest first.
pub(super) async fn list(desk: &Desk, cursor: Option<String>) -> Result<ListResourcesResult, ErrorData> {
    let from = match cursor.map(|cursor| cursor.parse::<usize>()) {
        None => 0,
        Some(Ok(from)) if from < MOST => from,
        Some(_) => return Err(ErrorData::invalid_params("the cursor is none of mine", None)),
    };
    let root = root(&desk.agent);
    let mut all: Vec<Resource> = Vec::new();
    for room in rooms(desk).await? {
        let title = format!("{} ({})", room.name, room.source);
        all.push(
            Resource::new(format!("{root}/rooms/{}", room.id), title)
                .with_description("What was said in this room.")
                .with_mime_type("text/plain"),
        );
    }
    for kind in [MemoryKind::Document, MemoryKind::Fact] {
        let limit = (from + PAGE + 1).saturating_sub(all.len());
        if limit == 0 {
            break;
        }
        let entity = (kind == MemoryKind::Fact && !sees_all(desk)).then(|| desk.who.id(&desk.agent));
        let query = MemoryQuery { kind: Some(kind.clone()), entity, limit, ..MemoryQuery::default() };
        let memories = desk.agent.store().memories(&query).await.map_err(|error| internal(&error))?;
        all.extend(memories.iter().rev().map(|memory| {
            Resource::new(format!("{root}/memories/{}", memory.id), title(memory))
                .with_description(format!("A {} of {}.", kind.name(), memory.at))
                .with_mime_type("text/plain")
        }));
    }
    let is_more = all.len() > from + PAGE && from + PAGE < MOST;
    let page = all.into_iter().skip(from).take(PAGE).collect();
    let mut result = ListResourcesResult::with_all_items(page);
    result.next_cursor = is_more.then(|| (from + PAGE).to_string());
    Ok(result)
}

pub(super) async fn read(desk: &Desk, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let missing = || ErrorData::resource_not_found(format!("there is nothing at {uri}"), None);
    let text = match place(desk, uri).ok_or_else(missing)? {
        Place::Memory(id) => {
            let found = desk.agent.store().memories_by_id(&[id]).await.map_err(|error| internal(&error))?;
            let memory = found.into_iter().next().ok_or_else(missing)?;
            if !may_see(desk, &memory).await? {
                return Err(missing());
            }
            memory.content.text
        }
        Place::Room(id) => {
            let room = rooms(desk).await?.into_iter().find(|room| room.id == id).ok_or_else(missing)?;
            transcript(desk, &room).await?
        }
        Place::Search(text) => search(desk, &text).await?,
    };
    Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri)]))
}

fn place(desk: &Desk, uri: &str) -> Option<Place> {
    let rest = uri.strip_prefix(&root(&desk.agent))?;
    if let Some(query) = rest.strip_prefix("/search?q=") {
        return Some(Place::Search(decoded(query)));
    }
    let id = |prefix: &str| rest.strip_prefix(prefix).and_then(|id| Uuid::try_parse(id).ok());
    id("/memories/").map(Place::Memory).or_else(|| id("/rooms/").map(Place::Room))
}

/// A text of an address as it was meant.
fn decoded(text: &str) -> String {
    let query = format!("q={text}");
    let uri = axum::http::Uri::builder().path_and_query(format!("/?{query}")).build().unwrap_or_default();
    let read = axum::extract::Query::<std::collections::BTreeMap<String, String>>::try_from_uri(&uri);
    read.ok().and_then(|mut query| query.0.remove("q")).unwrap_or_else(|| text.to_owned())
}

fn sees_all(desk: &Desk) -> bool {
    desk.who.role >= Role::Admin
}

/// The rooms that who asks may look into.
async fn rooms(desk: &Desk) -> Result<Vec<Room>, ErrorData> {
    let store = desk.agent.store();
    let all = store.rooms().await.map_err(|error| internal(&error))?;
    let own = desk.who.id(&desk.agent);
    let mut rooms = Vec::new();
    for room in all {
        if sees_all(desk) || takes_part(desk, room.id, own).await? {
            rooms.push(room);
        }
    }
    Ok(rooms)
}

async fn takes_part(desk: &Desk, room: Uuid, entity: Uuid) -> Result<bool, ErrorData> {
    let there =
        desk.agent.store().snapshot(room, Window::default()).await.map_err(|error| internal(&error))?;
    Ok(there.participants.iter().any(|one| one.id == entity))
}

async fn may_see(desk: &Desk, memory: &Memory) -> Result<bool, ErrorData> {
    let own = desk.who.id(&desk.agent);
    match memory.kind {
        _ if sees_all(desk) => Ok(true),
        MemoryKind::Document | MemoryKind::Fragment => Ok(true),
        MemoryKind::Fact => Ok(memory.entity == own),
        _ => takes_part(desk, memory.room, own).await,
    }
}

async fn transcript(desk: &Desk, room: &Room) -> Result<String, ErrorData> {
    let window = Window { messages: TRANSCRIPT, ..Window::default() };
    let there = desk.agent.store().snapshot(room.id, window).await.map_err(|error| internal(&error))?;
    let own = desk.agent.id();
    let name_of = |id: Uuid| match there.participants.iter().find(|one| one.id == id) {
        _ if id == own => desk.agent.character().name.clone(),
        Some(entity) => entity.name().to_owned(),
        None => "somebody".to_owned(),
    };
    let said = there.history.iter().filter(|memory| memory.kind == MemoryKind::Message);
    let lines: Vec<String> = said
        .map(|memory| format!("{} {}: {}", memory.at, name_of(memory.entity), memory.content.text))
        .collect();
    Ok(if lines.is_empty() { "Nothing was said here yet.".to_owned() } else { lines.join("\n") })
}

async fn search(desk: &Desk, text: &str) -> Result<String, ErrorData> {
    let found =
        desk.agent.search(&SearchQuery::new(text).limit(20)).await.map_err(|error| internal(&error))?;
    let root = root(&desk.agent);
    let mut lines = Vec::new();
    for memory in found.into_memories() {
        if may_see(desk, &memory).await? {
            lines.push(format!(
                "{root}/memories/{} ({}): {}",
                memory.id,
                memory.kind.name(),
                memory.content.text
            ));
        }
    }
    Ok(if lines.is_empty() { format!("nothing fits “{text}”") } else { lines.join("\n") })
}

fn title(memory: &Memory) -> String {
    let named = ["title", "source"].iter().find_map(|key| memory.metadata.get(*key)?.as_str());
    let first = memory.content.text.lines().next().unwrap_or_default();
    named.unwrap_or(first).chars().take(NAME).collect()
}
