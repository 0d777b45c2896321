//! The pipeline: the stages of a turn in their order, and its end whatever happens.

use super::{
    RunRecord, RunStatus, Selection, StageTime, Suspended, TurnContext, TurnEvent,
    act::{self, Ask},
    compose, deliver, passes,
    record::ModelCall,
    respond, suspend, words,
};
use crate::{
    agent::Agent,
    event::{RunEnded, RunStarted, RunTimeout},
    memory::{Content, Memory, MemoryKind},
    model::ModelError,
    service::Part,
    store::StoreError,
    telemetry::span,
    turn::WorkingMemoryEntry,
};
use std::{sync::Arc, time::Instant};
use tracing::Instrument;

/// Why a turn could not go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum TurnError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("the storage failed: {0}")]
    Store(#[from] StoreError),
}

/// How the stages ended.
pub(super) enum Ending {
    /// With a reply that is not stored yet.
    Reply(String),
    /// With everything said that was to be said.
    Said,
    /// With the decision to say nothing.
    Silent,
    /// Not yet: a person must allow a step first.
    Waits(Box<(Ask, Suspended)>),
}

/// Runs a turn to its end, as a span. Never fails: whatever goes wrong is told to the user and stands in the record.
pub(crate) async fn run(agent: &Agent, turn: Arc<TurnContext>) -> Arc<RunRecord> {
    // On the heap, as what it awaits below: a future on the stack is copied by each that awaits it, and a worker's stack is small.
    whole(agent, &turn, Box::pin(stages(agent, &turn))).await
}

/// Takes up a turn that waited for a person and was answered, or that an earlier process left: `record` is what it had
/// come to, with what the journal knows, `replies` what the agent had said in it. Runs it to its end, as [`run`] does.
pub(crate) async fn resume(
    agent: &Agent,
    turn: Arc<TurnContext>,
    record: RunRecord,
    replies: Vec<Arc<Memory>>,
) -> Arc<RunRecord> {
    turn.restore(RunRecord { status: RunStatus::Running, ..record }, replies);
    whole(agent, &turn, Box::pin(suspend::go_on(agent, &turn))).await
}

/// A turn from its start to its end, around its stages.
async fn whole(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    stages: impl Future<Output = Result<Ending, TurnError>>,
) -> Arc<RunRecord> {
    let span = span::turn(agent, turn);
    let record = staged(agent, turn, stages).instrument(span.clone()).await;
    span::turn_ended(&span, &record);
    record
}

async fn staged(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    stages: impl Future<Output = Result<Ending, TurnError>>,
) -> Arc<RunRecord> {
    turn.begin();
    let (run, room, message) = (turn.run, turn.message.room, turn.message.id);
    turn.tell(TurnEvent::Started { run });
    agent.emit(RunStarted { run, room, message }).await;
    recall(agent, turn);
    let limit = agent.character().limits.turn_timeout;
    // A turn that was set before is not prolonged.
    let _ = turn.deadline.set(tokio::time::Instant::now() + limit);
    let ended = tokio::select! {
        // A turn that is cancelled says nothing more, whatever else happened at the same moment.
        biased;
        () = turn.cancelled.cancelled() => None,
        ended = tokio::time::timeout(limit, stages) => Some(ended),
    };
    let (status, error, reply) = match ended {
        // Whatever became of it, it is not said in silence.
        Some(Ok(Ok(Ending::Reply(text)))) if text.trim().is_empty() => {
            (RunStatus::Completed, None, Some(words::failure(agent, turn, words::NO_ANSWER)))
        }
        Some(Ok(Ok(Ending::Reply(text)))) => (RunStatus::Completed, None, Some(text)),
        Some(Ok(Ok(Ending::Waits(wait)))) => {
            let (ask, suspended) = *wait;
            return suspend::suspend(agent, turn, &ask, suspended).await;
        }
        Some(Ok(Ok(Ending::Said | Ending::Silent))) => (RunStatus::Completed, None, None),
        Some(Ok(Err(error))) => {
            let told = words::failure(agent, turn, &format!("I cannot answer that now: {error}."));
            (RunStatus::Failed, Some(error.to_string()), Some(told))
        }
        Some(Err(_)) => {
            agent.emit(RunTimeout { run, room, message }).await;
            let told = format!("I ran out of time: this took longer than {limit:?}, so I stopped.");
            let told = words::failure(agent, turn, &told);
            (RunStatus::Timeout, Some(format!("longer than {limit:?}")), Some(told))
        }
        None => cancelled(agent, turn),
    };
    end(agent, turn, status, error, reply).await
}

/// The end of a turn that was cancelled. If the agent is stopping the run stays open, for the next start to go on with
/// it, unless an action is cut off that must not be repeated.
fn cancelled(agent: &Agent, turn: &TurnContext) -> (RunStatus, Option<String>, Option<String>) {
    if turn.state().superseded {
        return (
            RunStatus::Cancelled,
            Some("a newer message of the same sender replaced it".to_owned()),
            None,
        );
    }
    if !agent.is_stopping() {
        return (RunStatus::Cancelled, None, None);
    }
    let error = Some("the agent stopped".to_owned());
    if turn.state().journal.is_open() {
        return (
            RunStatus::Interrupted,
            error,
            Some("I was stopped while I was working on this.".to_owned()),
        );
    }
    // To be stopped in good order is no failed try.
    turn.note(|record| record.attempts = record.attempts.saturating_sub(1));
    (RunStatus::Running, error, None)
}

/// Stores and tells the last reply together with the record, then lets evaluators look back in the background.
pub(super) async fn end(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    status: RunStatus,
    error: Option<String>,
    reply: Option<String>,
) -> Arc<RunRecord> {
    let given = (status, error.clone());
    if deliver(agent, turn, given, reply).instrument(span::stage("deliver")).await.is_err() {
        // Who took over tells; here nothing was stored, so nothing is said.
        return Arc::new(turn.record());
    }
    let record = Arc::new(turn.record());
    agent.shared().tally.turn(status.name(), record.micros);
    let (run, room, message) = (turn.run, turn.message.room, turn.message.id);
    agent
        .emit(RunEnded { run, room, message, status: status.name().to_owned(), micros: record.micros, error })
        .await;
    tracing::info!(run = %run, status = status.name(), micros = record.micros, "turn ended: {}", record.reason);
    agent.look_back(turn, status);
    turn.tell(TurnEvent::Ended(Arc::clone(&record)));
    record
}

/// Another process works on the turn's room.
struct LostRoom;

/// Stores and tells the last reply together with the record.
async fn deliver(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    (status, error): (RunStatus, Option<String>),
    reply: Option<String>,
) -> Result<(), LostRoom> {
    let is_over = status != RunStatus::Running;
    let mut memories = Vec::new();
    if is_over {
        act::cut_off(agent, turn).await;
        memories = deliver::action_results(agent, turn);
        turn.note(|record| {
            record.suspended = None;
            record.attempts = 0;
        });
    }
    let reply = match reply {
        Some(text) => Some(deliver::reply(agent, turn, Content::text(text)).await),
        None => None,
    };
    memories.extend(reply.clone());
    let micros = turn.start_of(Instant::now());
    turn.note(|record| {
        record.status = status;
        record.error.clone_from(&error);
        record.micros = micros;
        record.look_back = agent.looks_back(turn, status);
        if let Some(reply) = &reply {
            record.replies.push(reply.id);
        }
    });
    if let Err(error) = agent.store_run(turn, &memories).await {
        if agent.has_lost_room() {
            return Err(LostRoom);
        }
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
    Ok(())
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
    if let Some(call) = passes::asked_by_name(&turn.message) {
        turn.be_firm();
        turn.note(|record| "the action was asked for by name".clone_into(&mut record.reason));
        timed(agent, turn, "compose", compose::compose(agent, turn, &asked_for(turn, &[]))).await;
        return passes::perform(agent, turn, call).await;
    }
    if !timed(agent, turn, "respond", respond::respond(agent, turn)).await {
        return Ok(Ending::Silent);
    }
    timed(agent, turn, "compose", compose::compose(agent, turn, &asked_for(turn, &[]))).await;
    passes::decide_and_act(agent, turn).await
}

/// The default set of providers, those that the message asks for by name, and those that the model asked for.
pub(super) fn asked_for(turn: &TurnContext, by_model: &[String]) -> Selection {
    Selection::With([&turn.message.content.providers, by_model].concat())
}

pub(super) async fn timed<T>(
    agent: &Agent,
    turn: &TurnContext,
    stage: &'static str,
    future: impl Future<Output = T>,
) -> T {
    let begun = Instant::now();
    let value = future.instrument(span::stage(stage)).await;
    let micros = compose::micros(begun);
    tracing::debug!(run = %turn.run, stage, micros);
    agent.shared().tally.part(Part::Stage, "galatea", stage, micros, true);
    let start = turn.start_of(begun);
    turn.note(|record| record.stages.push(StageTime { stage: stage.to_owned(), start, micros }));
    value
}

/// Notes a model call in the record; its place among them.
pub(crate) fn note_call(turn: &TurnContext, call: ModelCall) -> usize {
    let mut place = 0;
    turn.note(|record| {
        place = record.model_calls.len();
        record.model_calls.push(call);
    });
    place
}
