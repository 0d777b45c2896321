//! Whom and which worlds the agent knows.

use super::page::{Limit, Page};
use galatea::{
    memory::{Entity, World},
    prelude::*,
    route::{Json, Query},
};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

/// Which entities.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichEntities {
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before.
    #[serde(default)]
    before: Option<Uuid>,
}

/// Whom the agent knows, by id.
#[route(GET, "/entities", roles("admin"), scope = "read")]
pub(crate) async fn list_entities(
    agent: Agent,
    Query(which): Query<WhichEntities>,
) -> Result<Json<Page<Entity>>, RouteError> {
    let entities = agent.store().list_entities(which.before, which.limit.and_one()).await?;
    Ok(Json(Page::of(entities, which.limit, |entity| entity.id.to_string())))
}

/// The worlds that the agent knows, with who has which role there.
#[route(GET, "/worlds", roles("admin"), scope = "read")]
pub(crate) async fn list_worlds(agent: Agent) -> Result<Json<Page<World>>, RouteError> {
    Ok(Json(Page::whole(agent.store().worlds().await?)))
}
