//! `/api/messaging/sessions`: conversations that end.
//!
//! A session is its room: what is known of it stands in the room's metadata (`kept`), so that it is there again after a restart.
//! `lasting` says how long it lasts, `messages` is what is said in it.

mod kept;
mod lasting;
mod messages;

pub(crate) use lasting::Lasting;
pub(crate) use messages::{find, list as messages, send, time};

use crate::{ElizaFront, body, door::Door, failure::Failure, health::now, place::Place, shape::date};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use galatea_server::{Access, Directory};
use kept::{Kept, Session};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) async fn create(
    State(directory): State<Directory>,
    access: Access,
    body: Bytes,
) -> Result<Response, Failure> {
    let door = Door::of(directory, access)?;
    let made = make(&door, &body).await.map_err(Failure::of_sessions)?;
    let session = &made.session;
    let answer = json!({
        "sessionId": session.id,
        "channelId": made.room.id,
        "agentId": made.agent.id(),
        "userId": session.user,
        "createdAt": date(session.created),
        "metadata": session.metadata,
        "expiresAt": date(session.expires()),
        "timeoutConfig": session.lasting,
    });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

async fn make(door: &Door, body: &Bytes) -> Result<Kept, Failure> {
    let body = body::object(body)?;
    let (agent, user) = (body::id(&body, "agentId")?, body::id(&body, "userId")?);
    let metadata = body::metadata(&body)?;
    let not_found = || {
        Failure::new(StatusCode::NOT_FOUND, "AGENT_NOT_FOUND", format!("Agent with ID '{agent}' not found"))
    };
    let known = door.agents()?.into_iter().find(|known| known.id() == agent);
    let agent = match known {
        Some(agent) => agent,
        // Why not, where there is one.
        None => door.agent(&agent.to_string()).map_err(|failure| match failure.message() {
            "Agent not found" => not_found(),
            _ => failure,
        })?,
    };
    let own = agent.service::<ElizaFront>().map(|front| front.lasting()).unwrap_or_default();
    let lasting = own.with(body.get("timeoutConfig").unwrap_or(&Value::Null));
    let id = Uuid::new_v4().to_string();
    let called = metadata.get("username").and_then(Value::as_str);
    let place = Place::of(door, &kept::room_name(&id), &user.to_string(), called);
    let room = place.enter(&agent).await?;
    let session = Session::new(id, user.to_string(), metadata, lasting, agent.clock().now());
    let kept = Kept { agent, room, session };
    kept.store().await?;
    Ok(kept)
}

pub(crate) async fn read(
    State(directory): State<Directory>,
    access: Access,
    Path(session): Path<String>,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    Kept::find(&door, &session).await.map(|kept| Json(kept.told())).map_err(Failure::of_sessions)
}

pub(crate) async fn list(State(directory): State<Directory>, access: Access) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let all = Kept::all(&door).await.map_err(Failure::of_sessions)?;
    let active: Vec<Value> = all.iter().filter(|kept| !kept.is_over()).map(Kept::told).collect();
    Ok(Json(json!({
        "sessions": active,
        "total": active.len(),
        "stats": {
            "totalSessions": all.len(),
            "activeSessions": active.len(),
            "expiredSessions": all.len() - active.len(),
        },
    })))
}

pub(crate) async fn renew(
    State(directory): State<Directory>,
    access: Access,
    Path(session): Path<String>,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let renewed = async {
        let renew = |kept: &mut Kept| {
            if kept.session.renew(kept.agent.clock().now()) {
                return Ok(());
            }
            let message = format!("Cannot renew session '{session}': Maximum duration reached");
            Err(Failure::new(StatusCode::BAD_REQUEST, "SESSION_RENEWAL_FAILED", message))
        };
        Kept::change(&door, &session, renew).await.map(|(kept, ())| Json(kept.told()))
    };
    renewed.await.map_err(Failure::of_sessions)
}

pub(crate) async fn timeout(
    State(directory): State<Directory>,
    access: Access,
    Path(session): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let changed = async {
        let lasts = |kept: &mut Kept| {
            let wanted = Value::Object(body::object(&body)?);
            Lasting::check(&wanted)?;
            let own = kept.agent.service::<ElizaFront>().map(|front| front.lasting()).unwrap_or_default();
            kept.session.lasting = own.with(&wanted);
            Ok(())
        };
        Kept::change(&door, &session, lasts).await.map(|(kept, ())| Json(kept.told()))
    };
    changed.await.map_err(Failure::of_sessions)
}

pub(crate) async fn heartbeat(
    State(directory): State<Directory>,
    access: Access,
    Path(session): Path<String>,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let beaten = async {
        let touch = |kept: &mut Kept| Ok(kept.session.touch(kept.agent.clock().now()));
        Kept::change(&door, &session, touch).await.map(|(kept, _)| Json(kept.told()))
    };
    beaten.await.map_err(Failure::of_sessions)
}

/// Ends a session. What was said in it stays remembered.
pub(crate) async fn delete(
    State(directory): State<Directory>,
    access: Access,
    Path(session): Path<String>,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let ended = async {
        Kept::end(&door, &session).await?;
        Ok(Json(json!({ "success": true, "message": format!("Session {session} deleted successfully") })))
    };
    ended.await.map_err(Failure::of_sessions)
}

pub(crate) async fn health(
    State(directory): State<Directory>,
    access: Access,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let all = Kept::all(&door).await?;
    let active = all.iter().filter(|kept| !kept.is_over());
    let (active, near) =
        active.fold((0, 0), |(active, near), kept| (active + 1, near + usize::from(kept.is_near_end())));
    Ok(Json(json!({
        "status": "healthy",
        "activeSessions": active,
        "timestamp": now(&door)?.to_string(),
        "expiringSoon": near,
    })))
}
