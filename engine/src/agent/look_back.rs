//! Looking back at turns: in the background after each, in batches where several wait, and on request.

use super::{Agent, RegisteredEvaluator};
use crate::{
    extract::Input,
    memory::{Memory, MemoryKind},
    store::{MemoryQuery, RoomSnapshot, Score, StoreError, StoredRun, Window},
    telemetry::{self, TraceParent, span},
    text::{
        id::stable_id_for,
        name::{NameMatch, match_name},
    },
    turn::{
        EvaluationRecord, RunRecord, RunStatus, Selection, TurnContext, Verdict, compose, evaluate,
        evaluate_now, judge, judge_batch,
    },
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;
use tracing::Instrument;
use uuid::Uuid;

/// At most so many turns are judged in one call.
const MOST_IN_A_BATCH: usize = 32;

/// At most so many turns of an earlier process are looked back at after a start; the next start goes on.
const MOST_AT_A_START: usize = 1000;

/// Why an evaluator could not be run on request.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// Nothing has this name.
    #[error("there is no evaluator {name}{}", near(.nearest.as_deref()))]
    NoEvaluator {
        /// The name.
        name: String,
        /// The one that may have been meant.
        nearest: Option<String>,
    },
    /// There is no such run.
    #[error("there is no run {0}")]
    NoRun(Uuid),
    /// The run has not ended.
    #[error("the run {0} has not ended; ask again when it has")]
    NotEnded(Uuid),
    /// The message that the run was about was deleted.
    #[error("the message {message} of the run {run} is not there any more")]
    NoMessage {
        /// The run.
        run: Uuid,
        /// The message.
        message: Uuid,
    },
    /// The storage does not work.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn near(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default()
}

/// What an agent has to do with evaluations between turns.
#[derive(Debug, Default)]
pub(super) struct Evaluations {
    /// Held while evaluations are added to a stored run: two that are added at once must both stay.
    storing: tokio::sync::Mutex<()>,
    /// The turns that wait for an evaluator with a batch form, by its name. It is in here while it works.
    waiting: Mutex<BTreeMap<&'static str, VecDeque<Waiting>>>,
}

impl Evaluations {
    fn waiting(&self) -> MutexGuard<'_, BTreeMap<&'static str, VecDeque<Waiting>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn that waits for an evaluator.
#[derive(Debug)]
struct Waiting {
    agent: Agent,
    turn: Arc<TurnContext>,
    evaluator: RegisteredEvaluator,
    told: oneshot::Sender<Verdict>,
    /// The trace of the turn.
    trace: Option<TraceParent>,
}

impl Agent {
    /// How often evaluators may be tried that look back at a turn which ends so; 0 where none does.
    pub(crate) fn looks_back(&self, turn: &TurnContext, status: RunStatus) -> u32 {
        let looks_back = turn.parts.evaluators.iter().any(|evaluator| !evaluator.def.gate);
        if status == RunStatus::Completed && looks_back { self.character().limits.attempts } else { 0 }
    }

    /// Runs the evaluators after a turn, in the background: the user does not wait for them. The end of the agent does.
    /// If the process ends before that, the next start runs them.
    pub(crate) fn look_back(&self, turn: &Arc<TurnContext>, status: RunStatus) {
        let evaluates = self.looks_back(turn, status) > 0;
        let by_gates = turn.record().evaluations.len();
        if status == RunStatus::Running || (by_gates == 0 && !evaluates) {
            return;
        }
        let (agent, turn) = (self.clone(), Arc::clone(turn));
        // Made here: it belongs to the turn's trace, though the turn is over when it begins.
        let span = span::look_back(self, &turn);
        self.spawn(async move {
            if evaluates {
                evaluate(&agent, &turn).instrument(span).await;
            }
            let evaluations = turn.record().evaluations;
            // What the gates thought is stored with the run; their scores are not.
            let (stored, new) = evaluations.split_at(by_gates.min(evaluations.len()));
            if let Err(error) = agent.store_evaluations(&turn, stored, new, true).await {
                tracing::error!(run = %turn.run, "the evaluations could not be stored: {error}");
            }
        });
    }

    /// At a start: lets evaluators look back, in the background, at the turns of an earlier process that they did not
    /// look back at. Those whose look brings the process down are left after some tries.
    pub(super) async fn look_back_again(&self) -> Result<(), StoreError> {
        let left = self.store().to_look_back(MOST_AT_A_START).await?;
        if left.is_empty() {
            return Ok(());
        }
        tracing::info!(turns = left.len(), "evaluators look back at what an earlier process left");
        let agent = self.live();
        self.spawn(async move {
            for run in left {
                let id = run.id;
                if let Err(error) = agent.pin().look_back_at(run).await {
                    tracing::error!(run = %id, "evaluators could not look back at the turn: {error}");
                }
            }
        });
        Ok(())
    }

    async fn look_back_at(&self, run: StoredRun) -> Result<(), EvaluateError> {
        let mut record = record_of(&run)?;
        record.look_back -= 1;
        let record = serde_json::to_value(&record).unwrap_or_default();
        // Counted before they are tried.
        self.store().put_run(&StoredRun { record, ..run.clone() }, &[]).await?;
        let turn = match self.ended_turn(run.id).await {
            Ok(turn) => Arc::new(turn),
            Err(EvaluateError::NoMessage { .. }) => return Ok(self.looked_back(run.id).await?),
            Err(error) => return Err(error),
        };
        compose(self, &turn, &Selection::Default).await;
        let before = turn.record().evaluations.len();
        evaluate(self, &turn).await;
        let evaluations = turn.record().evaluations;
        let (stored, new) = evaluations.split_at(before.min(evaluations.len()));
        Ok(self.store_evaluations(&turn, stored, new, true).await?)
    }

    /// Nobody has to look back at a run any more.
    async fn looked_back(&self, run: Uuid) -> Result<(), StoreError> {
        let Some(run) = self.store().run(run).await? else { return Ok(()) };
        let record = RunRecord { look_back: 0, ..record_of(&run)? };
        let record = serde_json::to_value(&record).unwrap_or_default();
        self.store().put_run(&StoredRun { record, ..run }, &[]).await
    }

    /// Runs evaluators about a run that ended, by name or simile, whatever their `validate` and `always_run` say; one
    /// record a name, in their order. They see message, replies and history as they were; what the providers tell is
    /// asked for anew. A gate sees the last reply, and changes nothing any more. What they think is added to the
    /// record of the run, and to the scores.
    ///
    /// # Errors
    /// [`EvaluateError`]; then no evaluator ran. That one failed stands in its record.
    pub async fn evaluate(&self, run: Uuid, names: &[&str]) -> Result<Vec<EvaluationRecord>, EvaluateError> {
        let agent = self.steady();
        let evaluators =
            names.iter().map(|name| agent.evaluator(name)).collect::<Result<Vec<_>, EvaluateError>>()?;
        let turn = Arc::new(agent.ended_turn(run).await?);
        compose(&agent, &turn, &Selection::Default).await;
        let mut records = Vec::new();
        for evaluator in &evaluators {
            records.push(evaluate_now(&agent, &turn, evaluator).await);
        }
        let says = |record: &&EvaluationRecord| record.evaluation.is_some() || record.error.is_some();
        let new: Vec<EvaluationRecord> = records.iter().filter(says).cloned().collect();
        agent.store_evaluations(&turn, &[], &new, false).await?;
        Ok(records)
    }

    fn evaluator(&self, name: &str) -> Result<RegisteredEvaluator, EvaluateError> {
        let parts = self.parts();
        let candidates = parts.evaluators.iter().map(|evaluator| (evaluator.def.name, evaluator.def.similes));
        let matched = match_name(name, candidates);
        let found = matched.index().and_then(|index| parts.evaluators.get(index)).copied();
        found.ok_or_else(|| {
            let nearest = if let NameMatch::None { nearest } = matched { nearest } else { None };
            EvaluateError::NoEvaluator { name: name.to_owned(), nearest }
        })
    }

    /// A run that ended, as a turn.
    async fn ended_turn(&self, run: Uuid) -> Result<TurnContext, EvaluateError> {
        let store = self.store();
        let stored = store.run(run).await?.ok_or(EvaluateError::NoRun(run))?;
        if !stored.is_finished() {
            return Err(EvaluateError::NotEnded(run));
        }
        let record = record_of(&stored)?;
        let message = store.memories_by_id(&[stored.message]).await?.pop();
        let message = message.ok_or(EvaluateError::NoMessage { run, message: stored.message })?;
        let mut replies = store.memories_by_id(&record.replies).await?;
        replies.sort_by_key(|reply| reply.sequence);
        let snapshot = self.room_before(&message).await?;
        let cancelled = self.0.stopping.child_token();
        Ok(TurnContext::ended(message, record, replies, snapshot, self.parts(), cancelled))
    }

    /// The room as it was when a message had come.
    async fn room_before(&self, message: &Memory) -> Result<RoomSnapshot, StoreError> {
        let (store, limits) = (self.store(), self.character().limits.clone());
        let before = |kind, limit: u32| MemoryQuery {
            kind: Some(kind),
            room: Some(message.room),
            before: Some(message.sequence.saturating_add(1)),
            limit: limit as usize,
            ..MemoryQuery::default()
        };
        let mut history = store.memories(&before(MemoryKind::Message, limits.history)).await?;
        history.extend(store.memories(&before(MemoryKind::ActionResult, limits.working_memory)).await?);
        history.sort_by_key(|memory| memory.sequence);
        Ok(RoomSnapshot { history, ..store.snapshot(message.room, Window::default()).await? })
    }

    /// Adds new evaluations to the stored record of a run, and the scores of all to the scores. `stored` are in the
    /// record already. `is_look_back`: evaluators have looked back at the run with this, and do so once; the scores, whose
    /// ids are then always the same, are added first.
    async fn store_evaluations(
        &self,
        turn: &TurnContext,
        stored: &[EvaluationRecord],
        new: &[EvaluationRecord],
        is_look_back: bool,
    ) -> Result<(), StoreError> {
        let store = self.store();
        let scores: Vec<Score> =
            stored.iter().chain(new).filter_map(|record| self.score(turn, record, is_look_back)).collect();
        if !scores.is_empty() {
            store.add_scores(&scores).await?;
        }
        if new.is_empty() && turn.record().look_back == 0 {
            return Ok(());
        }
        let _one_at_a_time = self.0.evaluations.storing.lock().await;
        match store.run(turn.run).await?.filter(StoredRun::is_finished) {
            Some(run) => {
                let mut record = record_of(&run)?;
                record.evaluations.extend_from_slice(new);
                if is_look_back {
                    record.look_back = 0;
                }
                let record = serde_json::to_value(&record).unwrap_or_default();
                store.put_run(&StoredRun { record, ..run }, &[]).await
            }
            // The end of the turn could not be stored; perhaps it can be now.
            None => self.store_run(turn, &[]).await,
        }
    }

    fn score(&self, turn: &TurnContext, record: &EvaluationRecord, is_look_back: bool) -> Option<Score> {
        let evaluation = record.evaluation.as_ref()?;
        let always = || stable_id_for(turn.run, &format!("score {}", record.evaluator));
        Some(Score {
            id: if is_look_back { always() } else { Uuid::now_v7() },
            evaluator: record.evaluator.clone(),
            run: turn.run,
            room: turn.message.room,
            at: self.clock().now(),
            score: evaluation.score,
            passed: evaluation.passed,
            metadata: evaluation.metadata.clone(),
        })
    }

    /// A verdict, if it comes before the agent's end has no more patience.
    pub(crate) async fn unless_stopped(&self, verdict: impl Future<Output = Verdict>) -> Verdict {
        let late = || Err("the agent stopped before it was done".to_owned());
        self.0.stopping.run_until_cancelled(verdict).await.unwrap_or_else(late)
    }

    /// What an evaluator with a batch form thinks of a turn: alone, or together with others that wait for it.
    pub(crate) async fn judge_with_others(
        &self,
        turn: &Arc<TurnContext>,
        evaluator: &RegisteredEvaluator,
    ) -> Verdict {
        let (told, verdict) = oneshot::channel();
        let (agent, turn, evaluator) = (self.clone(), Arc::clone(turn), *evaluator);
        let trace = telemetry::traceparent();
        let waiting = Waiting { agent, turn, evaluator, told, trace };
        {
            let mut all = self.0.evaluations.waiting();
            match all.get_mut(evaluator.def.name) {
                Some(queue) => queue.push_back(waiting),
                None => {
                    all.insert(evaluator.def.name, VecDeque::from([waiting]));
                    let agent = self.live();
                    self.spawn(async move { agent.judge_waiting(evaluator.def.name).await });
                }
            }
        }
        verdict.await.unwrap_or_else(|_| Err("the evaluation was given up".to_owned()))
    }

    /// Judges what waits for an evaluator, batch after batch, until nothing does.
    async fn judge_waiting(&self, name: &'static str) {
        while let Some((first, others)) = self.next_batch(name) {
            let (agent, evaluator) = (first.agent.clone(), first.evaluator);
            // Those who wait belong to several traces; the work is done in the first one's.
            let span = span::judge(&agent, 1 + others.len(), first.trace);
            let waiting: Vec<Waiting> = std::iter::once(first).chain(others).collect();
            let turns: Vec<Arc<TurnContext>> = waiting.iter().map(|one| Arc::clone(&one.turn)).collect();
            let judged = async {
                match turns.as_slice() {
                    [alone] => vec![judge(&agent, alone, &evaluator, Input::None).await],
                    several => judge_batch(&agent, several, &evaluator).await,
                }
            };
            let Some(verdicts) = self.0.stopping.run_until_cancelled(judged.instrument(span)).await else {
                tracing::warn!(
                    evaluator = name,
                    "the agent stopped before {} turns were judged",
                    turns.len()
                );
                // Who waits is told by the end of the channel.
                self.0.evaluations.waiting().remove(name);
                return;
            };
            for (one, verdict) in waiting.into_iter().zip(verdicts) {
                // The turn's own task may have ended with the program.
                drop(one.told.send(verdict));
            }
        }
    }

    /// The next turn that waits, and others that may be judged with it: those that ended on the same plugins.
    fn next_batch(&self, name: &'static str) -> Option<(Waiting, Vec<Waiting>)> {
        let mut all = self.0.evaluations.waiting();
        let queue = all.get_mut(name)?;
        let Some(first) = queue.pop_front() else {
            all.remove(name);
            return None;
        };
        let mut others = Vec::new();
        let same = |next: &Waiting| Arc::ptr_eq(&next.turn.parts, &first.turn.parts);
        while others.len() + 1 < MOST_IN_A_BATCH && queue.front().is_some_and(same) {
            others.extend(queue.pop_front());
        }
        Some((first, others))
    }
}

fn record_of(run: &StoredRun) -> Result<RunRecord, StoreError> {
    serde_json::from_value(run.record.clone()).map_err(|error| StoreError::Damaged {
        what: format!("the record of the run {}", run.id),
        why: error.to_string(),
    })
}
