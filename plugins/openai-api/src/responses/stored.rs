//! Responses that were made before.

use super::object::{Frame, run_of, whole};
use crate::{
    conversation,
    door::Door,
    error::ApiError,
    marks::{Asked, Marks},
    turn,
};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use galatea::{
    memory::{Memory, Room},
    store::Window,
    turn::RunRecord,
};
use galatea_server::{Access, Directory, SOURCE};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A response, as the agent remembers it.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) room: Room,
    pub(super) message: Memory,
    pub(super) replies: Vec<Memory>,
    pub(super) asked: Asked,
    record: RunRecord,
    run: Uuid,
}

impl Stored {
    /// A response of the caller's; `None` if there is none, or it was not to be kept.
    pub(super) async fn find(door: &Door, id: &str) -> Result<Option<Self>, ApiError> {
        let Some(run) = run_of(id) else { return Ok(None) };
        let store = door.agent.store();
        let Some(stored) = store.run(run).await? else { return Ok(None) };
        let Some(message) = store.memories_by_id(&[stored.message]).await?.pop() else { return Ok(None) };
        let Some(asked) = Marks::of(&message.content).response.filter(|asked| asked.store) else {
            return Ok(None);
        };
        let room = store.snapshot(message.room, Window::default()).await?.room;
        // Others may call a room of theirs like this; its id tells that it is another one.
        let is_callers = |room: &Room| {
            room.name.starts_with(&conversation::prefix(door))
                && room.id == door.agent.place_id(SOURCE, &room.name)
        };
        let Some(room) = room.filter(is_callers) else { return Ok(None) };
        let Some((replies, record)) = turn::come_to(&door.agent, run).await? else { return Ok(None) };
        Ok(Some(Self { room, message, replies, asked, record, run }))
    }

    fn object(&self, door: &Door) -> Value {
        let frame = Frame {
            run: self.run,
            created: self.message.at.as_second(),
            model: door.model.clone(),
            asked: self.asked.clone(),
        };
        whole(&frame, self.replies.iter().map(|reply| reply.content.text.as_str()), &self.record)
    }
}

/// The response of an id, whichever agent made it.
async fn found(directory: &Directory, access: &Access, id: &str) -> Result<(Door, Stored), ApiError> {
    for door in Door::all(directory, access)? {
        if let Some(stored) = Stored::find(&door, id).await? {
            return Ok((door, stored));
        }
    }
    let message = format!("Response with id '{id}' not found.");
    Err(ApiError::new(StatusCode::NOT_FOUND, message).code("response_not_found"))
}

pub(crate) async fn read(
    State(directory): State<Directory>,
    access: Access,
    Path(id): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, ApiError> {
    let (door, stored) = found(&directory, &access, &id).await?;
    if query.get("stream").is_some_and(|stream| stream == "true") {
        let message = "A response that was made is not streamed again; read it whole.";
        return Err(ApiError::unsupported("stream", message));
    }
    Ok(Json(stored.object(&door)))
}

/// Forgets the message and what was said about it.
pub(crate) async fn delete(
    State(directory): State<Directory>,
    access: Access,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let (door, stored) = found(&directory, &access, &id).await?;
    door.may_manage(&access)?;
    for memory in stored.replies.iter().chain([&stored.message]) {
        door.agent.delete_message(memory.id).await?;
    }
    Ok(Json(json!({ "id": id, "object": "response", "deleted": true })))
}

pub(crate) async fn cancel(
    State(directory): State<Directory>,
    access: Access,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    found(&directory, &access, &id).await?;
    let message =
        "Only a background response can be cancelled, and there are none here; close the connection instead.";
    Err(ApiError::invalid(message).code("unsupported_operation"))
}

/// What a response answers.
pub(crate) async fn input(
    State(directory): State<Directory>,
    access: Access,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let (_, stored) = found(&directory, &access, &id).await?;
    let content = &stored.message.content;
    let mut parts = vec![json!({ "type": "input_text", "text": content.text })];
    parts.extend(content.attachments.iter().map(|attachment| {
        let is_picture = attachment.media_type.as_ref().is_some_and(|it| it.starts_with("image/"));
        match is_picture {
            true => json!({ "type": "input_image", "image_url": attachment.url, "detail": "auto" }),
            false => {
                json!({ "type": "input_file", "file_url": attachment.url, "filename": attachment.title })
            }
        }
    }));
    let id = format!("msg_{}", stored.message.id.simple());
    let item =
        json!({ "id": id, "type": "message", "role": "user", "status": "completed", "content": parts });
    Ok(Json(json!({ "object": "list", "data": [item], "first_id": id, "last_id": id, "has_more": false })))
}
