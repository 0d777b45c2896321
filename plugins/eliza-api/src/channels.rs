//! `/api/messaging`: channels, which are rooms, and the one message server.

use crate::{
    body,
    door::{Door, id},
    failure::Failure,
    place::{Place, user_id},
    sessions,
    shape::{SERVER, channel_message, channel_type, success},
    turn::{self, Said, Transport},
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
    memory::{Role, Room},
    store::Window,
};
use galatea_server::{Access, Directory, Scope};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The longest message of a channel, in characters.
const LONGEST: usize = 50_000;

/// How many messages are listed without a word, and at most.
const LISTED: usize = 50;
const MOST_LISTED: usize = 500;

type Named = BTreeMap<String, String>;

fn channel(room: &Room) -> Value {
    json!({
        "id": room.id,
        "messageServerId": SERVER,
        "name": room.name,
        "type": channel_type(room.kind),
        "sourceType": room.source,
        "metadata": room.metadata,
    })
}

pub(crate) async fn server(
    State(directory): State<Directory>,
    access: Access,
) -> Result<Json<Value>, Failure> {
    Door::of(directory, access)?;
    Ok(success(json!({ "messageServerId": SERVER })))
}

pub(crate) async fn servers(
    State(directory): State<Directory>,
    access: Access,
) -> Result<Json<Value>, Failure> {
    Door::of(directory, access)?;
    let server = json!({ "id": SERVER, "name": "Default Server", "sourceType": "galatea", "metadata": {} });
    Ok(success(json!({ "messageServers": [server] })))
}

pub(crate) async fn server_agents(
    State(directory): State<Directory>,
    access: Access,
    Path(server): Path<String>,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    known_server(&server)?;
    let agents: Vec<Uuid> = door.agents()?.iter().map(Agent::id).collect();
    Ok(success(json!({ "messageServerId": SERVER, "agents": agents })))
}

pub(crate) async fn agent_servers(
    State(directory): State<Directory>,
    access: Access,
    Path(agent): Path<String>,
) -> Result<Json<Value>, Failure> {
    let agent = Door::of(directory, access)?.agent(&agent)?;
    Ok(success(json!({ "agentId": agent.id(), "messageServers": [SERVER] })))
}

pub(crate) async fn list(
    State(directory): State<Directory>,
    access: Access,
    Path(server): Path<String>,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    known_server(&server)?;
    let mut channels = Vec::new();
    for agent in door.agents()? {
        let rooms = agent.store().rooms().await?;
        channels.extend(rooms.iter().filter(|room| door.owns(&agent, room)).map(channel));
    }
    Ok(success(json!({ "channels": channels })))
}

fn known_server(text: &str) -> Result<(), Failure> {
    if id(text, "message server")? == SERVER {
        return Ok(());
    }
    Err(Failure::new(StatusCode::FORBIDDEN, "FORBIDDEN", "There is one message server here, of zeros only"))
}

/// A channel with one agent.
pub(crate) async fn create(
    State(directory): State<Directory>,
    access: Access,
    body: Bytes,
) -> Result<Response, Failure> {
    let door = Door::of(directory, access)?;
    let body = body::object(&body)?;
    let name = body::text(&body, "name")?;
    let people = body.get("participantCentralUserIds").and_then(Value::as_array);
    let people: Vec<&str> = people.into_iter().flatten().filter_map(Value::as_str).collect();
    let agents = door.agents()?;
    let (ours, others): (Vec<&str>, Vec<&str>) =
        people.into_iter().partition(|id| agents.iter().any(|agent| agent.id().to_string() == *id));
    let agent = match (ours.as_slice(), agents.as_slice()) {
        ([one], _) => door.agent(one)?,
        // Where there is but one agent, it is meant.
        ([], [one]) => one.clone(),
        ([], _) => {
            return Err(Failure::invalid("Missing required fields: participantCentralUserIds with an agent"));
        }
        _ => {
            return Err(Failure::absent(
                "A channel here has one agent; rooms of several agents are not served by these routes",
            ));
        }
    };
    let user = others.first().copied().unwrap_or("user");
    let place = Place::of(&door, &format!("channel-{}", Uuid::now_v7()), user, None);
    let mut room = place.enter(&agent).await?;
    room.metadata = body::metadata(&body)?;
    room.metadata.insert("name".to_owned(), name.into());
    agent.store().put_rooms(std::slice::from_ref(&room)).await?;
    let mut made = channel(&room);
    made["name"] = name.into();
    Ok((StatusCode::CREATED, success(made)).into_response())
}

/// The channel of a person and an agent; made where there is none.
pub(crate) async fn direct(
    State(directory): State<Directory>,
    access: Access,
    Query(query): Query<Named>,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let named = |name: &str| {
        query
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| Failure::invalid("Missing targetUserId or currentUserId"))
    };
    let (one, other) = (named("currentUserId")?, named("targetUserId")?);
    let agents = door.agents()?;
    let is_ours = |id: &str| agents.iter().any(|agent| agent.id().to_string() == id);
    let (user, agent) = if is_ours(one) { (other, one) } else { (one, other) };
    let agent = door.agent(agent)?;
    let place = Place::of(&door, &format!("dm-{user}"), user, None);
    Ok(success(channel(&place.enter(&agent).await?)))
}

pub(crate) async fn details(
    State(directory): State<Directory>,
    access: Access,
    Path(room): Path<String>,
) -> Result<Json<Value>, Failure> {
    let (_, room) = Door::of(directory, access)?.room(&room).await?;
    Ok(success(channel(&room)))
}

pub(crate) async fn participants(
    State(directory): State<Directory>,
    access: Access,
    Path(room): Path<String>,
) -> Result<Json<Value>, Failure> {
    let (agent, room) = Door::of(directory, access)?.room(&room).await?;
    let people = agent.store().snapshot(room.id, Window::default()).await?.participants;
    let ids: Vec<String> = people.iter().map(|person| user_id(person.id, &people)).collect();
    Ok(success(json!(ids)))
}

pub(crate) async fn messages(
    State(directory): State<Directory>,
    access: Access,
    Path(room): Path<String>,
    Query(query): Query<Named>,
) -> Result<Json<Value>, Failure> {
    let (agent, room) = Door::of(directory, access)?.room(&room).await?;
    let limit =
        query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(LISTED).clamp(1, MOST_LISTED);
    let before = sessions::time(&query, "before")?;
    let found = sessions::find(&agent, room.id, limit, before, None).await?;
    let people = agent.store().snapshot(room.id, Window::default()).await?.participants;
    let told: Vec<Value> = found.iter().map(|message| channel_message(&agent, message, &people)).collect();
    Ok(success(json!({ "messages": told })))
}

pub(crate) async fn post(
    State(directory): State<Directory>,
    access: Access,
    Path(room): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let door = Door::of(directory, access)?;
    let (agent, room) = door.room(&room).await?;
    if !door.owns(&agent, &room) {
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "This channel is not one of these routes",
        ));
    }
    let body = body::object(&body)?;
    let transport = Transport::of(&body)?;
    let metadata = body::metadata(&body)?;
    let said = Said {
        text: body::content(&body, LONGEST)?.to_owned(),
        attachments: body::attachments(&metadata),
        metadata,
    };
    // The client's own call does not name an author.
    let user = match body.get("author_id").and_then(Value::as_str) {
        Some(user) => user.to_owned(),
        None => author(&agent, &room).await?,
    };
    let place = Place::known(&door, &room, &user);
    turn::send(&agent, &place, &user, said).await?.answer(transport, Map::new()).await
}

/// Who speaks in a channel where only one person does.
async fn author(agent: &Agent, room: &Room) -> Result<String, Failure> {
    let people = agent.store().snapshot(room.id, Window::default()).await?.participants;
    let person = people.iter().find(|person| person.id != agent.id());
    Ok(person.map_or_else(|| "user".to_owned(), |person| user_id(person.id, &people)))
}

pub(crate) async fn clear(
    State(directory): State<Directory>,
    access: Access,
    Path(room): Path<String>,
) -> Result<StatusCode, Failure> {
    let door = Door::of(directory, access)?;
    let (agent, room) = door.room(&room).await?;
    door.may(&agent, Role::Admin, Scope::Manage)?;
    agent.clear_room(room.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn delete(
    State(directory): State<Directory>,
    access: Access,
    Path((room, message)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    let door = Door::of(directory, access)?;
    let (agent, room) = door.room(&room).await?;
    door.may(&agent, Role::Admin, Scope::Manage)?;
    let message = id(&message, "message")?;
    let known = agent.store().memories_by_id(&[message]).await?.pop();
    if known.is_none_or(|known| known.room != room.id) {
        return Err(Failure::not_found("Message"));
    }
    agent.delete_message(message).await?;
    Ok(StatusCode::NO_CONTENT)
}
