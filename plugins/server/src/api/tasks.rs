//! Tasks.

use super::page::Page;
use galatea::{
    prelude::*,
    route::{Json, NoContent, Path},
    store::StoredTask,
};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

/// Which task.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct WhichTask {
    /// Its id.
    task: Uuid,
}

/// Every task that is kept, those first that are due soonest.
#[route(GET, "/tasks", roles("admin"), scope = "read")]
pub(crate) async fn list_tasks(agent: Agent) -> Result<Json<Page<StoredTask>>, RouteError> {
    Ok(Json(Page::whole(agent.tasks().list().await?)))
}

/// Lets a task run now, as if it were due.
#[route(POST, "/tasks/{task}/run", roles("admin"), scope = "manage")]
pub(crate) async fn run_task(
    agent: Agent,
    Path(WhichTask { task }): Path<WhichTask>,
) -> Result<Json<StoredTask>, RouteError> {
    agent.tasks().run_now(task).await?.map(Json).ok_or_else(|| missing(task))
}

/// Takes a task back; one that runs is cut off.
#[route(DELETE, "/tasks/{task}", roles("admin"), scope = "manage")]
pub(crate) async fn delete_task(
    agent: Agent,
    Path(WhichTask { task }): Path<WhichTask>,
) -> Result<NoContent, RouteError> {
    if agent.tasks().cancel(task).await? { Ok(NoContent) } else { Err(missing(task)) }
}

fn missing(task: Uuid) -> RouteError {
    RouteError::not_found(format!("there is no task {task}")).with_code("no-task")
}
