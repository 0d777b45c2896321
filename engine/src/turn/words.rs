//! What the agent says where nothing else can be said: plain words, or the character's own.

use super::{TurnContext, prompt};
use crate::agent::Agent;

/// Where no model gave anything that could be used.
pub(super) const NO_ANSWER: &str = "I have no answer to that: the model gave none.";

/// A sentence that says what went wrong. The character's template `failure` goes before it; there `{{problem}}` is the
/// sentence.
pub(super) fn failure(agent: &Agent, turn: &TurnContext, problem: &str) -> String {
    let own = prompt::own_template(agent, turn, "failure", &[("problem", problem)]);
    own.map(|own| own.trim().to_owned()).filter(|own| !own.is_empty()).unwrap_or_else(|| problem.to_owned())
}
