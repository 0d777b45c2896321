//! What is told to everybody: what this is, and who one is to it.

use super::{Access, Through};
use axum::{Extension, Json};
use galatea::memory::Role;
use serde::Serialize;
use uuid::Uuid;

/// What this is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Root {
    name: &'static str,
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

/// Who one is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Session {
    signed_in: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf: Option<String>,
    agents: Vec<Named>,
}

/// An agent by its name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Named {
    id: Uuid,
    name: String,
}

pub(super) async fn session(Extension(listener): Through, access: Access) -> Json<Session> {
    let grants = access.grants();
    let signed_in = !grants.is_empty();
    let mut agents = listener.members();
    agents.retain(|member| access.grant(member.agent.id()).is_some());
    let agents = agents.into_iter();
    Json(Session {
        signed_in,
        name: signed_in.then(|| access.name().to_owned()),
        role: grants.iter().map(|grant| grant.role).max(),
        scopes: access.scopes().into_iter().map(|scope| scope.name()).collect(),
        csrf: None,
        agents: agents
            .map(|member| Named { id: member.agent.id(), name: member.agent.character().name.clone() })
            .collect(),
    })
}
