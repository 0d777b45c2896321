//! What is told to everybody: what this is.

use super::{Access, Through};
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::Serialize;

/// What this is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Root {
    /// What answers here.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// How many agents there are.
    agents: usize,
    /// Whether who asks may do everything without a token.
    anonymous: bool,
}

pub(super) async fn root(Extension(listener): Through, access: Access) -> Json<Root> {
    Json(Root {
        name: "galatea",
        version: galatea::VERSION,
        agents: listener.members().len(),
        anonymous: access.is_anonymous() && access.known().is_ok(),
    })
}
