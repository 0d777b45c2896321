//! Evaluators: gates before a reply leaves, the others after the turn, any of them on request.

use super::{EvaluationRecord, TurnContext, compose::micros, guarded};
use crate::{
    agent::{Agent, RegisteredEvaluator},
    evaluator::{Evaluation, Evaluations, FinishedTurn},
    event::{EvaluatorCompleted, EvaluatorStarted},
    extract::{Input, Invocation},
    memory::Content,
    middleware,
    service::Part,
    telemetry::span,
};
use std::{sync::Arc, time::Instant};
use tracing::Instrument;

/// What an evaluator thinks of a turn, or why it does not know.
pub(crate) type Verdict = Result<Option<Evaluation>, String>;

/// Lets every gate judge a reply; what may be said. A gate that fails holds the reply: it is there to keep things in.
pub(super) async fn gate(agent: &Agent, turn: &Arc<TurnContext>, content: Content) -> Content {
    let mut content = content;
    for evaluator in turn.parts.evaluators.iter().filter(|evaluator| evaluator.def.gate) {
        let input = Input::Reply(Arc::from(content.text.as_str()));
        let held = || format!("(I wrote a reply, but {} held it back.)", evaluator.def.name);
        let judged = match applies(agent, turn, evaluator, &input).await {
            Ok(false) => continue,
            Ok(true) => noted(agent, turn, evaluator, judge(agent, turn, evaluator, input)).await,
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

/// Runs the evaluators that look back at a turn. What they think, and that they failed, stands in its record.
pub(crate) async fn evaluate(agent: &Agent, turn: &Arc<TurnContext>) {
    let responded = !turn.replies().is_empty();
    for evaluator in turn.parts.evaluators.iter().filter(|evaluator| !evaluator.def.gate) {
        let is_due = responded || evaluator.def.always_run;
        if !is_due || applies(agent, turn, evaluator, &Input::None).await != Ok(true) {
            continue;
        }
        let judging = async {
            match evaluator.def.batch {
                Some(_) => agent.judge_with_others(turn, evaluator).await,
                None => judge(agent, turn, evaluator, Input::None).await,
            }
        };
        drop(noted(agent, turn, evaluator, agent.unless_stopped(judging)).await);
    }
}

/// Runs an evaluator about a turn that ended, whether it is due or not; what it thought.
pub(crate) async fn evaluate_now(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    evaluator: &RegisteredEvaluator,
) -> EvaluationRecord {
    let input = match turn.replies().last() {
        Some(reply) if evaluator.def.gate => Input::Reply(Arc::from(reply.content.text.as_str())),
        _ => Input::None,
    };
    told(agent, turn, evaluator, judge(agent, turn, evaluator, input)).await
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

/// Runs an evaluator about one turn.
pub(crate) async fn judge(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    evaluator: &RegisteredEvaluator,
    input: Input,
) -> Verdict {
    let invocation = invocation(agent, turn, evaluator, input);
    let call = middleware::evaluator(&turn.parts, evaluator, &invocation);
    let span = span::evaluator(evaluator);
    let verdict = match guarded(evaluator.def.timeout, call).instrument(span.clone()).await {
        Ok(judged) => judged.map_err(|error| ("failed", error.to_string())),
        Err(failure) => Err((span::kind_of(&failure), failure.to_string())),
    };
    match &verdict {
        Ok(evaluation) => evaluation.iter().for_each(|evaluation| span::evaluated(&span, evaluation)),
        Err((kind, why)) => span::failed(&span, kind, why),
    }
    verdict.map_err(|(_, why)| why)
}

/// Runs the batch form of an evaluator about several turns; one verdict a turn, in their order.
pub(crate) async fn judge_batch(
    agent: &Agent,
    turns: &[Arc<TurnContext>],
    evaluator: &RegisteredEvaluator,
) -> Vec<Verdict> {
    let judged = judge_all(agent, turns, evaluator).await.and_then(|evaluations| {
        let (given, wanted) = (evaluations.len(), turns.len());
        let name = evaluator.def.name;
        let miscounted = || format!("the batch form of {name} gave {given} evaluations for {wanted} turns");
        if given == wanted { Ok(evaluations) } else { Err(miscounted()) }
    });
    judged.unwrap_or_else(|error| turns.iter().map(|_| Err(error.clone())).collect())
}

async fn judge_all(
    agent: &Agent,
    turns: &[Arc<TurnContext>],
    evaluator: &RegisteredEvaluator,
) -> Result<Evaluations, String> {
    let parts = Arc::clone(&turns.first().ok_or("there are no turns to judge")?.parts);
    let finished: Arc<[FinishedTurn]> = turns.iter().map(|turn| turn.as_finished()).collect();
    let input = Input::Turns(finished);
    let invocation = Invocation { input, ..Invocation::of(agent.clone(), evaluator.plugin) };
    let call = middleware::evaluator_of_several(&parts, evaluator, &invocation);
    match guarded(evaluator.def.timeout, call).instrument(span::evaluator(evaluator)).await {
        Ok(judged) => judged.map_err(|error| error.to_string()),
        Err(failure) => Err(failure.to_string()),
    }
}

/// Waits for a verdict and notes it in the turn's record, unless there was nothing to say; an error where it failed.
async fn noted(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    evaluator: &RegisteredEvaluator,
    verdict: impl Future<Output = Verdict>,
) -> Result<Option<Evaluation>, ()> {
    let record = told(agent, turn, evaluator, verdict).await;
    let (evaluation, failed) = (record.evaluation.clone(), record.error.is_some());
    if evaluation.is_some() || failed {
        turn.note(|all| all.evaluations.push(record));
    }
    if failed { Err(()) } else { Ok(evaluation) }
}

/// Waits for a verdict, tells of its beginning and its end, and makes a record of it.
async fn told(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    evaluator: &RegisteredEvaluator,
    verdict: impl Future<Output = Verdict>,
) -> EvaluationRecord {
    let (run, name) = (turn.run, evaluator.def.name.to_owned());
    agent.emit(EvaluatorStarted { run, evaluator: name.clone() }).await;
    let begun = Instant::now();
    let (evaluation, error) = match verdict.await.and_then(sound) {
        Ok(evaluation) => (evaluation, None),
        Err(error) => (None, Some(error)),
    };
    if let Some(error) = &error {
        tracing::error!(evaluator = name, plugin = evaluator.plugin.name, "{error}");
    }
    let micros = micros(begun);
    let part = (Part::Evaluator, evaluator.plugin.name, evaluator.def.name);
    agent.shared().tally.part(part.0, part.1, part.2, micros, error.is_none());
    let record = EvaluationRecord { evaluator: name, evaluation, error, start: turn.start_of(begun), micros };
    let EvaluationRecord { evaluator, evaluation, error, .. } = record.clone();
    agent.emit(EvaluatorCompleted { run, evaluator, evaluation, error }).await;
    record
}

/// A score is a number from 0 to 1.
fn sound(evaluation: Option<Evaluation>) -> Verdict {
    match evaluation {
        Some(Evaluation { score, .. }) if !score.is_finite() => {
            Err(format!("its score is no number: {score}"))
        }
        Some(evaluation) => {
            let score = evaluation.score.clamp(0.0, 1.0);
            Ok(Some(Evaluation { score, ..evaluation }))
        }
        None => Ok(None),
    }
}
