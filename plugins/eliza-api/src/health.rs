//! `/api/server`: whether it is there.

use crate::{door::Door, failure::Failure};
use axum::{Json, extract::State};
use galatea::VERSION;
use galatea_server::{Access, Directory};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) async fn ping(State(directory): State<Directory>, access: Access) -> Result<Json<Value>, Failure> {
    let now = now(&Door::of(directory, access)?)?;
    Ok(Json(json!({ "pong": true, "timestamp": now.as_millisecond() })))
}

pub(crate) async fn hello(
    State(directory): State<Directory>,
    access: Access,
) -> Result<Json<Value>, Failure> {
    Door::of(directory, access)?;
    Ok(Json(json!({ "message": "Hello World!" })))
}

pub(crate) async fn status(
    State(directory): State<Directory>,
    access: Access,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let (count, now) = (door.agents()?.len(), now(&door)?);
    Ok(Json(json!({ "status": "ok", "agentCount": count, "timestamp": now.to_string() })))
}

pub(crate) async fn health(
    State(directory): State<Directory>,
    access: Access,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let (agents, now) = (door.agents()?, now(&door)?);
    let state = if agents.is_empty() { "no_agents" } else { "healthy" };
    Ok(Json(json!({
        "status": "OK",
        "version": VERSION,
        "timestamp": now.to_string(),
        "dependencies": { "agents": state },
    })))
}

/// The time, as the first agent has it.
pub(crate) fn now(door: &Door) -> Result<Timestamp, Failure> {
    let agents = door.agents()?;
    Ok(agents.first().map_or_else(Timestamp::now, |agent| agent.clock().now()))
}
