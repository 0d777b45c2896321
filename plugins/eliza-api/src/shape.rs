//! Things as elizaOS writes them: camelCase, times in milliseconds or as JavaScript writes dates.

use crate::place::user_id;
use galatea::{
    agent::Agent,
    memory::{Attachment, Entity, Memory, MemoryKind, Room, RoomKind},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The one message server: here is no more than one.
pub(crate) const SERVER: Uuid = Uuid::nil();

/// Where a message keeps the metadata that came with it.
pub(crate) const METADATA: &str = "eliza-metadata";

/// A time as JavaScript writes dates.
pub(crate) fn date(at: Timestamp) -> String {
    jiff::fmt::strtime::format("%Y-%m-%dT%H:%M:%S.%3fZ", at).unwrap_or_else(|_| at.to_string())
}

/// Data in their envelope.
pub(crate) fn success(data: Value) -> axum::Json<Value> {
    axum::Json(json!({ "success": true, "data": data }))
}

/// The kinds of rooms by the names that elizaOS has for them.
pub(crate) const fn channel_type(kind: RoomKind) -> &'static str {
    match kind {
        RoomKind::Own => "SELF",
        RoomKind::Dm => "DM",
        RoomKind::Group => "GROUP",
        RoomKind::VoiceDm => "VOICE_DM",
        RoomKind::VoiceGroup => "VOICE_GROUP",
        RoomKind::Feed => "FEED",
        RoomKind::Thread => "THREAD",
        RoomKind::World => "WORLD",
        RoomKind::Forum => "FORUM",
        RoomKind::Api => "API",
    }
}

/// The tables of memories.
pub(crate) fn table(kind: &MemoryKind) -> &str {
    match kind {
        MemoryKind::Message => "messages",
        MemoryKind::Fact => "facts",
        MemoryKind::Document => "documents",
        MemoryKind::Fragment => "knowledge",
        MemoryKind::ActionResult => "action_results",
        MemoryKind::Custom(name) => name,
    }
}

/// The kind of a table's memories.
pub(crate) fn kind(table: &str) -> MemoryKind {
    match table {
        "messages" | "message" => MemoryKind::Message,
        "facts" | "fact" => MemoryKind::Fact,
        "documents" | "document" => MemoryKind::Document,
        "knowledge" | "fragment" => MemoryKind::Fragment,
        "action_results" => MemoryKind::ActionResult,
        other => MemoryKind::from_name(other),
    }
}

pub(crate) fn attachment(attachment: &Attachment) -> Value {
    json!({
        "id": attachment.id,
        "url": attachment.url,
        "title": attachment.title,
        "description": attachment.description,
        "text": attachment.text,
        "contentType": attachment.media_type,
    })
}

/// A room.
pub(crate) fn room(room: &Room) -> Value {
    json!({
        "id": room.id,
        "agentId": room.agent,
        "name": room.name,
        "type": channel_type(room.kind),
        "source": room.source,
        "worldId": room.world,
        "channelId": room.id,
        "metadata": room.metadata,
    })
}

/// A memory.
pub(crate) fn memory(memory: &Memory) -> Value {
    let content = &memory.content;
    json!({
        "id": memory.id,
        "type": table(&memory.kind),
        "entityId": memory.entity,
        "agentId": memory.agent,
        "roomId": memory.room,
        "worldId": memory.world,
        "createdAt": memory.at.as_millisecond(),
        "content": {
            "text": content.text,
            "thought": content.thought,
            "actions": content.actions,
            "providers": content.providers,
            "source": content.source,
            "inReplyTo": content.in_reply_to,
            "attachments": content.attachments.iter().map(attachment).collect::<Vec<_>>(),
        },
        "metadata": memory.metadata,
    })
}

/// A message as sessions list it.
pub(crate) fn session_message(agent: &Agent, message: &Memory, people: &[Entity]) -> Value {
    json!({
        "id": message.id,
        "content": message.content.text,
        "authorId": user_id(message.entity, people),
        "isAgent": message.entity == agent.id(),
        "createdAt": date(message.at),
        "metadata": message_metadata(message),
    })
}

/// A message as channels list it.
pub(crate) fn channel_message(agent: &Agent, message: &Memory, people: &[Entity]) -> Value {
    let is_agents = message.entity == agent.id();
    json!({
        "id": message.id,
        "channelId": message.room,
        "authorId": user_id(message.entity, people),
        "content": message.content.text,
        "inReplyToRootMessageId": message.content.in_reply_to,
        "sourceType": if is_agents { "agent_response" } else { "user" },
        "createdAt": date(message.at),
        "updatedAt": date(message.at),
        "created_at": message.at.as_millisecond(),
        "updated_at": message.at.as_millisecond(),
        "metadata": message_metadata(message),
    })
}

fn message_metadata(message: &Memory) -> Value {
    let content = &message.content;
    let mut metadata = content.extra.get(METADATA).and_then(Value::as_object).cloned().unwrap_or_default();
    put(&mut metadata, "thought", content.thought.clone().map(Value::from));
    put(&mut metadata, "actions", Some(json!(content.actions)).filter(|_| !content.actions.is_empty()));
    let attachments: Vec<Value> = content.attachments.iter().map(attachment).collect();
    put(&mut metadata, "attachments", Some(json!(attachments)).filter(|_| !attachments.is_empty()));
    Value::Object(metadata)
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value);
    }
}
