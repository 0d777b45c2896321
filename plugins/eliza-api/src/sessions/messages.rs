//! What is said in a session.

use super::kept::{Kept, room_name};
use crate::{
    body,
    door::Door,
    failure::Failure,
    place::Place,
    shape::{date, session_message},
    turn::{self, Said, Transport},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    response::Response,
};
use galatea::{
    agent::Agent,
    memory::{Memory, MemoryKind},
    store::{MemoryQuery, Window},
};
use galatea_server::{Access, Directory};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The longest message, in characters.
const LONGEST: usize = 4000;

/// How many messages a list has: without a word, and at most.
const LISTED: usize = 50;
const MOST_LISTED: usize = 100;

/// How many messages are read at once, and at most, to find those of a time.
const AT_ONCE: usize = 200;
const MOST_READ: usize = 2000;

pub(crate) async fn send(
    State(directory): State<Directory>,
    access: Access,
    Path(session): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let door = Door::of(directory, access)?;
    let sent = async {
        let body = body::object(&body)?;
        let transport = Transport::of(&body)?;
        let speak = |kept: &mut Kept| {
            let said = Said {
                text: body::content(&body, LONGEST)?.to_owned(),
                attachments: body::attachments(&body),
                metadata: body::metadata(&body)?,
            };
            Ok((said, kept.session.touch(kept.agent.clock().now())))
        };
        let (kept, (said, was_renewed)) = Kept::change(&door, &session, speak).await?;
        let user = kept.session.user.clone();
        let place = Place::of(&door, &room_name(&session), &user, None);
        let status = json!({
            "expiresAt": date(kept.session.expires()),
            "renewalCount": kept.session.renewals,
            "wasRenewed": was_renewed,
            "isNearExpiration": kept.is_near_end(),
        });
        let sent = turn::send(&kept.agent, &place, &user, said).await?;
        sent.answer(transport, Map::from_iter([("sessionStatus".to_owned(), status)])).await
    };
    sent.await.map_err(Failure::of_sessions)
}

pub(crate) async fn list(
    State(directory): State<Directory>,
    access: Access,
    Path(session): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let listed = async {
        let kept = Kept::find(&door, &session).await?;
        let limit = query.get("limit").and_then(|limit| limit.trim().parse().ok()).unwrap_or(LISTED);
        let limit = limit.clamp(1, MOST_LISTED);
        let (before, after) = (time(&query, "before")?, time(&query, "after")?);
        let messages = find(&kept.agent, kept.room.id, limit, before, after).await?;
        let people = kept.agent.store().snapshot(kept.room.id, Window::default()).await?.participants;
        let told: Vec<Value> =
            messages.iter().map(|message| session_message(&kept.agent, message, &people)).collect();
        let mut answer = json!({ "messages": told, "hasMore": messages.len() == limit });
        if let (Some(newest), Some(oldest)) = (messages.first(), messages.last()) {
            answer["cursors"] =
                json!({ "before": oldest.at.as_millisecond(), "after": newest.at.as_millisecond() });
        }
        Ok(Json(answer))
    };
    listed.await.map_err(Failure::of_sessions)
}

/// A time in milliseconds.
pub(crate) fn time(query: &BTreeMap<String, String>, name: &str) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let time = text.trim().parse().ok().and_then(|time| Timestamp::from_millisecond(time).ok());
    let wrong =
        || Failure::invalid(format!("Invalid pagination parameter '{name}': Must be a valid timestamp"));
    time.map(Some).ok_or_else(wrong)
}

/// The messages of a room between two times, newest first: the newest ones, or, where only the beginning is given, the oldest
/// ones after it.
pub(crate) async fn find(
    agent: &Agent,
    room: Uuid,
    limit: usize,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
) -> Result<Vec<Memory>, Failure> {
    let mut found: Vec<Memory> = Vec::new();
    let mut end = None;
    for _ in 0..MOST_READ / AT_ONCE {
        let query = MemoryQuery {
            kind: Some(MemoryKind::Message),
            room: Some(room),
            before: end,
            limit: AT_ONCE,
            ..MemoryQuery::default()
        };
        let page = agent.store().memories(&query).await?;
        let is_last =
            page.len() < AT_ONCE || page.iter().any(|memory| after.is_some_and(|after| memory.at <= after));
        end = page.first().map(|oldest| oldest.sequence);
        // Clients know times to the millisecond, and ask from those that they were told.
        let fits = |memory: &Memory| {
            let at = memory.at.as_millisecond();
            before.is_none_or(|before| at < before.as_millisecond())
                && after.is_none_or(|after| at > after.as_millisecond())
        };
        found.extend(page.into_iter().rev().filter(fits));
        if is_last || (after.is_none() && found.len() >= limit) {
            break;
        }
    }
    if after.is_some() && before.is_none() && found.len() > limit {
        found.drain(..found.len() - limit);
    }
    found.truncate(limit);
    Ok(found)
}
