//! Several finished turns, as a parameter of the batch form of an evaluator.

use super::{ExtractError, Input, kind, kind::extract_for};
use crate::evaluator::FinishedTurn;
use std::{ops::Deref, sync::Arc};

/// The turns that the batch form of an evaluator judges: at least two, at most 32, in the order in which they ended.
#[derive(Clone, Debug)]
pub struct Turns(pub Arc<[FinishedTurn]>);

impl Deref for Turns {
    type Target = [FinishedTurn];

    fn deref(&self) -> &[FinishedTurn] {
        &self.0
    }
}

extract_for!(for Turns in [kind::Batch], |invocation| match &invocation.input {
    Input::Turns(turns) => Ok(Self(Arc::clone(turns))),
    _ => Err(ExtractError::OutsideTurn("Turns")),
});
