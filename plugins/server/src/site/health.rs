//! Whether the process lives, and whether its agents can answer. Says nothing else: anybody may ask.

use super::Through;
use axum::{Extension, Json, http::StatusCode};
use galatea::{
    agent::Agent,
    model::{ModelKind, candidates},
};
use schemars::JsonSchema;
use serde::Serialize;

/// How it is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Health {
    /// `live`, `ready`, `not-ready`.
    status: &'static str,
}

/// The process lives: it answers this.
pub(super) async fn live() -> Json<Health> {
    Json(Health { status: "live" })
}

/// Every agent has started, and each has a model that is asked.
pub(super) async fn ready(Extension(listener): Through) -> (StatusCode, Json<Health>) {
    let members = listener.members();
    let is_up = !members.is_empty() && !listener.is_starting() && !listener.ending().is_cancelled();
    if is_up && members.iter().all(|member| can_answer(&member.agent)) {
        return (StatusCode::OK, Json(Health { status: "ready" }));
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "not-ready" }))
}

/// Whether some model of text would be asked now.
fn can_answer(agent: &Agent) -> bool {
    let (parts, character) = (agent.parts(), agent.character());
    let kind = ModelKind::TextLarge;
    let Ok(serving) = candidates(&parts.models, &kind, character.models.provider_of(&kind)) else {
        return false;
    };
    let (status, now) = (agent.model_status(), agent.clock().now());
    let is_resting = |plugin: &str| {
        let of = status.iter().filter(|status| status.plugin == plugin);
        let mut failing = of.flat_map(|status| &status.failing);
        failing.any(|rest| {
            rest.kind.as_ref().is_none_or(|of| *of == kind) && rest.until.is_some_and(|until| until > now)
        })
    };
    serving.iter().any(|model| !is_resting(model.plugin.name))
}
