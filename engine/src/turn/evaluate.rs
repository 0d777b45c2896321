//! Evaluators: gates before a reply leaves, the others after the turn.

use super::{EvaluationRecord, TurnContext, compose::micros, guarded};
use crate::{
    agent::{Agent, RegisteredEvaluator},
    evaluator::Evaluation,
    event::{EvaluatorCompleted, EvaluatorStarted},
    extract::Invocation,
};
use std::{sync::Arc, time::Instant};

/// Lets every gate judge a reply; the text that may be said.
pub(super) async fn gate(agent: &Agent, turn: &Arc<TurnContext>, text: String) -> String {
    let mut text = text;
    for evaluator in turn.parts.evaluators.iter().filter(|evaluator| evaluator.def.gate) {
        turn.state().pending_reply = Some(text.clone());
        let evaluation = run(agent, turn, evaluator).await;
        let Some(evaluation) = evaluation.filter(|evaluation| !evaluation.passed) else { continue };
        text = evaluation.rewrite.unwrap_or_else(|| {
            format!("(I wrote a reply, but {} held it back.)", evaluator.def.name)
        });
    }
    turn.state().pending_reply = None;
    text
}

/// Runs the evaluators that look back at a turn; whether any had something to say or failed.
pub(super) async fn evaluate(agent: &Agent, turn: &Arc<TurnContext>) -> bool {
    let responded = !turn.replies().is_empty();
    let noted = || turn.state().record.evaluations.len();
    let before = noted();
    for evaluator in turn.parts.evaluators.iter().filter(|evaluator| !evaluator.def.gate) {
        if (responded || evaluator.def.always_run) && applies(agent, turn, evaluator).await {
            run(agent, turn, evaluator).await;
        }
    }
    // What failed is noted too.
    noted() > before
}

async fn applies(agent: &Agent, turn: &Arc<TurnContext>, evaluator: &RegisteredEvaluator) -> bool {
    let invocation =
        Invocation { turn: Some(Arc::clone(turn)), ..Invocation::of(agent.clone(), evaluator.plugin) };
    for stage in evaluator.def.validate {
        match guarded(evaluator.def.timeout, stage(&invocation)).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(_))) => return false,
            Ok(Err(error)) => return warn(evaluator, &error.to_string()),
            Err(failure) => return warn(evaluator, &failure.to_string()),
        }
    }
    true
}

fn warn(evaluator: &RegisteredEvaluator, why: &str) -> bool {
    tracing::warn!(evaluator = evaluator.def.name, plugin = evaluator.plugin.name, "validate: {why}");
    false
}

async fn run(agent: &Agent, turn: &Arc<TurnContext>, evaluator: &RegisteredEvaluator) -> Option<Evaluation> {
    let name = evaluator.def.name;
    agent.emit(EvaluatorStarted { run: turn.run, evaluator: name.to_owned() }).await;
    let begun = Instant::now();
    let invocation =
        Invocation { turn: Some(Arc::clone(turn)), ..Invocation::of(agent.clone(), evaluator.plugin) };
    let outcome = match guarded(evaluator.def.timeout, (evaluator.def.call)(&invocation)).await {
        Ok(Ok(evaluation)) => Ok(evaluation),
        Ok(Err(error)) => Err(error.to_string()),
        Err(failure) => Err(failure.to_string()),
    };
    if let Err(error) = &outcome {
        tracing::error!(evaluator = name, plugin = evaluator.plugin.name, "{error}");
    }
    let (evaluation, error) = match outcome {
        Ok(evaluation) => (evaluation, None),
        Err(error) => (None, Some(error)),
    };
    if evaluation.is_some() || error.is_some() {
        let (evaluation, error) = (evaluation.clone(), error.clone());
        let record = EvaluationRecord { evaluator: name.to_owned(), evaluation, error, micros: micros(begun) };
        turn.note(|r| r.evaluations.push(record));
    }
    agent
        .emit(EvaluatorCompleted {
            run: turn.run,
            evaluator: name.to_owned(),
            evaluation: evaluation.clone(),
            error,
        })
        .await;
    evaluation
}
