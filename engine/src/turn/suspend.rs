//! A turn that waits for a person: left with everything that is needed to go on, and taken up again.

use super::{
    Approval, Ruling, RunRecord, RunStatus, Suspended, TurnContext, TurnEvent, WorkingMemoryEntry,
    act::{Ask, Leave},
    compose, deliver, passes,
    run::{self, Ending, TurnError, asked_for, timed},
};
use crate::{
    action::ActionResult,
    agent::Agent,
    event::{ApprovalRequested, RunEnded},
    memory::{Content, Memory, Role},
};
use serde_json::json;
use std::{sync::Arc, time::Instant};

/// Asks the question and leaves the turn: record, what is needed to go on, and question in one transaction.
pub(super) async fn suspend(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    ask: &Ask,
    suspended: Suspended,
) -> Arc<RunRecord> {
    let mut approval = approval(agent, turn, ask);
    // No gate: who answers must see what is asked.
    let question = deliver::memory(agent, turn, Content::text(approval.question()));
    approval.id = question.id;
    let metadata = json!({ "run": turn.run, "approval": approval.id });
    let question = Memory { metadata, ..question };
    let micros = turn.start_of(Instant::now());
    turn.note(|record| {
        record.status = RunStatus::Waiting;
        record.micros = micros;
        record.approvals.push(approval.clone());
        record.suspended = Some(suspended);
        record.replies.push(question.id);
    });
    if let Err(error) = agent.store_run(turn, std::slice::from_ref(&question)).await {
        turn.note(|record| {
            record.approvals.pop();
            record.suspended = None;
            record.replies.pop();
        });
        let told = format!("I cannot ask whether I may run {}: {error}.", approval.action);
        let error = Some(format!("the question could not be stored: {error}"));
        return run::end(agent, turn, RunStatus::Failed, error, Some(told)).await;
    }
    turn.note(|record| {
        record.replies.pop();
    });
    // From here on it may be answered, also while the question is on its way.
    agent.expect_answer(&approval);
    deliver::told(agent, turn, question).await;
    let record = Arc::new(turn.record());
    agent.emit(ApprovalRequested { approval }).await;
    let (run, room, message) = (turn.run, turn.message.room, turn.message.id);
    let (status, micros) = (RunStatus::Waiting.name().to_owned(), record.micros);
    tracing::info!(run = %run, micros, "turn waits for a person");
    agent.emit(RunEnded { run, room, message, status, micros, error: None }).await;
    turn.tell(TurnEvent::Ended(Arc::clone(&record)));
    record
}

/// What is asked. Who may answer stands in it, so that it can be answered whatever becomes of the plugin.
fn approval(agent: &Agent, turn: &TurnContext, ask: &Ask) -> Approval {
    let asked_at = agent.clock().now();
    let def = ask.action.def;
    let by = match ask.approval.by {
        Some(role) => vec![role],
        None => def.roles.iter().filter_map(|name| Role::from_name(name)).collect(),
    };
    Approval {
        id: uuid::Uuid::nil(),
        run: turn.run,
        room: turn.message.room,
        message: turn.message.id,
        action: def.name.to_owned(),
        arguments: turn.plan().get(ask.index).map(|step| step.arguments.clone()).unwrap_or_default(),
        step: ask.index + 1,
        asked_at,
        expires_at: asked_at.checked_add(ask.approval.expires).unwrap_or(jiff::Timestamp::MAX),
        by,
        answered: None,
        answered_in: None,
    }
}

/// Takes up a turn that waited, once its question is answered, or one that an earlier process left.
pub(super) async fn go_on(agent: &Agent, turn: &Arc<TurnContext>) -> Result<Ending, TurnError> {
    let record = turn.record();
    let Some(suspended) = record.suspended else {
        return Ok(Ending::Reply("I do not know any more where I was.".to_owned()));
    };
    if let Some(approval) = record.approvals.last().filter(|approval| approval.answered.is_none()) {
        return Ok(Ending::Reply(approval.question()));
    }
    let first = record.steps.len().saturating_sub(suspended.calls.len());
    // A question of an earlier pass is over with.
    let approval = record.approvals.last().filter(|approval| approval.step > first);
    remember(agent, turn, approval.map(|approval| approval.asked_at));
    timed(agent, turn, "compose", compose::compose(agent, turn, &asked_for(turn, &suspended.providers)))
        .await;
    let (mut asked, mut leave) = (None, Leave::Unasked);
    if let Some(approval) = approval {
        let step = approval.step.saturating_sub(1);
        asked = Some(step);
        leave = approval.refusal().map_or_else(|| Leave::Granted(approval.action.clone()), Leave::Refused);
        if let Some(answered) = approval.answered.clone().filter(|it| it.ruling == Ruling::Granted) {
            turn.note(|record| {
                if let Some(step) = record.steps.get_mut(step) {
                    step.allowed_by = Some(answered);
                }
            });
        }
    }
    passes::go_on(agent, turn, suspended, asked, leave).await
}

/// What the actions gave before the turn was left stands in the working memory, as if it had not been.
fn remember(agent: &Agent, turn: &TurnContext, asked_at: Option<jiff::Timestamp>) {
    let at = asked_at.unwrap_or_else(|| agent.clock().now());
    let limit = agent.character().limits.working_memory as usize;
    let finished = turn.finished();
    let entry = |action: String, result: ActionResult| WorkingMemoryEntry { action, result, at };
    let mut state = turn.state();
    let memory = &mut Arc::make_mut(&mut state.composed).working_memory;
    memory.extend(finished.into_iter().map(|step| entry(step.action, step.result)));
    let surplus = memory.len().saturating_sub(limit);
    memory.drain(..surplus);
}
