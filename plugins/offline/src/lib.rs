//! A text model for Galatea agents that needs no key, no download and no network.
//!
//! It picks actions by their names, similes, examples and arguments, answers from the character's examples, its
//! knowledge, its bio and the conversation itself, and otherwise converses in the manner of the program ELIZA
//! of 1966. It is no language model and says so when asked. The same request and seed give the same answer,
//! byte for byte, in about a millisecond.
//!
//! ```toml
//! [plugins.offline]
//! seed = 7
//! ```
//!
//! Its priority is -100: any other plugin that serves the same kind of model is chosen before it.

mod acknowledge;
mod align;
mod arguments;
mod best_effort;
mod bm25;
mod brain;
mod character;
mod choice;
mod eliza;
mod eliza_script;
mod examples;
mod followup;
mod heard;
mod identity;
mod knowledge;
mod language;
mod limits;
mod manners;
mod mirror;
mod mood;
mod numbers;
mod persona;
mod phrases;
mod places;
mod questions;
mod recall;
mod reflect;
mod schema;
mod selfhood;
mod should_respond;
mod slots;
mod social;
mod spelling;
mod statements;
mod synonyms;
mod template;
mod tools;
mod words;

#[cfg(test)]
mod tests;

pub use brain::{Brain, MODEL};
pub use persona::Persona;

use galatea::prelude::*;

/// Settings of the offline model.
#[config]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Which of several fitting wordings comes first; a request's own seed goes before it. Default 0.
    #[serde(default)]
    pub seed: u64,
}

/// A text model of rules and retrieval: no key, no download, no network.
#[plugin("offline", config = Settings, priority = -100)]
pub struct Offline;

/// Answers by rules and retrieval; honest about being no language model.
#[model(TextSmall, TextLarge, tools)]
async fn converse(
    request: Request,
    agent: Agent,
    config: Config<Offline>,
    chunks: Chunks,
) -> Result<ModelAnswer, ModelError> {
    let answer = Brain::new(character::persona(&agent.character()), config.seed).answer(&request);
    if chunks.is_open() {
        for group in word_groups(&answer.text) {
            chunks.send(group).await;
        }
    }
    Ok(answer)
}

/// The text in groups of four words; together they are the text.
fn word_groups(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    words.chunks(4).map(<[&str]>::concat).collect()
}

/// One of several wordings, in rotation.
pub(crate) fn pick<'t>(texts: &[&'t str], turn: u64) -> &'t str {
    let count = u64::try_from(texts.len()).unwrap_or(1).max(1);
    usize::try_from(turn % count).ok().and_then(|at| texts.get(at)).copied().unwrap_or_default()
}
