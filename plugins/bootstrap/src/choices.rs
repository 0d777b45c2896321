//! Choices that the people of a room are asked to make.

use galatea::{
    event::EventType,
    prelude::*,
    store::StoreError,
    text::name::{NameMatch, match_name},
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ChoiceOption {
    /// Its name, by which it is chosen; unique within the choice but for case.
    pub name: String,
    /// What choosing it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl ChoiceOption {
    /// An option that is described by its name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), description: None }
    }

    /// The same with a description.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// A question with options that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Choice {
    /// Identifies it; who opened it finds its answer by it in [`ChoiceMade`].
    pub id: Uuid,
    /// What is asked.
    pub question: String,
    /// What can be chosen.
    pub options: Vec<ChoiceOption>,
}

impl Choice {
    /// A choice with an id of its own.
    #[must_use]
    pub fn new(question: impl Into<String>, options: impl IntoIterator<Item = ChoiceOption>) -> Self {
        Self { id: Uuid::now_v7(), question: question.into(), options: options.into_iter().collect() }
    }

    /// The option of this name or number, counted from 1; else the name that is nearly the same, if there is one.
    pub(crate) fn option(&self, wanted: &str) -> Result<&ChoiceOption, Option<String>> {
        const NO_SIMILES: &[&str] = &[];
        let wanted = wanted.trim();
        let names = self.options.iter().map(|option| (option.name.as_str(), NO_SIMILES));
        let nearest = match match_name(wanted, names) {
            NameMatch::None { nearest } => nearest,
            found => {
                return found.index().and_then(|index| self.options.get(index)).ok_or(None);
            }
        };
        let number = wanted.trim_start_matches("option ").parse::<usize>().ok();
        number.and_then(|number| self.options.get(number.checked_sub(1)?)).ok_or(nearest)
    }
}

/// Somebody chose.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ChoiceMade {
    /// The room.
    pub room: Uuid,
    /// The choice that was open.
    pub choice: Choice,
    /// The name of the option that was chosen.
    pub option: String,
    /// Who chose.
    pub entity: Uuid,
}

impl EventType for ChoiceMade {
    const NAME: &'static str = "CHOICE_MADE";
}

/// The choices that wait, at most one a room. They survive a restart.
#[derive(Clone, Debug)]
pub struct Choices {
    store: Arc<dyn Store>,
}

/// Keeps the choices that the people of a room are asked to make.
#[service]
impl Choices {
    async fn start(memories: Memories) -> Self {
        Self { store: memories.0 }
    }

    /// Asks a room to choose; a choice that waited there is replaced. The answer comes as the event [`ChoiceMade`].
    /// After `ttl`, if one is given, it is forgotten.
    ///
    /// # Errors
    /// If it cannot be stored; then nothing is asked.
    pub async fn open(&self, room: Uuid, choice: &Choice, ttl: Option<Duration>) -> Result<(), StoreError> {
        let value = serde_json::to_value(choice)
            .map_err(|error| StoreError::Failed(format!("the choice cannot be written as JSON: {error}")))?;
        self.store.set_cache(&key(room), &value, ttl).await
    }

    /// The choice that waits in a room.
    ///
    /// # Errors
    /// If the storage cannot be read, or holds there what is no choice.
    pub async fn pending(&self, room: Uuid) -> Result<Option<Choice>, StoreError> {
        let Some(value) = self.store.cache(&key(room)).await? else {
            return Ok(None);
        };
        let damaged =
            |error: serde_json::Error| StoreError::Damaged { what: key(room), why: error.to_string() };
        serde_json::from_value(value).map(Some).map_err(damaged)
    }

    /// Forgets the choice of a room; that there is none is no error.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn close(&self, room: Uuid) -> Result<(), StoreError> {
        self.store.delete_cache(&key(room)).await
    }
}

fn key(room: Uuid) -> String {
    format!("choice:{room}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_chosen_by_name_or_number() {
        let options = ["Post it", "Throw away", "2024"].map(ChoiceOption::new);
        let choice = Choice::new("What now?", options);
        let rows: [(&str, Result<&str, Option<&str>>); 9] = [
            ("Post it", Ok("Post it")),
            ("post_it", Ok("Post it")),
            ("2", Ok("Throw away")),
            ("option 1", Ok("Post it")),
            ("2024", Ok("2024")),
            ("0", Err(None)),
            ("4", Err(None)),
            ("post", Err(None)),
            ("trow away", Err(Some("Throw away"))),
        ];
        for (wanted, expected) in rows {
            let found = choice.option(wanted).map(|option| option.name.as_str());
            assert_eq!(found, expected.map_err(|near| near.map(str::to_owned)), "{wanted}");
        }
    }
}
