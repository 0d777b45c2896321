//! Going on from a response: in its room, or, where the conversation has gone on from there otherwise, in a new one that
//! remembers what was said up to it.

use super::stored::Stored;
use crate::{
    conversation::{self, Conversation},
    door::Door,
    error::ApiError,
};
use galatea::{
    memory::{Memory, MemoryKind},
    store::MemoryQuery,
};
use uuid::Uuid;

/// The conversation that goes on from a response. A new one goes by `message`, what is asked next.
pub(super) async fn conversation(
    door: &Door,
    previous: &str,
    user: Option<&str>,
    message: Uuid,
) -> Result<Conversation, ApiError> {
    let Some(stored) = Stored::find(door, previous).await? else {
        let message = format!("Previous response with id '{previous}' not found.");
        return Err(ApiError::invalid(message)
            .param("previous_response_id")
            .code("previous_response_not_found"));
    };
    let user = user.or(stored.asked.user.as_deref());
    let key = stored.room.name.strip_prefix(&conversation::prefix(door)).unwrap_or(&stored.room.name);
    let same = Conversation::of(door, key, user);
    let end = stored.replies.last().unwrap_or(&stored.message);
    if is_newest(door, end, message).await? {
        return Ok(same);
    }
    let branch = Conversation::of(door, &message.to_string(), user);
    let store = door.agent.store();
    if store.memories_by_id(&[message]).await?.is_empty() {
        let limit = door.agent.character().limits.history as usize;
        let query = MemoryQuery {
            kind: Some(MemoryKind::Message),
            room: Some(end.room),
            before: Some(end.sequence + 1),
            limit,
            ..MemoryQuery::default()
        };
        branch.branch(door, store.memories(&query).await?).await?;
    }
    Ok(branch)
}

/// Whether nothing was said in the room after this, but what is asked now.
async fn is_newest(door: &Door, end: &Memory, message: Uuid) -> Result<bool, ApiError> {
    let query = MemoryQuery {
        kind: Some(MemoryKind::Message),
        room: Some(end.room),
        limit: 1,
        ..MemoryQuery::default()
    };
    let newest = door.agent.store().memories(&query).await?;
    // The same request once more goes where it went.
    let asked = door.agent.store().memories_by_id(&[message]).await?;
    if let Some(asked) = asked.first() {
        return Ok(asked.room == end.room);
    }
    Ok(newest.last().is_none_or(|newest| newest.id == end.id))
}
