//! The pipeline: the stages of a turn in their order, and its end whatever happens.

use super::{
    RunRecord, RunStatus, Selection, StageTime, TurnContext, TurnEvent, act, compose, decide, deliver,
    evaluate, record::ModelCall, respond,
};
use crate::{
    agent::Agent,
    event::{RunEnded, RunStarted, RunTimeout},
    memory::{Content, MemoryKind},
    model::{Line, ModelError, ModelKind, ModelRequest, Purpose, Speaker, TextSink},
    store::StoreError,
    turn::WorkingMemoryEntry,
};
use std::{sync::Arc, time::Instant};

/// Why a turn could not go on.
#[derive(Debug, thiserror::Error)]
enum TurnError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("the storage failed: {0}")]
    Store(#[from] StoreError),
}

/// How the stages ended.
enum Ending {
    /// With a reply that is not stored yet.
    Reply(String),
    /// With everything said that was to be said.
    Said,
    /// With the decision to say nothing.
    Silent,
}

/// Runs a turn to its end. Never fails: whatever goes wrong is told to the user and stands in the record.
pub(crate) async fn run(agent: &Agent, turn: Arc<TurnContext>) -> Arc<RunRecord> {
    let begun = Instant::now();
    let (run, room, message) = (turn.run, turn.message.room, turn.message.id);
    turn.tell(TurnEvent::Started { run });
    agent.emit(RunStarted { run, room, message }).await;
    recall(agent, &turn);
    let limit = agent.character().limits.turn_timeout;
    let ended = tokio::select! {
        // A turn that is cancelled says nothing more, whatever else happened at the same moment.
        biased;
        () = turn.cancelled.cancelled() => None,
        ended = tokio::time::timeout(limit, stages(agent, &turn)) => Some(ended),
    };
    let (status, error, reply) = match ended {
        Some(Ok(Ok(Ending::Reply(text)))) => (RunStatus::Completed, None, Some(text)),
        Some(Ok(Ok(Ending::Said | Ending::Silent))) => (RunStatus::Completed, None, None),
        Some(Ok(Err(error))) => {
            let told = format!("I cannot answer that now: {error}.");
            (RunStatus::Failed, Some(error.to_string()), Some(told))
        }
        Some(Err(_)) => {
            agent.emit(RunTimeout { run, room, message }).await;
            let told = format!("I ran out of time: this took longer than {limit:?}, so I stopped.");
            (RunStatus::Timeout, Some(format!("longer than {limit:?}")), Some(told))
        }
        None => cancelled(agent, &turn),
    };
    end(agent, &turn, begun, status, error, reply).await
}

/// The end of a turn that was cancelled. If the agent is stopping and nothing was done yet, the run stays open:
/// the next start answers.
fn cancelled(agent: &Agent, turn: &TurnContext) -> (RunStatus, Option<String>, Option<String>) {
    if !agent.is_stopping() {
        return (RunStatus::Cancelled, None, None);
    }
    let error = Some("the agent stopped".to_owned());
    let record = turn.record();
    if record.steps.is_empty() && record.replies.is_empty() {
        return (RunStatus::Running, error, None);
    }
    (RunStatus::Interrupted, error, Some("I was stopped while I was working on this.".to_owned()))
}

/// Stores and tells the last reply together with the record, then lets evaluators look back in the background.
async fn end(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    begun: Instant,
    status: RunStatus,
    error: Option<String>,
    reply: Option<String>,
) -> Arc<RunRecord> {
    act::cut_off(agent, turn).await;
    let mut memories = deliver::action_results(agent, turn);
    let reply = match reply {
        Some(text) => Some(deliver::reply(agent, turn, Content::text(text)).await),
        None => None,
    };
    memories.extend(reply.clone());
    turn.note(|record| {
        record.status = status;
        record.error.clone_from(&error);
        record.micros = compose::micros(begun);
        if let Some(reply) = &reply {
            record.replies.push(reply.id);
        }
    });
    if let Err(error) = agent.store_run(turn, &memories).await {
        tracing::error!(run = %turn.run, "the turn could not be stored: {error}");
        turn.note(|record| record.error = Some(format!("the turn could not be stored: {error}")));
    }
    if let Some(reply) = reply {
        turn.note(|record| {
            record.replies.pop();
        });
        deliver::told(agent, turn, reply).await;
    }
    turn.settle_stream("");
    let record = Arc::new(turn.record());
    agent.shared().tally.turn(status.name(), record.micros);
    let (run, room, message) = (turn.run, turn.message.room, turn.message.id);
    agent
        .emit(RunEnded { run, room, message, status: status.name().to_owned(), micros: record.micros, error })
        .await;
    tracing::info!(run = %run, status = status.name(), micros = record.micros, "turn ended: {}", record.reason);
    look_back(agent, turn, status);
    turn.tell(TurnEvent::Ended(Arc::clone(&record)));
    record
}

/// Evaluators run after the reply; the user does not wait for them.
fn look_back(agent: &Agent, turn: &Arc<TurnContext>, status: RunStatus) {
    if status != RunStatus::Completed || turn.parts.evaluators.iter().all(|evaluator| evaluator.def.gate) {
        return;
    }
    let (agent, turn) = (agent.clone(), Arc::clone(turn));
    agent.clone().spawn(async move {
        if evaluate::evaluate(&agent, &turn).await
            && let Err(error) = agent.store_run(&turn, &[]).await
        {
            tracing::error!(run = %turn.run, "the evaluations could not be stored: {error}");
        }
    });
}

/// Puts the room's newest action results into the working memory.
fn recall(agent: &Agent, turn: &TurnContext) {
    let limit = agent.character().limits.working_memory as usize;
    let results = turn.snapshot.history.iter().filter(|memory| memory.kind == MemoryKind::ActionResult);
    let mut entries: Vec<WorkingMemoryEntry> = results
        .filter_map(|memory| {
            let result = serde_json::from_value(memory.metadata.get("result")?.clone()).ok()?;
            Some(WorkingMemoryEntry {
                action: memory.content.actions.first()?.clone(),
                result,
                at: memory.at,
            })
        })
        .collect();
    entries.drain(..entries.len().saturating_sub(limit));
    Arc::make_mut(&mut turn.state().composed).working_memory = entries;
}

async fn stages(agent: &Agent, turn: &Arc<TurnContext>) -> Result<Ending, TurnError> {
    if !timed(turn, "respond", respond::respond(agent, turn)).await {
        return Ok(Ending::Silent);
    }
    timed(turn, "compose", compose::compose(agent, turn, &asked_for(turn))).await;
    decide_and_act(agent, turn).await
}

/// The default set of providers, and those that the message asks for by name.
fn asked_for(turn: &TurnContext) -> Selection {
    Selection::With(turn.message.content.providers.clone())
}

/// The bounded loop of deciding and acting: a plain reply takes one pass, actions that say nothing themselves
/// another one.
async fn decide_and_act(agent: &Agent, turn: &Arc<TurnContext>) -> Result<Ending, TurnError> {
    let mut lines: Vec<Line> = Vec::new();
    for _ in 0..agent.character().limits.steps {
        let offered = decide::offered(agent, turn).await;
        let decision = timed(turn, "decide", decide::decide(agent, turn, &offered, &lines)).await?;
        if decision.ignore && turn.replies().is_empty() {
            turn.note(|record| "the model decided to say nothing".clone_into(&mut record.reason));
            return Ok(Ending::Silent);
        }
        if decision.calls.is_empty() {
            return last_words(agent, turn, &decision, &lines).await;
        }
        if !decision.text.is_empty() {
            deliver::say(agent, turn, Content::text(decision.text.clone())).await?;
        }
        let said = turn.replies().len();
        let outcome = timed(turn, "act", act::act(agent, turn, &decision.calls)).await?;
        lines.push(Line {
            calls: decision.calls,
            ..Line::new(Speaker::Assistant, &agent.character().name, decision.text)
        });
        lines.extend(outcome.lines);
        if let Some(action) = outcome.stopped_by {
            return Ok(Ending::Reply(format!("I stopped: {action} failed. {}", results(&lines))));
        }
        let acted_aloud = turn.replies().len() > said;
        if acted_aloud && !outcome.failed {
            return Ok(Ending::Said);
        }
        timed(turn, "compose", compose::compose_again(agent, turn, &asked_for(turn))).await;
    }
    Ok(Ending::Reply(results(&lines)))
}

/// A decision without actions: its text, or words for it if it has none.
async fn last_words(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    decision: &decide::Decision,
    lines: &[Line],
) -> Result<Ending, TurnError> {
    if !decision.text.is_empty() {
        return Ok(Ending::Reply(decision.text.clone()));
    }
    if !lines.is_empty() && !decision.reply_without_text {
        return Ok(Ending::Reply(results(lines)));
    }
    let mut request: ModelRequest = super::prompt::decide(agent, turn, Vec::new(), lines);
    request.purpose = Purpose::Reply;
    let answer = agent.generate(ModelKind::TextLarge, request, Some(turn), TextSink::default()).await?;
    let text = answer.text.trim();
    if text.is_empty() {
        return Ok(Ending::Reply("I have no answer to that: the model gave none.".to_owned()));
    }
    Ok(Ending::Reply(text.to_owned()))
}

/// The results of the actions, for when nobody put them into words.
fn results(lines: &[Line]) -> String {
    let told: Vec<String> =
        lines
            .iter()
            .filter(|line| line.speaker == Speaker::Tool)
            .map(|line| {
                if line.success { line.text.clone() } else { format!("{} failed: {}", line.name, line.text) }
            })
            .collect();
    told.join("\n")
}

async fn timed<T>(turn: &TurnContext, stage: &str, future: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let value = future.await;
    let micros = compose::micros(begun);
    tracing::debug!(run = %turn.run, stage, micros);
    turn.note(|record| record.stages.push(StageTime { stage: stage.to_owned(), micros }));
    value
}

/// Notes a model call in the record.
pub(crate) fn note_call(turn: &TurnContext, call: ModelCall) {
    turn.note(|record| record.model_calls.push(call));
}
