//! The agents that a caller may know of.

use super::{Access, Through};
use crate::{Directory, Scope};
use axum::{Extension, Json};
use galatea::{agent::Agent, memory::Role, route::RouteError};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn list(Extension(listener): Through, access: Access) -> Result<Json<Value>, RouteError> {
    let directory = Directory::of(Arc::downgrade(&listener), None);
    let agents = access.agents(&directory, Role::Member, Scope::Read)?;
    let items: Vec<Value> = agents.iter().map(view).collect();
    Ok(Json(json!({ "items": items })))
}

fn view(agent: &Agent) -> Value {
    json!({ "id": agent.id(), "name": agent.character().name })
}

/// The shape of the list.
pub(super) fn schema() -> Value {
    json!({ "type": "object", "required": ["items"], "properties": { "items": { "type": "array", "items": { "type": "object" } } } })
}
