//! One action: found by its name, checked, called.

use super::{
    TurnContext,
    decide::{may, validate},
    guarded,
};
use crate::{
    action::ActionResult,
    agent::{Agent, RegisteredAction},
    extract::{ExtractError, Input, Invocation},
    middleware::{self, CallError},
    model::ToolCall,
    telemetry::{self, span},
    text::name::{NameMatch, match_name},
};
use serde_json::{Map, Value};
use std::sync::Arc;
use tracing::Instrument;

/// Why a step is not run.
pub(super) struct Refusal {
    pub(super) why: String,
    /// The model called it as it cannot be called.
    pub(super) mistaken: bool,
}

/// The checks before a handler: grants, role, arguments, validate, rate limit. A use that waits for a person is counted when it is
/// asked for, not again when it is run.
pub(super) async fn check(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    action: &RegisteredAction,
    arguments: &Arc<Map<String, Value>>,
    counts: bool,
) -> Result<(), Refusal> {
    let name = action.def.name;
    let refused = |why: String| Refusal { why, mistaken: false };
    if let Some(given) = arguments.get(ToolCall::NOT_AN_OBJECT) {
        let why = format!("the arguments of {name} must be an object with named values, not {given}");
        return Err(Refusal { why, mistaken: true });
    }
    may(turn, action).map_err(refused)?;
    action.fit(arguments).map_err(|why| Refusal { why, mistaken: true })?;
    let validated = validate(agent, turn, action, Some(arguments)).await;
    validated.map_err(|why| refused(format!("{name} does not apply: {why}")))?;
    if counts {
        agent.take_rate(action, turn).map_err(refused)?;
    }
    Ok(())
}

/// Calls the handler within its time limit; also whether the arguments did not fit.
pub(super) async fn call_action(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    action: &RegisteredAction,
    call: &str,
    arguments: Arc<Map<String, Value>>,
) -> (ActionResult, bool) {
    let span = span::action(action, call);
    let called = call_handler(agent, turn, action, Arc::clone(&arguments)).instrument(span.clone());
    let (result, mistaken, kind) = called.await;
    telemetry::acted(&span, &arguments, &result, kind);
    (result, mistaken)
}

/// The same within its span; also a word for the kind of failure, if it is one.
async fn call_handler(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    action: &RegisteredAction,
    arguments: Arc<Map<String, Value>>,
) -> (ActionResult, bool, &'static str) {
    let invocation = Invocation {
        turn: Some(Arc::clone(turn)),
        input: Input::Arguments(arguments),
        ..Invocation::of(agent.clone(), action.plugin)
    };
    let handler = guarded(action.def.timeout, middleware::action(&turn.parts, action, &invocation));
    let outcome = tokio::select! {
        biased;
        () = turn.cancelled.cancelled() => return (ActionResult::failure("cancelled"), false, "cancelled"),
        outcome = handler => outcome,
    };
    match outcome {
        Ok(Ok(result)) => (result, false, "failed"),
        Ok(Err(error)) => {
            let mistaken = matches!(error, CallError::Extract(ExtractError::Arguments(_)));
            let kind = if mistaken { "invalid-arguments" } else { "failed" };
            (ActionResult::failure(error.to_string()), mistaken, kind)
        }
        Err(failure) => {
            tracing::error!(action = action.def.name, plugin = action.plugin.name, "{failure}");
            let kind = span::kind_of(&failure);
            (ActionResult::failure(format!("{} {failure}", action.def.name)), false, kind)
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

/// The action that a person allowed, by exactly the name that they were asked about.
pub(super) fn allowed(turn: &TurnContext, name: &str) -> Result<RegisteredAction, String> {
    let action = turn.parts.actions.iter().find(|action| action.def.name == name).cloned();
    action.ok_or_else(|| format!("{name} was allowed, but it is not there any more: its plugin is not loaded, or does not offer it now"))
}
