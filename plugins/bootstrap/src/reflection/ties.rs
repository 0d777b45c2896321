//! Keeps relationships: one from a person to another, with all tags that were seen and how often it was.

use super::{Scene, read::Tie};
use crate::{
    error::Problem,
    people::{Company, NotFound},
};
use galatea::{
    memory::{Entity, Relationship},
    prelude::*,
    text::{id::stable_id_for, name::normalise},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// How often a relationship was seen.
pub(crate) fn interactions(relationship: &Relationship) -> u64 {
    relationship.metadata.get("interactions").and_then(Value::as_u64).unwrap_or(0)
}

/// Stores what people are to each other; people who are named and do not take part become known. How many
/// relationships there were.
pub(super) async fn keep(scene: &Scene<'_>, memories: &Memories, ties: &[Tie]) -> Result<usize, Problem> {
    let mut made: Vec<Entity> = Vec::new();
    let mut changed: Vec<Relationship> = Vec::new();
    for tie in ties {
        let (Some(source), Some(target)) = (
            person(scene, memories, &tie.source, &mut made).await?,
            person(scene, memories, &tie.target, &mut made).await?,
        ) else {
            continue;
        };
        if source == target {
            continue;
        }
        let is_it = |other: &&mut Relationship| other.source == source && other.target == target;
        if let Some(same) = changed.iter_mut().find(is_it) {
            add_tags(same, &tie.tags);
            continue;
        }
        changed.push(seen(scene, memories, source, target, &tie.tags).await?);
    }
    if !made.is_empty() {
        memories.put_entities(&made).await?;
    }
    if !changed.is_empty() {
        memories.put_relationships(&changed).await?;
    }
    Ok(changed.len())
}

/// The relationship as it is after having been seen once more.
async fn seen(
    scene: &Scene<'_>,
    memories: &Memories,
    source: Uuid,
    target: Uuid,
    tags: &[String],
) -> Result<Relationship, Problem> {
    let stored = memories.relationships(source).await?;
    let stored = stored.into_iter().find(|other| other.source == source && other.target == target);
    let agent = scene.agent.id();
    let mut relationship = stored.unwrap_or_else(|| Relationship {
        id: stable_id_for(agent, &format!("relationship:{source}:{target}")),
        agent,
        source,
        target,
        tags: Vec::new(),
        metadata: Map::new(),
        at: scene.agent.clock().now(),
    });
    add_tags(&mut relationship, tags);
    let count = interactions(&relationship) + 1;
    relationship.metadata.insert("interactions".to_owned(), count.into());
    relationship.metadata.insert("last-seen".to_owned(), json!(scene.agent.clock().now()));
    Ok(relationship)
}

fn add_tags(relationship: &mut Relationship, tags: &[String]) {
    for tag in tags {
        if !relationship.tags.contains(tag) {
            relationship.tags.push(tag.clone());
        }
    }
}

/// The entity that a name or id means. A name that nobody here has is somebody the sender told of: an entity of
/// the sender's own acquaintance, so that two people's `Emma` are two. `None` for an id that nobody has, and
/// for a name that several have.
async fn person(
    scene: &Scene<'_>,
    memories: &Memories,
    name: &str,
    made: &mut Vec<Entity>,
) -> Result<Option<Uuid>, Problem> {
    let (agent, sender) = (scene.agent.id(), scene.message.entity);
    let company = Company { people: scene.people(), sender, agent };
    match company.find(name) {
        Ok(person) => return Ok(Some(person.id)),
        Err(NotFound::Several { .. }) => return Ok(None),
        Err(NotFound::Nobody { .. }) => {}
    }
    if let Ok(id) = Uuid::try_parse(name) {
        return Ok(memories.entities(&[id]).await?.first().map(|known| known.id));
    }
    let id = stable_id_for(agent, &format!("person:{sender}:{}", normalise(name)));
    let is_known = made.iter().any(|known| known.id == id) || !memories.entities(&[id]).await?.is_empty();
    if !is_known {
        let metadata = Map::from_iter([("told-by".to_owned(), json!(sender))]);
        made.push(Entity { id, agent, names: vec![name.to_owned()], metadata });
    }
    Ok(Some(id))
}
