//! Finding a turn again after a connection was lost.

use super::{
    headers::LastEventId,
    sent::EventStream,
    stream::{self, Note},
    who::Who,
};
use galatea::{prelude::*, route::Path, store::StoredRun, turn::RunRecord};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// Which run.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct WhichRun {
    /// Its id.
    pub(super) run: Uuid,
}

/// Goes on with a turn that a reader lost: what was missed since the event that the header `last-event-id` names, then what
/// happens. Of a run that is over, or is worked on in another process, what is stored.
#[route(GET, "/runs/{run}/events", roles("member"), scope = "chat")]
pub(crate) async fn follow_run(
    agent: Agent,
    caller: Caller,
    last: LastEventId,
    Path(WhichRun { run }): Path<WhichRun>,
) -> Result<EventStream, RouteError> {
    let stored = Who::of(&agent, &caller).run(&agent, run).await?;
    if let Some(follower) = agent.follow(run) {
        let follower = match last.0 {
            Some(id) => follower.after(id),
            None => follower,
        };
        return Ok(EventStream(stream::follow(run, stored.message, follower)));
    }
    let notes = told(&agent, stored).await?;
    Ok(EventStream(stream::stored(notes)))
}

/// What is stored of a run, as it would have been told.
pub(super) async fn told(agent: &Agent, stored: StoredRun) -> Result<Vec<Note>, RouteError> {
    let is_at_rest = stored.is_at_rest();
    let record = stream::record(stored.record);
    let mut notes = vec![Note::new("started", json!({ "run": stored.id, "message": stored.message }))];
    for reply in replies(agent, &record).await? {
        notes.push(Note::new("reply", json!(reply)));
    }
    if is_at_rest {
        notes.extend(stream::ending(&record));
    }
    Ok(notes)
}

/// What the agent said in a run, in order.
pub(super) async fn replies(agent: &Agent, record: &RunRecord) -> Result<Vec<Memory>, RouteError> {
    let mut replies = agent.store().memories_by_id(&record.replies).await?;
    replies.sort_by_key(|reply| reply.sequence);
    Ok(replies)
}
