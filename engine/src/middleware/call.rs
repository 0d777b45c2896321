//! Where turns call parts: through their layers, or directly where there are none.
//!
//! The guards around a call (time limit, panics) and its span are those of who calls.

use super::{Call, CallError, Handler, Outcome, Part, PartKind};
use crate::{
    action::ActionResult,
    agent::{Parts, RegisteredAction, RegisteredEvaluator, RegisteredProvider},
    definition::{self, ProviderCall},
    evaluator::{Evaluation, Evaluations},
    extract::Invocation,
    model::{ModelAnswer, ModelError, RegisteredModel},
    provider::Context,
};
use tower::ServiceExt;

/// Calls an action.
pub(crate) async fn action(
    parts: &Parts,
    action: &RegisteredAction,
    invocation: &Invocation,
) -> Result<ActionResult, CallError> {
    let def = action.def;
    let take = |outcome| match outcome {
        Outcome::Action(result) => Some(result),
        _ => None,
    };
    let handler = parts.handlers.get(PartKind::Action, def.plugin, def.name);
    if let (Some(offered), None) = (&action.offered, handler) {
        return Ok(offered.run.run(invocation).await);
    }
    layered(handler, def.call, take, invocation).await
}

/// Calls a provider.
pub(crate) async fn provider(
    parts: &Parts,
    provider: &RegisteredProvider,
    invocation: &Invocation,
) -> Result<Context, CallError> {
    let def = provider.def;
    let take = |outcome| match outcome {
        Outcome::Context(context) => Some(context),
        _ => None,
    };
    let ProviderCall::Ask(call) = def.call else {
        return Err(CallError::Layer(format!("{} tells by itself and cannot be asked", def.name)));
    };
    through(parts, (PartKind::Provider, def.plugin, def.name), call, take, invocation).await
}

/// Calls an evaluator.
pub(crate) async fn evaluator(
    parts: &Parts,
    evaluator: &RegisteredEvaluator,
    invocation: &Invocation,
) -> Result<Option<Evaluation>, CallError> {
    let def = evaluator.def;
    let take = |outcome| match outcome {
        Outcome::Evaluation(evaluation) => Some(evaluation),
        _ => None,
    };
    through(parts, (PartKind::Evaluator, def.plugin, def.name), def.call, take, invocation).await
}

/// Calls the batch form of an evaluator, through the same layers.
pub(crate) async fn evaluator_of_several(
    parts: &Parts,
    evaluator: &RegisteredEvaluator,
    invocation: &Invocation,
) -> Result<Evaluations, CallError> {
    let def = evaluator.def;
    let call = def.batch.ok_or_else(|| CallError::Layer(format!("{} has no batch form", def.name)))?;
    let take = |outcome| match outcome {
        Outcome::Evaluations(evaluations) => Some(evaluations),
        _ => None,
    };
    let handler = parts.handlers.batch(def.plugin, def.name);
    layered(handler, call, take, invocation).await
}

/// Calls a model handler.
pub(crate) async fn model(
    parts: &Parts,
    model: &RegisteredModel,
    invocation: &Invocation,
) -> Result<ModelAnswer, ModelError> {
    let def = model.def;
    let take = |outcome| match outcome {
        Outcome::Answer(answer) => Some(answer),
        _ => None,
    };
    through(parts, (PartKind::Model, def.plugin, def.name), def.call, take, invocation)
        .await
        .map_err(CallError::into_model_error)
}

async fn through<T, E: Into<CallError>>(
    parts: &Parts,
    (kind, plugin, name): (PartKind, &'static str, &'static str),
    call: definition::Call<Result<T, E>>,
    take: fn(Outcome) -> Option<T>,
    invocation: &Invocation,
) -> Result<T, CallError> {
    layered(parts.handlers.get(kind, plugin, name), call, take, invocation).await
}

async fn layered<T, E: Into<CallError>>(
    handler: Option<&(Part, Handler)>,
    call: definition::Call<Result<T, E>>,
    take: fn(Outcome) -> Option<T>,
    invocation: &Invocation,
) -> Result<T, CallError> {
    let Some((part, handler)) = handler else {
        return call(invocation).await.map_err(Into::into);
    };
    let request = Call { part: *part, invocation: invocation.clone() };
    let outcome = handler.clone().oneshot(request).await?;
    take(outcome).ok_or(CallError::Mismatch(*part))
}
