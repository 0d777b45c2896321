//! The messages of a room.

use super::{
    page::{Limit, Page},
    rooms::{WhichRoom, no_cursor},
    who::Who,
};
use galatea::{
    prelude::*,
    route::{Json, Path, Query},
    store::{MemoryQuery, Window},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Which messages to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichMessages {
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// What was said in a room, the newest last. `next` leads to what was said before.
#[route(GET, "/rooms/{room}/messages", roles("member"), scope = "read")]
pub(crate) async fn list_messages(
    agent: Agent,
    caller: Caller,
    Path(WhichRoom { room }): Path<WhichRoom>,
    Query(which): Query<WhichMessages>,
) -> Result<Json<Page<Memory>>, RouteError> {
    Who::of(&agent, &caller).room(&agent, room, Window::default()).await?;
    let before = match &which.before {
        None => None,
        Some(cursor) => Some(cursor.parse::<i64>().map_err(|_| no_cursor(cursor))?),
    };
    let query = MemoryQuery {
        kind: Some(MemoryKind::Message),
        room: Some(room),
        before,
        limit: which.limit.and_one(),
        ..MemoryQuery::default()
    };
    let mut messages = agent.store().memories(&query).await?;
    messages.reverse();
    let mut page = Page::of(messages, which.limit, |memory| memory.sequence.to_string());
    page.items.reverse();
    Ok(Json(page))
}
