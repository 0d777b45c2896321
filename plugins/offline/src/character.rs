//! Makes the brain's persona from the engine's character.

use crate::persona::Persona;
use galatea::character::{Character, Knowledge};

/// What the brain knows of a character. Files of knowledge reach it through the context, where the knowledge
/// plugin puts them.
pub(crate) fn persona(character: &Character) -> Persona {
    let texts = character.knowledge.iter().filter_map(|known| match known {
        Knowledge::Text(text) => Some(text.clone()),
        Knowledge::File(_) | Knowledge::Folder(_) => None,
    });
    Persona {
        name: character.name.clone(),
        bio: character.bio.as_slice().to_vec(),
        topics: character.topics.clone(),
        adjectives: character.adjectives.clone(),
        style: character.style.all.iter().chain(&character.style.chat).cloned().collect(),
        message_examples: character
            .message_examples
            .iter()
            .map(|lines| lines.iter().map(|line| (line.name.clone(), line.text.clone())).collect())
            .collect(),
        knowledge: texts.collect(),
    }
}
