//! Actions that wait for a person.

use super::{page::Page, who::Who};
use galatea::{
    agent::AnswerError,
    memory::Role,
    prelude::*,
    route::{Json, Path},
    store::Window,
    turn::{Answer, Approval},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An action that waits, with what it is about.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Waiting {
    #[serde(flatten)]
    approval: Approval,
    /// The name of the room; empty where it has none.
    room_name: String,
    /// The message that the run is about; empty where it is gone.
    text: String,
    /// The question as it was said in the room.
    question: String,
}

/// Which question.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct WhichApproval {
    /// Its id.
    approval: Uuid,
}

/// An answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    /// Whether the action may be run.
    answer: Answer,
}

/// The run that goes on.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct GoesOn {
    /// The run.
    run: Uuid,
}

/// The actions that wait for somebody to allow them, of those that the caller may answer; oldest first.
#[route(GET, "/approvals", roles("member"), scope = "read")]
pub(crate) async fn list_approvals(agent: Agent, caller: Caller) -> Result<Json<Page<Waiting>>, RouteError> {
    let who = Who::of(&agent, &caller);
    let store = agent.store();
    let mut items = Vec::new();
    for approval in agent.approvals().await? {
        let snapshot = store.snapshot(approval.room, Window::default()).await?;
        let role = who.role_in(snapshot.world.as_ref()).max(operator(&who));
        if !who.may_see(&snapshot) || !approval.may_be_answered_by(role) {
            continue;
        }
        let message = store.memories_by_id(&[approval.message]).await?.pop();
        items.push(Waiting {
            room_name: snapshot.room.map(|room| room.name).unwrap_or_default(),
            text: message.map(|message| message.content.text).unwrap_or_default(),
            question: approval.question(),
            approval,
        });
    }
    Ok(Json(Page::whole(items)))
}

/// What those may do who run the agent, wherever they are: an owner everything.
fn operator(who: &Who) -> Role {
    if who.role == Role::Owner { Role::Owner } else { Role::Guest }
}

/// Answers whether an action may be run; the run goes on. The first answer counts.
#[route(POST, "/approvals/{approval}", roles("member"), scope = "chat")]
pub(crate) async fn answer_approval(
    agent: Agent,
    caller: Caller,
    Path(WhichApproval { approval }): Path<WhichApproval>,
    Json(Given { answer }): Json<Given>,
) -> Result<Json<GoesOn>, RouteError> {
    let who = Who::of(&agent, &caller);
    let waits = agent.approvals().await?.into_iter().find(|waiting| waiting.id == approval);
    if let Some(waits) = &waits
        && !who.sees_all()
        && !who.takes_part(&agent, waits.room).await?
    {
        return Err(refused(AnswerError::Unknown(approval)));
    }
    // An owner runs the agent, in whichever world the room is.
    let by = (who.role < Role::Owner).then_some(who.entity);
    let handle = agent.answer(approval, answer, by).await.map_err(refused)?;
    Ok(Json(GoesOn { run: handle.run }))
}

fn refused(error: AnswerError) -> RouteError {
    match error {
        AnswerError::Unknown(_) => RouteError::not_found(error.to_string()).with_code("no-approval"),
        AnswerError::Answered { .. } => RouteError::conflict(error.to_string()).with_code("answered"),
        AnswerError::Expired { .. } => RouteError::conflict(error.to_string()).with_code("expired"),
        AnswerError::NotAllowed { .. } => {
            RouteError::forbidden(error.to_string()).with_code("may-not-answer")
        }
        AnswerError::Deleted(_) => RouteError::conflict(error.to_string()).with_code("message-deleted"),
        AnswerError::Stopping => RouteError::unavailable(error.to_string()),
        AnswerError::Store(error) => error.into(),
    }
}
