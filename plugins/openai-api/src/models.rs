//! `GET /v1/models` and `GET /v1/models/{model}`.

use crate::{
    door::{Door, listed},
    error::ApiError,
};
use axum::{
    Json,
    extract::{Path, State},
};
use galatea::agent::Agent;
use galatea_server::{Access, Directory};
use serde_json::{Value, json};

pub(crate) async fn list(
    State(directory): State<Directory>,
    access: Access,
) -> Result<Json<Value>, ApiError> {
    let models = listed(&directory, &access)?;
    let models: Vec<Value> = models.iter().map(|(name, agent)| model(name, agent)).collect();
    Ok(Json(json!({ "object": "list", "data": models })))
}

pub(crate) async fn one(
    State(directory): State<Directory>,
    access: Access,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let door = Door::to(&name, &directory, &access)?;
    Ok(Json(model(&door.model, &door.agent)))
}

fn model(name: &str, agent: &Agent) -> Value {
    json!({
        "id": name,
        "object": "model",
        // An agent has no day on which it was made; clients want a number.
        "created": 0,
        "owned_by": "galatea",
        "galatea": { "id": agent.id(), "name": agent.character().name },
    })
}
