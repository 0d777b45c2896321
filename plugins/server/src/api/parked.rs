//! Messages that were set aside.

use super::{following::WhichRun, page::Page};
use galatea::{
    agent::{Parked, ParkedError},
    prelude::*,
    route::{Json, NoContent, Path},
};

/// The messages that were set aside because their turns could not be run, oldest first.
#[route(GET, "/parked", roles("admin"), scope = "read")]
pub(crate) async fn list_parked(agent: Agent) -> Result<Json<Page<Parked>>, RouteError> {
    Ok(Json(Page::whole(agent.parked().await?)))
}

/// Tries a message again that was set aside.
#[route(POST, "/parked/{run}/retry", roles("admin"), scope = "manage")]
pub(crate) async fn retry_parked(
    agent: Agent,
    Path(WhichRun { run }): Path<WhichRun>,
) -> Result<NoContent, RouteError> {
    agent.requeue(run).await.map_err(refused)?;
    Ok(NoContent)
}

/// Gives up a message that was set aside: nothing is said.
#[route(DELETE, "/parked/{run}", roles("admin"), scope = "manage")]
pub(crate) async fn discard_parked(
    agent: Agent,
    Path(WhichRun { run }): Path<WhichRun>,
) -> Result<NoContent, RouteError> {
    agent.discard(run).await.map_err(refused)?;
    Ok(NoContent)
}

fn refused(error: ParkedError) -> RouteError {
    match error {
        ParkedError::Unknown(_) => RouteError::not_found(error.to_string()).with_code("not-parked"),
        ParkedError::Deleted(_) => RouteError::conflict(error.to_string()).with_code("message-deleted"),
        ParkedError::Store(error) => error.into(),
    }
}
