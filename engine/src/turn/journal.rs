//! The journal of a turn: before an action begins it is durable that it does, and what it gave before anybody goes on.
//!
//! The plan of a pass is written together with the intent of its first step, the result of a step together with the
//! intent of the next one. An `idempotent` action needs no intent, since it may be repeated: its result is written
//! with whatever is written next. What another action gave is written before the next one begins.

use super::{RunRecord, StepStatus, TurnContext};
use crate::{
    action::ActionResult,
    agent::Agent,
    memory::Memory,
    store::{Effect, StoreError},
    text::id::stable_id_for,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a turn has to write down.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// The plan was made and is not stored.
    unplanned: bool,
    /// What steps gave and is not stored.
    pending: Vec<Effect>,
    /// What is pending must not be forgotten: it cannot be had again.
    owed: bool,
    /// The step, from 0, that runs and must not be repeated.
    open: Option<usize>,
    /// The steps, from 0, that an earlier process began and must have ended in: nobody knows how.
    unknown: BTreeSet<usize>,
}

impl Journal {
    /// A plan was made.
    pub(super) fn plan(&mut self) {
        self.unplanned = true;
    }

    /// A step ended, with whatever result.
    pub(super) fn ended(&mut self, index: usize, effect: Option<Effect>) {
        self.open = self.open.filter(|open| *open != index);
        self.unknown.remove(&index);
        self.pending.extend(effect);
    }

    /// Whether something runs of which nobody would know whether it took effect.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether an earlier process ended while the step ran.
    pub(super) fn is_unknown(&self, index: usize) -> bool {
        self.unknown.contains(&index)
    }
}

/// The idempotency key of a step, by its number from 1.
pub(crate) fn key_of(run: Uuid, step: usize) -> Uuid {
    stable_id_for(run, &format!("step {step}"))
}

/// Makes durable that a step is about to begin, with everything before it that is not. Of an idempotent one only
/// that it is planned.
pub(super) async fn begin(
    agent: &Agent,
    turn: &TurnContext,
    index: usize,
    idempotent: bool,
) -> Result<(), StoreError> {
    let (effects, with_plan) = {
        let mut state = turn.state();
        let intent = (!idempotent).then(|| effect(agent, turn.run, &state.record, index, None)).flatten();
        let journal = &mut state.journal;
        let with_plan = std::mem::take(&mut journal.unplanned);
        if idempotent && !with_plan && !journal.owed {
            return Ok(());
        }
        journal.owed = !idempotent;
        journal.open = (!idempotent).then_some(index);
        let mut effects = std::mem::take(&mut journal.pending);
        if with_plan {
            // The record has the results.
            effects.clear();
        }
        effects.extend(intent);
        (effects, with_plan)
    };
    if with_plan {
        agent.store_plan(turn, &effects, &[]).await
    } else {
        agent.store().put_effects(&effects, None).await
    }
}

/// Makes the plan durable together with what is said with it.
pub(super) async fn plan_aloud(agent: &Agent, turn: &TurnContext, said: &Memory) -> Result<(), StoreError> {
    {
        let journal = &mut turn.state().journal;
        journal.unplanned = false;
        journal.pending.clear();
    }
    agent.store_plan(turn, &[], std::slice::from_ref(said)).await
}

/// Makes durable what steps gave, if it could not be had again by repeating them.
pub(super) async fn settle(agent: &Agent, turn: &TurnContext) -> Result<(), StoreError> {
    let effects = {
        let journal = &mut turn.state().journal;
        if !std::mem::take(&mut journal.owed) {
            return Ok(());
        }
        std::mem::take(&mut journal.pending)
    };
    agent.store().put_effects(&effects, None).await
}

/// A step as it stands in the journal.
pub(super) fn effect(
    agent: &Agent,
    run: Uuid,
    record: &RunRecord,
    index: usize,
    result: Option<(&ActionResult, u64)>,
) -> Option<Effect> {
    let step = record.steps.get(index)?;
    Some(Effect {
        run,
        step: u32::try_from(index + 1).unwrap_or(u32::MAX),
        key: key_of(run, index + 1),
        action: step.action.clone(),
        arguments: step.arguments.clone(),
        at: agent.clock().now(),
        result: result.and_then(|(result, _)| serde_json::to_value(result).ok()),
        micros: result.map_or(0, |(_, micros)| micros),
    })
}

/// Puts what the journal knows into the record of a run that an earlier process began. Steps of which it knows only
/// that they began are left running.
pub(crate) fn read_into(record: &mut RunRecord, effects: Vec<Effect>) {
    for effect in effects {
        let index = (effect.step as usize).checked_sub(1);
        let before = record.until();
        let Some(step) = index.and_then(|index| record.steps.get_mut(index)) else { continue };
        if step.result.is_some() {
            // The record was stored after this.
            continue;
        }
        let result: Option<ActionResult> =
            effect.result.and_then(|result| serde_json::from_value(result).ok());
        step.status = match &result {
            None => StepStatus::Running,
            Some(result) if result.success => StepStatus::Completed,
            Some(_) => StepStatus::Failed,
        };
        if step.start == 0 {
            step.start = before;
        }
        step.micros = effect.micros;
        step.result = result;
    }
}

/// The journal of a turn that is taken up: the steps that run in its record are those that nobody knows of.
pub(super) fn taken_up(record: &RunRecord) -> Journal {
    let running =
        |(index, step): (usize, &super::StepRecord)| (step.status == StepStatus::Running).then_some(index);
    Journal { unknown: record.steps.iter().enumerate().filter_map(running).collect(), ..Journal::default() }
}

/// What a step gave before, if it ended.
pub(super) fn known(turn: &TurnContext, index: usize) -> Option<ActionResult> {
    let state = turn.state();
    let step = state.record.steps.get(index)?;
    let ended = matches!(step.status, StepStatus::Completed | StepStatus::Failed);
    if ended { step.result.clone() } else { None }
}
