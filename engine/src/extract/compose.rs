//! Running providers from within a handler.

use super::{ExtractError, kind, kind::extract_for};
use crate::{
    agent::Agent,
    turn::{Composed, Selection, TurnContext, compose, compose_apart},
};
use std::sync::Arc;

/// Runs providers by name in this turn, for an action or evaluator that needs what is not always told.
///
/// Names are as registered: `LOCAL_TIME`. A provider that ran in this turn already is not run again; one that is not
/// there, fails or is too slow is left out, and the record of the turn says so.
#[derive(Clone, Debug)]
pub struct Compose {
    agent: Agent,
    turn: Arc<TurnContext>,
}

impl Compose {
    /// Runs the default set and these, dynamic and private ones among them. From now on the turn's state, and what the
    /// model reads in this turn, has them.
    pub async fn with(&self, names: &[&str]) -> Arc<Composed> {
        compose(&self.agent, &self.turn, &Selection::With(owned(names))).await;
        self.turn.composed()
    }

    /// Runs these only, and gives only what they tell, by position. The turn's state stays as it is. Without a name
    /// that is the default set.
    pub async fn only(&self, names: &[&str]) -> Composed {
        compose_apart(&self.agent, &self.turn, &Selection::Only(owned(names))).await
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

extract_for!(for Compose in [kind::Action, kind::Evaluator], |invocation| {
    let turn = Arc::clone(invocation.turn("Compose")?);
    Ok::<_, ExtractError>(Self { agent: invocation.agent.clone(), turn })
});
