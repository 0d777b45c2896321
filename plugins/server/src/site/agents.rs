//! The agents that a caller may know of.

use super::{Access, Through};
use crate::{
    Directory, Scope,
    api::{AgentView, agent_view},
};
use axum::{Extension, Json};
use galatea::{memory::Role, route::RouteError};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn list(Extension(listener): Through, access: Access) -> Result<Json<Value>, RouteError> {
    let directory = Directory::of(Arc::downgrade(&listener), None);
    let agents = access.agents(&directory, Role::Member, Scope::Read)?;
    let items: Vec<AgentView> = agents.iter().map(agent_view).collect();
    Ok(Json(json!({ "items": items })))
}

/// The shape of the list; the resource of one agent describes the items.
pub(super) fn schema() -> Value {
    let item = json!({ "$ref": "#/components/schemas/AgentView" });
    json!({ "type": "object", "required": ["items"], "properties": { "items": { "type": "array", "items": item } } })
}
