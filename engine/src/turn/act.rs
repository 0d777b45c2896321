//! Runs the steps of a plan, one after another.

use super::{
    Approval, FinishedStep, PlannedStep, StepRecord, StepStatus, Suspended, TurnContext, TurnEvent,
    WorkingMemoryEntry,
    call::{Refusal, allowed, call_action, check, find},
    compose::micros,
    deliver, journal,
};
use crate::{
    action::ActionResult,
    agent::{Agent, RegisteredAction},
    definition::ApprovalDef,
    event::{ActionCompleted, ActionStarted},
    model::{Line, Speaker, ToolCall},
    service::Part,
    store::StoreError,
};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Instant};

/// What became of the plan.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The results as lines for the next decision.
    pub(super) lines: Vec<Line>,
    /// A step failed, or asked for an action that there is not.
    pub(super) failed: bool,
    /// A call named no action, or its arguments did not fit.
    pub(super) mistaken: bool,
    /// The critical step that ended the plan.
    pub(super) stopped_by: Option<String>,
    /// The step that a person must allow before the plan goes on.
    pub(super) asks: Option<Ask>,
}

/// A step that a person must allow.
#[derive(Debug)]
pub(super) struct Ask {
    /// Its place among all steps of the turn, from 0.
    pub(super) index: usize,
    pub(super) action: RegisteredAction,
    pub(super) approval: ApprovalDef,
}

/// Whether a step that a person must allow may be run.
#[derive(Debug, Default)]
pub(super) enum Leave {
    /// Nobody was asked.
    #[default]
    Unasked,
    /// The action of this name was allowed.
    Granted(String),
    /// It was not, and why.
    Refused(String),
}

impl Leave {
    /// What there is for the step at `index`; for the others nobody was asked.
    fn take_for(&mut self, index: usize, asked: Option<usize>) -> Self {
        if asked == Some(index) { std::mem::take(self) } else { Self::Unasked }
    }
}

/// The calls of one decision.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calls<'a> {
    pub(super) calls: &'a [ToolCall],
    /// The place of the first one among all steps of the turn.
    pub(super) first: usize,
    /// The place of the step that a person was asked about.
    pub(super) asked: Option<usize>,
}

/// What became of a step.
enum Stepped {
    Ended {
        result: Box<ActionResult>,
        /// The call named no action, or its arguments did not fit.
        mistaken: bool,
    },
    Asks(Ask),
}

/// Runs the calls of a plan, until its end or until a person must be asked. Steps that ended before, perhaps in an
/// earlier process, are not run again; `leave` is for the step that a person was asked about.
pub(super) async fn act(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    Calls { calls, first, asked }: Calls<'_>,
    mut leave: Leave,
) -> Result<Outcome, StoreError> {
    let mut outcome = Outcome::default();
    for (offset, call) in calls.iter().enumerate() {
        let index = first + offset;
        let stepped = match journal::known(turn, index) {
            Some(result) => Stepped::Ended { result: Box::new(result), mistaken: false },
            None if turn.cancelled.is_cancelled() || outcome.stopped_by.is_some() => {
                finish_step(agent, turn, index, StepStatus::Skipped, None, 0);
                continue;
            }
            None => step(agent, turn, index, call, first + calls.len(), leave.take_for(index, asked)).await?,
        };
        match stepped {
            Stepped::Asks(ask) => {
                outcome.asks = Some(ask);
                return Ok(outcome);
            }
            Stepped::Ended { result, mistaken } => {
                outcome.failed |= !result.success;
                outcome.mistaken |= mistaken;
                if !result.success && find(turn, &call.name).is_ok_and(|action| action.def.critical) {
                    outcome.stopped_by = Some(call.name.clone());
                }
                outcome.lines.push(Line {
                    call_id: Some(call.id.clone()),
                    success: result.success,
                    ..Line::new(Speaker::Tool, call.name.clone(), result.summary())
                });
            }
        }
    }
    Ok(outcome)
}

/// Adds the steps to the plan and the record, with what it takes to go on with them; the index of the first. It is
/// stored before the first of them begins.
pub(super) fn plan(turn: &TurnContext, calls: &[ToolCall], progress: Suspended) -> usize {
    let mut state = turn.state();
    let first = state.plan.len();
    state.firm = true;
    state.journal.plan();
    state.record.suspended = Some(progress);
    for call in calls {
        let (action, arguments) = match find(turn, &call.name) {
            Ok(action) => (action.def.name.to_owned(), action.respelled(call.arguments.clone())),
            Err(_) => (call.name.clone(), call.arguments.clone()),
        };
        let status = StepStatus::Pending;
        let record =
            StepRecord { action: action.clone(), arguments: arguments.clone(), ..StepRecord::default() };
        state.record.steps.push(record);
        state.plan.push(PlannedStep { call: call.id.clone(), action, arguments, status });
    }
    first
}

/// Runs one step: finds the action, checks, asks where a person must allow it, calls, keeps the result.
async fn step(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    index: usize,
    call: &ToolCall,
    steps: usize,
    leave: Leave,
) -> Result<Stepped, StoreError> {
    let found = match &leave {
        // What was allowed, and nothing that a name or simile may mean now.
        Leave::Granted(name) => allowed(turn, name),
        Leave::Unasked | Leave::Refused(_) => find(turn, &call.name),
    };
    let is_repeatable = found.as_ref().is_ok_and(|action| action.def.idempotent);
    if turn.state().journal.is_unknown(index) && !is_repeatable {
        return unknown(agent, turn, index, call).await;
    }
    let action = match found {
        Ok(action) => action,
        Err(error) => {
            let (error, mistaken) = match leave {
                Leave::Unasked => (error, true),
                Leave::Granted(_) => (error, false),
                Leave::Refused(why) => (why, false),
            };
            let result = ActionResult::failure(error);
            finish_step(agent, turn, index, StepStatus::Failed, Some(result.clone()), 0);
            return Ok(Stepped::Ended { result: Box::new(result), mistaken });
        }
    };
    let arguments = Arc::new(action.respelled(call.arguments.clone()));
    let begun = Instant::now();
    let leave = match (leave, refused_before(turn, &action, &arguments)) {
        (Leave::Unasked, Some(why)) => Leave::Refused(why),
        (leave, _) => leave,
    };
    let is_unasked = matches!(leave, Leave::Unasked);
    let checked = match leave {
        Leave::Refused(why) => Err(Refusal { why, mistaken: false }),
        Leave::Unasked | Leave::Granted(_) => check(agent, turn, &action, &arguments, is_unasked).await,
    };
    if let (Ok(()), true, Some(approval)) = (&checked, is_unasked, action.def.approval) {
        return Ok(Stepped::Asks(Ask { index, action, approval }));
    }
    let start = turn.start_of(begun);
    turn.note(|record| record.steps.get_mut(index).into_iter().for_each(|step| step.start = start));
    tell_start(agent, turn, index, &action, steps).await;
    let (result, mistaken) = match checked {
        Ok(()) => {
            if let Err(error) = journal::begin(agent, turn, index, action.def.idempotent).await {
                let result = ActionResult::failure(format!("it was not begun: {error}"));
                end_step(agent, turn, index, &action, result, micros(begun)).await;
                return Err(error);
            }
            call_action(agent, turn, &action, &call.id, arguments).await
        }
        Err(refusal) => (ActionResult::failure(refusal.why), refusal.mistaken),
    };
    let result = end_step(agent, turn, index, &action, result, micros(begun)).await;
    Ok(Stepped::Ended { result: Box::new(result), mistaken })
}

/// A step that an earlier process began and did not end. It is not run again: the person and the plan are told so.
async fn unknown(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    index: usize,
    call: &ToolCall,
) -> Result<Stepped, StoreError> {
    let name = find(turn, &call.name).map_or_else(|_| call.name.clone(), |action| action.def.name.to_owned());
    tracing::warn!(run = %turn.run, action = name, "the process ended while the action ran; it is not run again");
    deliver::notice(agent, turn, index, interrupted(&name)).await?;
    let why = format!(
        "whether {name} took effect is not known: the process ended while it ran, and it was not run again"
    );
    let result = ActionResult::failure(why);
    finish_step(agent, turn, index, StepStatus::Failed, Some(result.clone()), 0);
    Ok(Stepped::Ended { result: Box::new(result), mistaken: false })
}

/// What a person is told of actions whose effect is not known.
pub(crate) fn interrupted(actions: &str) -> String {
    format!(
        "I was interrupted while I was working on this ({actions}). I do not know whether it took effect, so I have not done it again."
    )
}

/// Why the same call was not allowed earlier in this turn: nobody is asked twice.
fn refused_before(
    turn: &TurnContext,
    action: &RegisteredAction,
    arguments: &Map<String, Value>,
) -> Option<String> {
    let same = |asked: &&Approval| asked.action == action.def.name && asked.arguments == *arguments;
    turn.state().record.approvals.iter().filter(same).find_map(Approval::refusal)
}

/// The step runs, and says so.
async fn tell_start(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    index: usize,
    action: &RegisteredAction,
    steps: usize,
) {
    set_status(turn, index, StepStatus::Running);
    let name = action.def.name;
    let arguments = turn.state().plan.get(index).map(|step| step.arguments.clone()).unwrap_or_default();
    turn.tell(TurnEvent::ActionStarted { action: name.to_owned(), arguments: arguments.clone() });
    let (run, room, step) = (turn.run, turn.message.room, index + 1);
    agent.emit(ActionStarted { run, room, action: name.to_owned(), arguments, step, steps }).await;
}

/// The step ended: its result is kept and told.
async fn end_step(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    index: usize,
    action: &RegisteredAction,
    mut result: ActionResult,
    micros: u64,
) -> ActionResult {
    let (run, room, name) = (turn.run, turn.message.room, action.def.name);
    agent.shared().tally.part(Part::Action, action.plugin.name, name, micros, result.success);
    result.metadata.insert("action".to_owned(), name.into());
    let status = if result.success { StepStatus::Completed } else { StepStatus::Failed };
    tracing::info!(run = %run, action = name, success = result.success, micros, "action ended");
    finish_step(agent, turn, index, status, Some(result.clone()), micros);
    keep(agent, turn, name, &result);
    turn.tell(TurnEvent::ActionCompleted {
        action: name.to_owned(),
        result: Box::new(result.clone()),
        micros,
    });
    agent.emit(ActionCompleted { run, room, action: name.to_owned(), result: result.clone(), micros }).await;
    result
}

/// At the end of a turn: steps that were running are failed ones whose effect is not known, steps that had not
/// begun are skipped.
pub(super) async fn cut_off(agent: &Agent, turn: &Arc<TurnContext>) {
    let steps = turn.record().steps;
    for (index, step) in steps.into_iter().enumerate() {
        match step.status {
            StepStatus::Pending => finish_step(agent, turn, index, StepStatus::Skipped, None, 0),
            StepStatus::Running => {
                let result = ActionResult::failure("cut off; whether it took effect is not known");
                finish_step(agent, turn, index, StepStatus::Failed, Some(result.clone()), 0);
                let (run, room, action) = (turn.run, turn.message.room, step.action);
                agent.emit(ActionCompleted { run, room, action, result, micros: 0 }).await;
            }
            StepStatus::Completed | StepStatus::Failed | StepStatus::Skipped => {}
        }
    }
}

pub(super) fn set_status(turn: &TurnContext, index: usize, status: StepStatus) {
    let mut state = turn.state();
    if let Some(step) = state.plan.get_mut(index) {
        step.status = status;
    }
    if let Some(step) = state.record.steps.get_mut(index) {
        step.status = status;
    }
}

fn finish_step(
    agent: &Agent,
    turn: &TurnContext,
    index: usize,
    status: StepStatus,
    result: Option<ActionResult>,
    micros: u64,
) {
    set_status(turn, index, status);
    let now = turn.start_of(Instant::now());
    let mut state = turn.state();
    let given = result.as_ref().map(|result| (result, micros));
    let effect = given.and_then(|given| journal::effect(agent, turn.run, &state.record, index, Some(given)));
    state.journal.ended(index, effect);
    if let Some(step) = state.record.steps.get_mut(index) {
        if step.start == 0 {
            // It ended where it would have begun.
            step.start = now.saturating_sub(micros);
        }
        step.result = result;
        step.micros = micros;
    }
}

/// Puts a result where later actions and providers see it: results, values, working memory.
fn keep(agent: &Agent, turn: &TurnContext, name: &str, result: &ActionResult) {
    let limit = agent.character().limits.working_memory as usize;
    let mut state = turn.state();
    state.finished.push(FinishedStep { action: name.to_owned(), result: result.clone() });
    let composed = Arc::make_mut(&mut state.composed);
    composed.values.extend(result.values.clone());
    composed.working_memory.push(WorkingMemoryEntry {
        action: name.to_owned(),
        result: result.clone(),
        at: agent.clock().now(),
    });
    let surplus = composed.working_memory.len().saturating_sub(limit);
    composed.working_memory.drain(..surplus);
}
