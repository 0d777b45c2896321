//! Runs the steps of a plan, one after another.

use super::{
    FinishedStep, PlannedStep, StepRecord, StepStatus, TurnContext, TurnEvent, WorkingMemoryEntry,
    compose::micros,
    decide::{may, validate},
    guarded,
};
use crate::{
    action::ActionResult,
    agent::{Agent, RegisteredAction},
    event::{ActionCompleted, ActionStarted},
    extract::{Input, Invocation},
    model::{Line, Speaker, ToolCall},
    service::Part,
    store::StoreError,
    text::name::{NameMatch, match_name},
};
use std::{sync::Arc, time::Instant};

/// What became of the plan.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The results as lines for the next decision.
    pub(super) lines: Vec<Line>,
    /// A step failed, or asked for an action that there is not.
    pub(super) failed: bool,
    /// The critical step that ended the plan.
    pub(super) stopped_by: Option<String>,
}

/// Runs the calls that a model asked for. The intent of the whole plan is stored before its first step.
pub(super) async fn act(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    calls: &[ToolCall],
) -> Result<Outcome, StoreError> {
    let first = plan(turn, calls);
    agent.store_run(turn, &[]).await?;
    let mut outcome = Outcome::default();
    for (offset, call) in calls.iter().enumerate() {
        let index = first + offset;
        if turn.cancelled.is_cancelled() || outcome.stopped_by.is_some() {
            finish_step(turn, index, StepStatus::Skipped, None, 0);
            continue;
        }
        let result = step(agent, turn, index, call, first + calls.len()).await;
        if !result.success {
            outcome.failed = true;
        }
        if !result.success && find(turn, &call.name).is_ok_and(|action| action.def.critical) {
            outcome.stopped_by = Some(call.name.clone());
        }
        outcome.lines.push(Line {
            call_id: Some(call.id.clone()),
            success: result.success,
            ..Line::new(Speaker::Tool, call.name.clone(), result.summary())
        });
    }
    Ok(outcome)
}

/// Adds the steps to the plan and the record; the index of the first.
fn plan(turn: &TurnContext, calls: &[ToolCall]) -> usize {
    let mut state = turn.state();
    let first = state.plan.len();
    for call in calls {
        let action = find(turn, &call.name).map_or_else(|_| call.name.clone(), |a| a.def.name.to_owned());
        let (arguments, status) = (call.arguments.clone(), StepStatus::Pending);
        state.record.steps.push(StepRecord {
            action: action.clone(),
            arguments: arguments.clone(),
            status,
            result: None,
            micros: 0,
        });
        state.plan.push(PlannedStep { call: call.id.clone(), action, arguments, status });
    }
    first
}

/// Runs one step: finds the action, checks, calls, keeps the result.
async fn step(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    index: usize,
    call: &ToolCall,
    steps: usize,
) -> ActionResult {
    let action = match find(turn, &call.name) {
        Ok(action) => action,
        Err(error) => {
            let result = ActionResult::failure(error);
            finish_step(turn, index, StepStatus::Failed, Some(result.clone()), 0);
            return result;
        }
    };
    let name = action.def.name;
    let arguments = call.arguments.clone();
    set_status(turn, index, StepStatus::Running);
    turn.tell(TurnEvent::ActionStarted { action: name.to_owned(), arguments: arguments.clone() });
    let (run, room) = (turn.run, turn.message.room);
    agent
        .emit(ActionStarted {
            run,
            room,
            action: name.to_owned(),
            arguments: arguments.clone(),
            step: index + 1,
            steps,
        })
        .await;
    let begun = Instant::now();
    let mut result = call_action(agent, turn, &action, call).await;
    let micros = micros(begun);
    agent.shared().tally.part(Part::Action, action.plugin.name, name, micros, result.success);
    result.metadata.insert("action".to_owned(), name.into());
    let status = if result.success { StepStatus::Completed } else { StepStatus::Failed };
    tracing::info!(run = %run, action = name, success = result.success, micros, "action ended");
    finish_step(turn, index, status, Some(result.clone()), micros);
    keep(agent, turn, name, &result);
    turn.tell(TurnEvent::ActionCompleted {
        action: name.to_owned(),
        result: Box::new(result.clone()),
        micros,
    });
    agent.emit(ActionCompleted { run, room, action: name.to_owned(), result: result.clone(), micros }).await;
    result
}

/// The layers around a handler: role, validate, rate limit, time limit.
async fn call_action(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    action: &RegisteredAction,
    call: &ToolCall,
) -> ActionResult {
    let arguments = Arc::new(call.arguments.clone());
    if action.def.approval {
        return ActionResult::failure(format!(
            "{} needs a person's approval, and this version cannot ask for one yet",
            action.def.name
        ));
    }
    if let Err(why) = may(turn, action) {
        return ActionResult::failure(why);
    }
    if let Err(why) = validate(agent, turn, action, Some(&arguments)).await {
        return ActionResult::failure(format!("{} does not apply: {why}", action.def.name));
    }
    if let Err(why) = agent.take_rate(action, turn) {
        return ActionResult::failure(why);
    }
    let invocation = Invocation {
        turn: Some(Arc::clone(turn)),
        input: Input::Arguments(arguments),
        ..Invocation::of(agent.clone(), action.plugin)
    };
    let handler = guarded(action.def.timeout, (action.def.call)(&invocation));
    let outcome = tokio::select! {
        biased;
        () = turn.cancelled.cancelled() => return ActionResult::failure("cancelled"),
        outcome = handler => outcome,
    };
    match outcome {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => ActionResult::failure(error.to_string()),
        Err(failure) => {
            tracing::error!(action = action.def.name, plugin = action.plugin.name, "{failure}");
            ActionResult::failure(format!("{} {failure}", action.def.name))
        }
    }
}

/// The action of a name, by exact name, normalised name, then simile; never by a part of a name.
pub(super) fn find(turn: &TurnContext, name: &str) -> Result<RegisteredAction, String> {
    let candidates = turn.parts.actions.iter().map(|action| (action.def.name, action.def.similes));
    match match_name(name, candidates) {
        NameMatch::Exact(i) | NameMatch::Normalised(i) | NameMatch::Simile(i) => {
            turn.parts.actions.get(i).cloned().ok_or_else(|| format!("there is no action {name}"))
        }
        NameMatch::None { nearest: Some(nearest) } => {
            Err(format!("there is no action {name}; did you mean {nearest}?"))
        }
        NameMatch::None { nearest: None } => Err(format!("there is no action {name}")),
    }
}

/// At the end of a turn: steps that were running are failed ones whose effect is not known, steps that had not
/// begun are skipped.
pub(super) async fn cut_off(agent: &Agent, turn: &Arc<TurnContext>) {
    let steps = turn.record().steps;
    for (index, step) in steps.into_iter().enumerate() {
        match step.status {
            StepStatus::Pending => set_status(turn, index, StepStatus::Skipped),
            StepStatus::Running => {
                let result = ActionResult::failure("cut off; whether it took effect is not known");
                finish_step(turn, index, StepStatus::Failed, Some(result.clone()), 0);
                let (run, room, action) = (turn.run, turn.message.room, step.action);
                agent.emit(ActionCompleted { run, room, action, result, micros: 0 }).await;
            }
            StepStatus::Completed | StepStatus::Failed | StepStatus::Skipped => {}
        }
    }
}

fn set_status(turn: &TurnContext, index: usize, status: StepStatus) {
    let mut state = turn.state();
    if let Some(step) = state.plan.get_mut(index) {
        step.status = status;
    }
    if let Some(step) = state.record.steps.get_mut(index) {
        step.status = status;
    }
}

fn finish_step(
    turn: &TurnContext,
    index: usize,
    status: StepStatus,
    result: Option<ActionResult>,
    micros: u64,
) {
    set_status(turn, index, status);
    if let Some(step) = turn.state().record.steps.get_mut(index) {
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
