//! RELATIONSHIPS.

use super::{list, section};
use crate::{Bootstrap, reflection::interactions, talk::name_of};
use galatea::{
    memory::{Entity, Relationship},
    prelude::*,
    store::StoreError,
};
use serde_json::json;
use uuid::Uuid;

/// What the sender and others are to each other, as the agent has seen or heard: the strongest first.
#[provider(dynamic)]
async fn relationships(
    config: Config<Bootstrap>,
    place: Place,
    message: Message,
    memories: Memories,
) -> Result<Context, StoreError> {
    let mut all = memories.relationships(message.entity).await?;
    all.sort_by_key(|relationship| std::cmp::Reverse(interactions(relationship)));
    all.truncate(config.relationships as usize);
    let mut people: Vec<Entity> = place.participants().to_vec();
    let is_known = |id: &Uuid| people.iter().any(|person| person.id == *id);
    let ends = all.iter().flat_map(|relationship| [relationship.source, relationship.target]);
    let mut unknown: Vec<Uuid> = ends.filter(|id| !is_known(id)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    if !unknown.is_empty() {
        people.extend(memories.entities(&unknown).await?);
    }
    let lines = list(all.iter().map(|relationship| line(relationship, &people)));
    let text = section(&format!("Relationships of {}", place.sender().name()), &lines);
    let value = if text.is_empty() { "No relationships found.".to_owned() } else { text.clone() };
    let mut context = Context::text(text).with_value("relationships", value);
    context.data = json!({ "relationships": all });
    Ok(context)
}

fn line(relationship: &Relationship, people: &[Entity]) -> String {
    let (from, to) = (name_of(relationship.source, people), name_of(relationship.target, people));
    let tags = relationship.tags.join(", ");
    format!("{from} to {to}: {tags} (seen {} times)", interactions(relationship))
}
