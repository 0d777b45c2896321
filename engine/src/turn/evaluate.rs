//! Evaluators: gates before a reply leaves, the others after the turn.

use super::{EvaluationRecord, TurnContext, compose::micros, guarded};
use crate::{
    agent::{Agent, RegisteredEvaluator},
    evaluator::Evaluation,
    event::{EvaluatorCompleted, EvaluatorStarted},
    extract::{Input, Invocation},
    memory::Content,
    service::Part,
};
use std::{sync::Arc, time::Instant};

/// Lets every gate judge a reply; what may be said. A gate that fails holds the reply: it is there to keep things in.
pub(super) async fn gate(agent: &Agent, turn: &Arc<TurnContext>, content: Content) -> Content {
    let mut content = content;
    for evaluator in turn.parts.evaluators.iter().filter(|evaluator| evaluator.def.gate) {
        let input = Input::Reply(Arc::from(content.text.as_str()));
        let held = || format!("(I wrote a reply, but {} held it back.)", evaluator.def.name);
        let judged = match applies(agent, turn, evaluator, &input).await {
            Ok(false) => continue,
            Ok(true) => run(agent, turn, evaluator, input).await,
            Err(()) => Err(()),
        };
        match judged {
            Ok(Some(Evaluation { passed: false, rewrite: Some(text), .. })) => content.text = text,
            Ok(Some(Evaluation { passed: false, rewrite: None, .. })) | Err(()) => {
                content = Content::text(held())
            }
            Ok(_) => {}
        }
    }
    content
}

/// Runs the evaluators that look back at a turn; whether any had something to say or failed.
pub(super) async fn evaluate(agent: &Agent, turn: &Arc<TurnContext>) -> bool {
    let responded = !turn.replies().is_empty();
    let noted = || turn.state().record.evaluations.len();
    let before = noted();
    for evaluator in turn.parts.evaluators.iter().filter(|evaluator| !evaluator.def.gate) {
        let is_due = responded || evaluator.def.always_run;
        if is_due && applies(agent, turn, evaluator, &Input::None).await == Ok(true) {
            // What it thinks, and that it failed, stands in the record.
            drop(run(agent, turn, evaluator, Input::None).await);
        }
    }
    // What failed is noted too.
    noted() > before
}

/// Whether an evaluator's validate stages agree; an error where one fails.
async fn applies(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    evaluator: &RegisteredEvaluator,
    input: &Input,
) -> Result<bool, ()> {
    let invocation = invocation(agent, turn, evaluator, input.clone());
    for stage in evaluator.def.validate {
        match guarded(evaluator.def.timeout, stage(&invocation)).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(_))) => return Ok(false),
            Ok(Err(error)) => return warn(evaluator, &error.to_string()),
            Err(failure) => return warn(evaluator, &failure.to_string()),
        }
    }
    Ok(true)
}

fn warn(evaluator: &RegisteredEvaluator, why: &str) -> Result<bool, ()> {
    tracing::warn!(evaluator = evaluator.def.name, plugin = evaluator.plugin.name, "validate: {why}");
    Err(())
}

fn invocation(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    evaluator: &RegisteredEvaluator,
    input: Input,
) -> Invocation {
    Invocation { turn: Some(Arc::clone(turn)), input, ..Invocation::of(agent.clone(), evaluator.plugin) }
}

/// Runs an evaluator and notes what it thinks; an error where it fails, which is noted too.
async fn run(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    evaluator: &RegisteredEvaluator,
    input: Input,
) -> Result<Option<Evaluation>, ()> {
    let name = evaluator.def.name;
    agent.emit(EvaluatorStarted { run: turn.run, evaluator: name.to_owned() }).await;
    let begun = Instant::now();
    let invocation = invocation(agent, turn, evaluator, input);
    let outcome = match guarded(evaluator.def.timeout, (evaluator.def.call)(&invocation)).await {
        Ok(Ok(evaluation)) => Ok(evaluation),
        Ok(Err(error)) => Err(error.to_string()),
        Err(failure) => Err(failure.to_string()),
    };
    agent.shared().tally.part(Part::Evaluator, evaluator.plugin.name, name, micros(begun), outcome.is_ok());
    if let Err(error) = &outcome {
        tracing::error!(evaluator = name, plugin = evaluator.plugin.name, "{error}");
    }
    let (evaluation, error) = match outcome {
        Ok(evaluation) => (evaluation, None),
        Err(error) => (None, Some(error)),
    };
    if evaluation.is_some() || error.is_some() {
        let (evaluation, error) = (evaluation.clone(), error.clone());
        let record =
            EvaluationRecord { evaluator: name.to_owned(), evaluation, error, micros: micros(begun) };
        turn.note(|r| r.evaluations.push(record));
    }
    agent
        .emit(EvaluatorCompleted {
            run: turn.run,
            evaluator: name.to_owned(),
            evaluation: evaluation.clone(),
            error: error.clone(),
        })
        .await;
    if error.is_some() { Err(()) } else { Ok(evaluation) }
}
