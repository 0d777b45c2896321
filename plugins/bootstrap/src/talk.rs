//! The conversation as a model reads it, and the character's own templates for it.

use galatea::{
    memory::Entity,
    model::{Line, Speaker},
    prelude::*,
    text::template::Template,
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The conversation up to the message of the turn, oldest first.
pub(crate) fn lines(agent: &Agent, place: &Place, history: &[Memory], message: &Memory) -> Vec<Line> {
    said(history, message).map(|memory| line(agent, place, memory)).collect()
}

/// What was said up to the message of the turn, and that message, oldest first; without what has no text.
pub(crate) fn said<'a>(history: &'a [Memory], message: &'a Memory) -> impl Iterator<Item = &'a Memory> {
    let up_to = message.sequence;
    history
        .iter()
        .filter(|memory| memory.kind == MemoryKind::Message && memory.id != message.id)
        // A message that came in after this one has a turn of its own.
        .filter(move |memory| up_to == 0 || memory.sequence < up_to)
        .filter(|memory| !memory.content.text.is_empty())
        .chain([message])
}

fn line(agent: &Agent, place: &Place, memory: &Memory) -> Line {
    let speaker = if memory.entity == agent.id() { Speaker::Assistant } else { Speaker::User };
    Line::new(speaker, name_of(memory.entity, place.participants()), &memory.content.text)
}

/// The name of somebody who takes part.
pub(crate) fn name_of(id: Uuid, people: &[Entity]) -> &str {
    people.iter().find(|person| person.id == id).map_or("somebody", Entity::name)
}

/// The character's own template of this name, rendered; `None` if it has none, or one that cannot be used.
pub(crate) fn own_template(agent: &Agent, name: &str, values: Map<String, Value>) -> Option<String> {
    let character = agent.character();
    let source = character.templates.get(name)?;
    match Template::compile(source).and_then(|template| template.render(&Value::Object(values))) {
        Ok(prompt) => Some(prompt),
        Err(error) => {
            tracing::error!(template = name, "the character's template cannot be used: {error}");
            None
        }
    }
}
