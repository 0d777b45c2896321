//! Whether the process lives, and whether its agents can answer.

use super::Through;
use axum::{Extension, Json, http::StatusCode, response::IntoResponse};
use galatea::model::{ModelKind, candidates};
use serde_json::json;

/// The process lives: it answers this.
pub(super) async fn live() -> impl IntoResponse {
    Json(json!({ "status": "live" }))
}

/// Every agent has started, and each has a model that answers.
pub(super) async fn ready(Extension(listener): Through) -> impl IntoResponse {
    let members = listener.members();
    let answers = members.iter().all(|member| {
        let parts = member.agent.parts();
        let picked = member.agent.character();
        candidates(&parts.models, &ModelKind::TextLarge, picked.models.provider_of(&ModelKind::TextLarge))
            .is_ok()
    });
    if !members.is_empty() && answers && !listener.is_starting() && !listener.ending().is_cancelled() {
        return (StatusCode::OK, Json(json!({ "status": "ready" })));
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not-ready" })))
}
