//! Keeps facts: each once, with whom it is about.

use super::{Scene, read::Claim};
use crate::{error::Problem, people::Company};
use galatea::{prelude::*, text::id::stable_id_for};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Which part of their words two claims must share to be one.
const SAME: f64 = 0.8;

/// Words that turn a claim into another one, however much else is the same.
const TURNING: &[&str] =
    &["not", "no", "never", "isn", "doesn", "don", "can", "cannot", "without", "former", "ex"];

/// Stores what is new; how many facts that were.
pub(super) async fn keep(scene: &Scene<'_>, memories: &Memories, claims: &[Claim]) -> Result<usize, Problem> {
    let mut known: Vec<String> = scene.known.iter().map(|fact| fact.content.text.clone()).collect();
    let mut new = Vec::new();
    for claim in claims.iter().filter(|claim| !claim.known) {
        if known.iter().any(|other| is_same(other, &claim.claim)) {
            continue;
        }
        known.push(claim.claim.clone());
        new.push(memory(scene, claim));
    }
    if new.is_empty() {
        return Ok(0);
    }
    // A fact that another turn stored in the meantime has the same id and is left as it is.
    let stored = memories.add_memories(&new).await?;
    Ok(stored.iter().filter(|(_, is_new)| *is_new).count())
}

fn memory(scene: &Scene<'_>, claim: &Claim) -> Memory {
    let Scene { agent, message, .. } = *scene;
    let entity = about(scene, claim);
    Memory {
        id: stable_id_for(agent.id(), &format!("fact:{entity}:{}", normal(&claim.claim))),
        kind: MemoryKind::Fact,
        agent: agent.id(),
        entity,
        room: message.room,
        world: message.world,
        at: agent.clock().now(),
        sequence: 0,
        content: Content::text(claim.claim.clone()),
        metadata: json!({
            "type": claim.kind,
            "claim": claim.claim,
            "source": "reflection",
            "message": message.id,
            "told-by": message.entity,
        }),
    }
}

/// Whom a claim is about: the one the model names, else the sender if named in it, else the one named first,
/// else the sender.
fn about(scene: &Scene<'_>, claim: &Claim) -> Uuid {
    let sender = scene.message.entity;
    let company = Company { people: scene.people(), sender, agent: scene.agent.id() };
    if let Some(person) = claim.about.as_ref().and_then(|name| company.find(name).ok()) {
        return person.id;
    }
    let text = format!(" {} ", normal(&claim.claim));
    let named = scene.people().iter().filter_map(|person| {
        let places = person.names.iter().map(|name| normal(name)).filter(|name| !name.is_empty());
        let first = places.filter_map(|name| text.find(&format!(" {name} "))).min()?;
        Some((person.id != sender, first, person.id))
    });
    named.min().map_or(sender, |(_, _, id)| id)
}

/// Whether two claims say the same: the same words, or nearly so and none that makes a difference.
fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (normal(a), normal(b));
    if a == b {
        return true;
    }
    let words = |text: &str| -> BTreeSet<String> { text.split(' ').map(str::to_owned).collect() };
    let (a, b) = (words(&a), words(&b));
    let turns =
        |word: &String| TURNING.contains(&word.as_str()) || word.contains(|c: char| c.is_ascii_digit());
    if a.symmetric_difference(&b).any(turns) {
        return false;
    }
    share(a.intersection(&b).count(), a.union(&b).count()) >= SAME
}

#[expect(clippy::cast_precision_loss, reason = "a claim has few words")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// The words of a claim in lower case, without articles and punctuation. `Sam's` is `sam`.
fn normal(text: &str) -> String {
    let lower = text.to_lowercase().replace(['’', '\''], " ");
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty() && !["a", "an", "the", "s"].contains(word));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_the_same_or_not() {
        let rows = [
            ("Sam lives in Oslo", "Sam lives in Oslo.", true),
            ("Sam lives in Oslo", "sam lives in the Oslo", true),
            ("Sam works as a carpenter in Oslo", "Sam now works as a carpenter in Oslo", true),
            ("Sam lives in Oslo", "Sam lives in Bergen", false),
            ("Sam likes cats", "Sam does not like cats", false),
            (
                "Sam has lived in the town of Oslo for 3 years",
                "Sam has lived in the town of Oslo for 4 years",
                false,
            ),
            ("Sam can swim in cold water every day", "Sam can not swim in cold water every day", false),
            ("", "Sam", false),
        ];
        for (a, b, same) in rows {
            assert_eq!(is_same(a, b), same, "{a} / {b}");
            assert_eq!(is_same(b, a), same, "{b} / {a}");
        }
    }
}
