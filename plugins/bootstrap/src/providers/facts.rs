//! FACTS.

use super::{list, section};
use crate::Bootstrap;
use galatea::{
    prelude::*,
    store::{MemoryQuery, StoreError},
    text::bm25::Bm25,
};
use serde_json::json;
use uuid::Uuid;

/// Among how many of the newest facts, of the sender and of the room each, the fitting ones are looked for.
const NEWEST: usize = 200;

/// What the agent knows about the sender and this room: facts that the message is about first, then the newest. Where the
/// agent has a `text-embedding` model these are found by meaning and words among all facts, else by words among the newest.
#[provider(position = 10)]
async fn facts(
    agent: Agent,
    config: Config<Bootstrap>,
    place: Place,
    message: Message,
    memories: Memories,
    search: Search,
) -> Result<Context, StoreError> {
    let known = known(&memories, message.entity, message.room).await?;
    let limit = config.facts as usize;
    // By meaning among all facts, where there is a model for it; else by words among the newest.
    let told = match agent.has_embedder() {
        true => with_newest(near(&search, &message, limit).await?, &known, limit),
        false => fitting(&known, &message.content.text, limit).into_iter().cloned().collect(),
    };
    let lines = list(told.iter().map(|fact| fact.content.text.clone()));
    let (name, sender) = (&agent.character().name, place.sender().name());
    let text = section(&format!("What {name} knows of {sender} and this room"), &lines);
    let value = match lines.is_empty() {
        true => "No facts available.".to_owned(),
        false => format!("Key facts that {name} knows:\n{lines}"),
    };
    let ids: Vec<Uuid> = told.iter().map(|fact| fact.id).collect();
    let mut context = Context::text(text).with_value("facts", value);
    context.data = json!({ "facts": ids });
    Ok(context)
}

/// The facts about somebody and those that were learned in a room, each once, oldest first.
async fn known(memories: &Memories, entity: Uuid, room: Uuid) -> Result<Vec<Memory>, StoreError> {
    let query = MemoryQuery { kind: Some(MemoryKind::Fact), limit: NEWEST, ..MemoryQuery::default() };
    let mut facts = memories.memories(&MemoryQuery { room: Some(room), ..query.clone() }).await?;
    for fact in memories.memories(&MemoryQuery { entity: Some(entity), ..query }).await? {
        if !facts.iter().any(|other| other.id == fact.id) {
            facts.push(fact);
        }
    }
    facts.sort_by_key(|fact| fact.at);
    Ok(facts)
}

/// The facts about the sender and those that were learned in the room which fit the message, best first.
async fn near(search: &Search, message: &Memory, limit: usize) -> Result<Vec<Memory>, StoreError> {
    let query = SearchQuery::new(message.content.text.as_str()).kind(MemoryKind::Fact).limit(limit);
    let mut hits = search.find(&query.clone().room(message.room)).await?.hits;
    for hit in search.find(&query.entity(message.entity)).await?.hits {
        match hits.iter_mut().find(|other| other.memory.id == hit.memory.id) {
            Some(other) => other.score = other.score.max(hit.score),
            None => hits.push(hit),
        }
    }
    hits.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(hits.into_iter().map(|hit| hit.memory).take(limit).collect())
}

/// These, and then the newest of the others, newest first, until there are `limit`.
fn with_newest(mut facts: Vec<Memory>, known: &[Memory], limit: usize) -> Vec<Memory> {
    for fact in known.iter().rev() {
        if facts.len() >= limit {
            break;
        }
        if !facts.iter().any(|other| other.id == fact.id) {
            facts.push(fact.clone());
        }
    }
    facts
}

/// The facts that share words with a text, best first, then the newest, newest first; at most `limit`.
fn fitting<'a>(facts: &'a [Memory], text: &str, limit: usize) -> Vec<&'a Memory> {
    let newest: Vec<&Memory> = facts.iter().rev().collect();
    let index = Bm25::new(newest.iter().map(|fact| fact.content.text.as_str()));
    let hits = index.search(text, limit).into_iter().map(|hit| hit.index);
    let mut order: Vec<usize> = hits.collect();
    for place in 0..newest.len() {
        if order.len() >= limit {
            break;
        }
        if !order.contains(&place) {
            order.push(place);
        }
    }
    order.into_iter().filter_map(|place| newest.get(place).copied()).collect()
}
