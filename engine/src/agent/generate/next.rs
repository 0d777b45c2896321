//! What follows a failure: the same model again, the next one, or the end.

use super::{chain::Chain, shorter::shorter};
use crate::{
    agent::Agent,
    budget::Unit,
    model::{ModelError, ModelKind, ModelRequest},
};
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// A model that asks for a pause is waited for so long, if another one could answer instead.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same if there is no other, outside of turns; a turn waits as long as it lasts.
const LONG_PATIENCE: Duration = Duration::from_secs(60);
/// How long in all a model is waited for that is left alone, if there is no other.
const REST_PATIENCE: Duration = Duration::from_secs(10);
/// What must be left of a turn after a pause, for the answer.
const FOR_ANSWER: Duration = Duration::from_secs(1);
/// How often a model that asks for a pause is waited for.
const WAITS: u32 = 2;

/// What is done next.
#[derive(Debug)]
pub(super) enum Next {
    /// The same model is asked once more after a pause.
    After(Duration),
    /// The same model is asked for the same in fewer words.
    Shorter(Arc<ModelRequest>),
    /// The next model is asked.
    Model,
    /// Nobody is.
    Stop,
}

/// What was tried with one model.
#[derive(Debug)]
pub(super) struct Tries {
    pauses: ExponentialBackoff,
    waits: u32,
    /// How long it was waited for while it was left alone.
    rested: Duration,
    shortened: bool,
    mended: bool,
}

impl Tries {
    pub(super) fn new(agent: &Agent, kind: &ModelKind) -> Self {
        // Vectors have a queue with pauses of its own.
        let is_queued = *kind == ModelKind::TextEmbedding;
        let retries = if is_queued { 0 } else { agent.character().limits.model_retries };
        let pauses = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(250))
            .with_max_delay(Duration::from_secs(4))
            .with_max_times(retries as usize)
            .with_jitter()
            .build();
        let (waits, rested) = if is_queued { (WAITS, REST_PATIENCE) } else { (0, Duration::ZERO) };
        Self { pauses, waits, rested, shortened: false, mended: is_queued }
    }

    /// Whether the model may mend its answer; once.
    pub(super) fn may_mend(&mut self) -> bool {
        !std::mem::replace(&mut self.mended, true)
    }
}

impl Chain<'_> {
    pub(super) fn next(
        &self,
        error: &ModelError,
        tries: &mut Tries,
        request: &ModelRequest,
        others: bool,
    ) -> Next {
        match error {
            ModelError::Cancelled => Next::Stop,
            // What is free may answer where what costs may not.
            ModelError::OverBudget(over) if over.unit == Unit::Tokens => Next::Stop,
            // Vectors of another model do not compare; who asked tries each text by itself.
            ModelError::Rejected(_) if *self.kind == ModelKind::TextEmbedding => Next::Stop,
            ModelError::TooLong { limit, .. } if !std::mem::replace(&mut tries.shortened, true) => {
                shorter(request, *limit).map_or(Next::Model, |request| Next::Shorter(Arc::new(request)))
            }
            ModelError::RateLimited { retry_after: Some(wait) } => {
                let patience = if others { PATIENCE } else { LONG_PATIENCE };
                self.wait(*wait, patience, tries)
            }
            ModelError::Resting { left, .. } if !others => self.rest(*left, tries),
            ModelError::RateLimited { retry_after: None } if !others => self.pause(tries),
            ModelError::Unavailable(_) => self.pause(tries),
            _ => Next::Model,
        }
    }

    /// Waits as long as the provider wishes, if that is not too long.
    fn wait(&self, wish: Duration, patience: Duration, tries: &mut Tries) -> Next {
        let patience = match self.left() {
            Some(left) if patience > PATIENCE => left.saturating_sub(FOR_ANSWER),
            Some(left) => patience.min(left / 4),
            None => patience,
        };
        if tries.waits >= WAITS || wish > patience {
            return Next::Model;
        }
        tries.waits += 1;
        Next::After(wish)
    }

    /// Waits for a model that is left alone, or for who probes it.
    fn rest(&self, rest: Duration, tries: &mut Tries) -> Next {
        let of_turn = self.left().map(|left| left.saturating_sub(FOR_ANSWER));
        if of_turn.is_some_and(|left| rest > left) || tries.rested + rest > REST_PATIENCE {
            return Next::Model;
        }
        tries.rested += rest;
        Next::After(rest)
    }

    fn pause(&self, tries: &mut Tries) -> Next {
        match tries.pauses.next() {
            Some(pause) if self.left().is_none_or(|left| pause < left / 4) => Next::After(pause),
            _ => Next::Model,
        }
    }

    /// How much time the turn has; `None` outside of turns.
    fn left(&self) -> Option<Duration> {
        let deadline = self.turn?.deadline.get()?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }
}
