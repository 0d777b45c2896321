//! `/api/memory`: what an agent remembers, and its rooms.

use crate::{
    body,
    door::{Door, id},
    failure::Failure,
    place::Place,
    sessions::time,
    shape::{self, success},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use galatea::{
    agent::Agent,
    memory::Role,
    store::{MemoryQuery, Window},
};
use galatea_server::{Access, Directory, Scope};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How many memories are listed: without a word, and at most.
const LISTED: usize = 50;
const MOST_LISTED: usize = 500;

type Named = BTreeMap<String, String>;

fn reader(directory: Directory, access: Access, agent: &str) -> Result<Agent, Failure> {
    Door::of(directory, access)?.agent_for(agent, Role::Admin, Scope::Read)
}

fn manager(directory: Directory, access: Access, agent: &str) -> Result<Agent, Failure> {
    Door::of(directory, access)?.agent_for(agent, Role::Admin, Scope::Manage)
}

async fn memories(agent: &Agent, room: Option<Uuid>, query: &Named) -> Result<Json<Value>, Failure> {
    let table = query.get("tableName").or_else(|| query.get("type")).map_or("messages", String::as_str);
    let limit =
        query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(LISTED).clamp(1, MOST_LISTED);
    let before = time(query, "before")?;
    let found = agent
        .store()
        .memories(&MemoryQuery {
            kind: Some(shape::kind(table)),
            room,
            containing: query.get("search").cloned(),
            limit: if before.is_some() { MOST_LISTED } else { limit },
            ..MemoryQuery::default()
        })
        .await?;
    // Newest first, as elizaOS has them.
    let fitting = found.iter().rev().filter(|memory| before.is_none_or(|before| memory.at < before));
    let told: Vec<Value> = fitting.take(limit).map(shape::memory).collect();
    Ok(success(json!({ "memories": told })))
}

pub(crate) async fn list(
    State(directory): State<Directory>,
    access: Access,
    Path(agent): Path<String>,
    Query(query): Query<Named>,
) -> Result<Json<Value>, Failure> {
    let agent = reader(directory, access, &agent)?;
    let room = query.get("roomId").or_else(|| query.get("channelId"));
    let room = room.map(|room| id(room, "room")).transpose()?;
    memories(&agent, room, &query).await
}

pub(crate) async fn of_room(
    State(directory): State<Directory>,
    access: Access,
    Path((agent, room)): Path<(String, String)>,
    Query(query): Query<Named>,
) -> Result<Json<Value>, Failure> {
    let agent = reader(directory, access, &agent)?;
    memories(&agent, Some(id(&room, "room")?), &query).await
}

pub(crate) async fn delete(
    State(directory): State<Directory>,
    access: Access,
    Path((agent, memory)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    let agent = manager(directory, access, &agent)?;
    let memory = id(&memory, "memory")?;
    let is_message = agent.delete_message(memory).await?;
    if !is_message && agent.store().delete_memories(&[memory]).await? == 0 {
        return Err(Failure::not_found("Memory"));
    }
    Ok(success(json!({ "message": "Memory deleted successfully" })))
}

pub(crate) async fn clear_room(
    State(directory): State<Directory>,
    access: Access,
    Path((agent, room)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    let agent = manager(directory, access, &agent)?;
    let deleted = agent.clear_room(id(&room, "room")?).await?;
    Ok(success(json!({ "deleted": deleted, "message": "All memories of the room cleared" })))
}

pub(crate) async fn rooms(
    State(directory): State<Directory>,
    access: Access,
    Path(agent): Path<String>,
) -> Result<Json<Value>, Failure> {
    let agent = reader(directory, access, &agent)?;
    let rooms: Vec<Value> = agent.store().rooms().await?.iter().map(shape::room).collect();
    Ok(success(json!({ "rooms": rooms })))
}

pub(crate) async fn room(
    State(directory): State<Directory>,
    access: Access,
    Path((agent, room)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    let agent = reader(directory, access, &agent)?;
    let snapshot = agent.store().snapshot(id(&room, "room")?, Window::default()).await?;
    let room = snapshot.room.ok_or_else(|| Failure::not_found("Room"))?;
    let mut told = shape::room(&room);
    if let Some(world) = snapshot.world {
        told["worldName"] = world.name.into();
    }
    Ok(success(told))
}

pub(crate) async fn create_room(
    State(directory): State<Directory>,
    access: Access,
    Path(agent): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let door = Door::of(directory, access)?;
    let agent = door.agent(&agent)?;
    let body = body::object(&body)?;
    let name = body::text(&body, "name")?;
    let place = Place::of(&door, &format!("room-{}", Uuid::now_v7()), "user", None);
    let mut room = place.enter(&agent).await?;
    room.metadata = body::metadata(&body)?;
    room.metadata.insert("name".to_owned(), name.into());
    agent.store().put_rooms(std::slice::from_ref(&room)).await?;
    let mut told = shape::room(&room);
    told["name"] = name.into();
    told["createdAt"] = agent.clock().now().as_millisecond().into();
    Ok((StatusCode::CREATED, success(told)).into_response())
}
