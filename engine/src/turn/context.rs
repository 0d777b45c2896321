//! What the stages of one turn and the handlers they call share.

use super::{RunRecord, StepRecord, log::Teller};
use crate::{
    action::ActionResult,
    agent::Parts,
    budget::TurnSpending,
    citation::Citation,
    evaluator::FinishedTurn,
    memory::{Entity, Memory},
    store::RoomSnapshot,
    telemetry::TraceParent,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What a turn tells while it runs.
#[derive(Clone, Debug)]
pub enum TurnEvent {
    /// It began.
    Started {
        /// The run.
        run: Uuid,
    },
    /// The next piece of a reply that is being made. The whole follows as [`Reply`](Self::Reply).
    Text(String),
    /// What was streamed so far is not what will be said; forget it.
    Retracted,
    /// An action begins.
    ActionStarted {
        /// The action.
        action: String,
        /// The arguments.
        arguments: Map<String, Value>,
    },
    /// An action ended.
    ActionCompleted {
        /// The action.
        action: String,
        /// What it gave.
        result: Box<ActionResult>,
        /// How long it took, in microseconds.
        micros: u64,
    },
    /// The agent said something; it is stored.
    Reply(Arc<Memory>),
    /// It ended.
    Ended(Arc<RunRecord>),
}

/// How a step of a plan stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// Not begun.
    #[default]
    Pending,
    /// Begun.
    Running,
    /// Done.
    Completed,
    /// Failed.
    Failed,
    /// Not begun, because a critical step failed or the turn ended.
    Skipped,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedStep {
    /// Identifies the call within the turn.
    pub call: String,
    /// The action.
    pub action: String,
    /// The arguments.
    pub arguments: Map<String, Value>,
    /// How it stands.
    pub status: StepStatus,
}

/// A step that ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FinishedStep {
    /// The action.
    pub action: String,
    /// What it gave.
    pub result: ActionResult,
}

/// An entry of the working memory: newest last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WorkingMemoryEntry {
    /// The action.
    pub action: String,
    /// What it gave.
    pub result: ActionResult,
    /// When it ended.
    pub at: jiff::Timestamp,
}

/// What the providers and actions of a turn have told so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Composed {
    /// The providers' texts, by position.
    pub text: String,
    /// The values of providers and actions; later ones win.
    pub values: Map<String, Value>,
    /// The data of each provider, by its name.
    pub data: Map<String, Value>,
    /// Where what providers told comes from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    /// The newest results of this room's actions.
    pub working_memory: Vec<WorkingMemoryEntry>,
}

/// What the stages of one turn and the handlers they call share. Handlers get at it through their parameters.
#[derive(Debug)]
pub struct TurnContext {
    /// The run.
    pub run: Uuid,
    /// The message it is about.
    pub message: Arc<Memory>,
    /// Who sent it.
    pub sender: Arc<Entity>,
    /// Room, world, participants and history as they were at the start.
    pub snapshot: Arc<RoomSnapshot>,
    /// The plugins' parts as they were at the start; a change of plugins does not touch a running turn.
    pub parts: Arc<Parts>,
    /// Ends the turn.
    pub cancelled: CancellationToken,
    /// What its model calls used and cost.
    pub(crate) spending: TurnSpending,
    /// When it is cut off; not known before it runs.
    pub(crate) deadline: OnceLock<tokio::time::Instant>,
    /// When it began, and how long it ran before it waited; not known before it runs.
    began: OnceLock<(Instant, u64)>,
    /// The trace to which it belongs, where somebody else began it.
    pub(crate) trace: Option<TraceParent>,
    pub(super) events: Teller,
    state: Mutex<TurnState>,
}

/// What changes while a turn runs.
#[derive(Debug, Default)]
pub(super) struct TurnState {
    pub(super) composed: Arc<Composed>,
    pub(super) contexts: super::compose::Contexts,
    pub(super) composed_by: BTreeSet<&'static str>,
    pub(super) plan: Vec<PlannedStep>,
    pub(super) finished: Vec<FinishedStep>,
    pub(super) replies: Vec<Arc<Memory>>,
    /// In which form the model was asked that was asked last.
    form: crate::text::answer::Form,
    /// What was streamed and is not yet said.
    pub(super) streamed: String,
    /// What is not durable yet, and what an earlier process left.
    pub(super) journal: super::journal::Journal,
    /// The step that said something last, from 1, and how often it has.
    said_by: (usize, u32),
    /// It has acted or spoken, so a newer message does not replace it any more.
    pub(super) firm: bool,
    /// A newer message replaced it.
    pub(super) superseded: bool,
    pub(super) record: RunRecord,
}

impl TurnContext {
    pub(crate) fn new(
        message: Arc<Memory>,
        run: Uuid,
        snapshot: RoomSnapshot,
        parts: Arc<Parts>,
        cancelled: CancellationToken,
        events: Teller,
    ) -> Self {
        let sender = snapshot.participants.iter().find(|entity| entity.id == message.entity).cloned();
        let sender = sender.unwrap_or_else(|| Entity {
            id: message.entity,
            agent: message.agent,
            names: Vec::new(),
            metadata: Map::new(),
        });
        let record = RunRecord { run, room: message.room, message: message.id, ..RunRecord::default() };
        Self {
            run,
            message,
            sender: Arc::new(sender),
            snapshot: Arc::new(snapshot),
            parts,
            cancelled,
            spending: TurnSpending::default(),
            deadline: OnceLock::new(),
            began: OnceLock::new(),
            trace: None,
            events,
            state: Mutex::new(TurnState { record, ..TurnState::default() }),
        }
    }

    /// A turn that ended, from its record and what was said in it, for those who look back at it later.
    pub(crate) fn ended(
        message: Memory,
        record: RunRecord,
        replies: Vec<Memory>,
        snapshot: RoomSnapshot,
        parts: Arc<Parts>,
        cancelled: CancellationToken,
    ) -> Self {
        // Nobody follows any more.
        let events = Teller::nobody();
        let turn = Self::new(Arc::new(message), record.run, snapshot, parts, cancelled, events);
        {
            let mut state = turn.state();
            state.replies = replies.into_iter().map(Arc::new).collect();
            let finished = |step: &StepRecord| {
                let result = step.result.clone()?;
                Some(FinishedStep { action: step.action.clone(), result })
            };
            state.finished = record.steps.iter().filter_map(finished).collect();
            state.record = record;
        }
        turn
    }

    /// The turn as the batch form of an evaluator sees it.
    pub(crate) fn as_finished(&self) -> FinishedTurn {
        FinishedTurn {
            run: self.run,
            message: Arc::clone(&self.message),
            sender: Arc::clone(&self.sender),
            replies: self.replies(),
            snapshot: Arc::clone(&self.snapshot),
            composed: self.composed(),
        }
    }

    /// Takes up a turn that waited for a person or was left by an earlier process, from its record and what the agent had
    /// said in it.
    pub(super) fn restore(&self, record: RunRecord, replies: Vec<Arc<Memory>>) {
        let mut state = self.state();
        let suspended = record.suspended.clone().unwrap_or_default();
        let before = suspended.lines.iter().flat_map(|line| &line.calls);
        let mut calls = before.chain(&suspended.calls).map(|call| call.id.clone());
        state.plan =
            record.steps.iter().map(|step| planned(step, calls.next().unwrap_or_default())).collect();
        // Results of actions that there were; the others never counted as finished.
        let ran = record.steps.iter().filter_map(|step| Some((&step.action, step.result.as_ref()?)));
        let ran = ran.filter(|(_, result)| result.metadata.contains_key("action"));
        state.finished = ran
            .map(|(action, result)| FinishedStep { action: action.clone(), result: result.clone() })
            .collect();
        state.replies = replies;
        state.firm = true;
        state.journal = super::journal::taken_up(&record);
        self.spending.restore(&record);
        state.record = record;
    }

    /// From now on a newer message does not replace this turn: it acts or speaks.
    pub(super) fn be_firm(&self) {
        self.state().firm = true;
    }

    /// Ends the turn because a newer message replaces it, if it has neither acted nor spoken; whether it did.
    pub(crate) fn supersede(&self) -> bool {
        let mut state = self.state();
        if state.firm {
            return false;
        }
        state.superseded = true;
        self.cancelled.cancel();
        true
    }

    /// The changing part; held for moments only, never across an await.
    pub(super) fn state(&self) -> MutexGuard<'_, TurnState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What providers and actions have told so far.
    #[must_use]
    pub fn composed(&self) -> Arc<Composed> {
        Arc::clone(&self.state().composed)
    }

    /// What one provider told in this turn, if it ran and could be had.
    pub(crate) fn told_by(&self, provider: &str) -> Option<crate::provider::Context> {
        let state = self.state();
        state.contexts.iter().find(|(name, ..)| *name == provider).map(|(.., context)| context.clone())
    }

    /// The number of the step that runs, from 1.
    pub(crate) fn running_step(&self) -> Option<usize> {
        let running = |step: &PlannedStep| step.status == StepStatus::Running;
        self.state().plan.iter().position(running).map(|index| index + 1)
    }

    /// The id of what the running step says next: the same when the step is repeated.
    pub(super) fn next_saying(&self) -> Option<uuid::Uuid> {
        let step = self.running_step()?;
        let mut state = self.state();
        let (last, count) = state.said_by;
        let count = if last == step { count + 1 } else { 1 };
        state.said_by = (step, count);
        Some(crate::text::id::stable_id_for(super::key_of(self.run, step), &format!("reply {count}")))
    }

    /// The plan as it stands.
    #[must_use]
    pub fn plan(&self) -> Vec<PlannedStep> {
        self.state().plan.clone()
    }

    /// The steps that ended, oldest first.
    #[must_use]
    pub fn finished(&self) -> Vec<FinishedStep> {
        self.state().finished.clone()
    }

    /// What the agent said in this turn.
    #[must_use]
    pub fn replies(&self) -> Vec<Arc<Memory>> {
        self.state().replies.clone()
    }

    /// The record so far.
    #[must_use]
    pub fn record(&self) -> RunRecord {
        self.state().record.clone()
    }

    /// It runs from now on; what is told to have begun later has its time from here.
    pub(super) fn begin(&self) {
        let before = self.state().record.until();
        // It begins once.
        let _ = self.began.set((Instant::now(), before));
    }

    /// How long after its beginning something began, in microseconds, without the time of waiting for a person. What comes
    /// after the end of a turn that ran in another process comes right behind it.
    pub(crate) fn start_of(&self, begun: Instant) -> u64 {
        match self.began.get() {
            Some((began, before)) => {
                before + crate::telemetry::micros(begun.saturating_duration_since(*began))
            }
            None => self.state().record.until(),
        }
    }

    /// Changes the record.
    pub(crate) fn note(&self, change: impl FnOnce(&mut RunRecord)) {
        change(&mut self.state().record);
    }

    /// The form in which the model that is asked next has to answer.
    pub(crate) fn note_form(&self, form: crate::text::answer::Form) {
        self.state().form = form;
    }

    /// The form in which the model was asked that was asked last.
    pub(super) fn form(&self) -> crate::text::answer::Form {
        self.state().form
    }

    /// Tells the next piece of a reply that is being made.
    pub(super) fn tell_text(&self, text: String) {
        self.state().streamed.push_str(&text);
        self.tell(TurnEvent::Text(text));
    }

    /// Before something is said, or nothing: takes back what was streamed if it is something else.
    pub(super) fn settle_stream(&self, said: &str) {
        let streamed = std::mem::take(&mut self.state().streamed);
        if !streamed.trim().is_empty() && !said.trim().starts_with(streamed.trim()) {
            self.tell(TurnEvent::Retracted);
        }
    }

    /// Tells whoever follows the turn; nobody may.
    pub(super) fn tell(&self, event: TurnEvent) {
        self.events.send(event);
    }
}

fn planned(step: &StepRecord, call: String) -> PlannedStep {
    PlannedStep { call, action: step.action.clone(), arguments: step.arguments.clone(), status: step.status }
}
