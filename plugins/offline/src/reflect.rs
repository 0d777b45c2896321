//! Looks back at a conversation: facts and relationships that people stated, as JSON.

use crate::{
    examples::anonymous,
    statements::{Nature, Statement, statements},
    words::content_stems,
};
use galatea::model::{Line, ModelRequest, Speaker};
use serde_json::{Value, json};

/// The thought, the facts and the relationships; empty lists where nothing was stated.
pub(crate) fn reflect(request: &ModelRequest, bio: &[String]) -> Value {
    let mut facts: Vec<Value> = Vec::new();
    let mut relationships: Vec<Value> = Vec::new();
    for line in request.lines.iter().filter(|line| line.speaker == Speaker::User) {
        for statement in statements(&line.text, &speaker(request, line)) {
            let fact = fact(&statement, request, bio);
            if !facts.iter().any(|known| known.get("claim") == fact.get("claim")) {
                facts.push(fact);
            }
            if let Some((name, kin)) = &statement.kin {
                let relationship = json!({"source": speaker(request, line), "target": name, "tags": [kin]});
                if !relationships.contains(&relationship) {
                    relationships.push(relationship);
                }
            }
        }
    }
    json!({"thought": thought(facts.len(), relationships.len()), "facts": facts, "relationships": relationships})
}

/// Who said the line: by name, or by the name they gave themselves if the line has none.
fn speaker(request: &ModelRequest, line: &Line) -> String {
    if !anonymous(&line.name) {
        return line.name.clone();
    }
    let own = request.lines.iter().filter(|other| other.speaker == Speaker::User && other.name == line.name);
    own.flat_map(|other| statements(&other.text, ""))
        .find_map(|statement| statement.name)
        .unwrap_or_else(|| "The user".to_owned())
}

fn fact(statement: &Statement, request: &ModelRequest, bio: &[String]) -> Value {
    let kind = match statement.nature {
        Nature::Fact => "fact",
        Nature::Opinion => "opinion",
        Nature::Status => "status",
    };
    json!({
        "claim": statement.claim,
        "type": kind,
        "in-bio": bio.iter().any(|line| states(line, &statement.claim)),
        "already-known": request.context.lines().any(|line| states(line, &statement.claim)),
    })
}

/// A line of text states the claim: it has all its words.
fn states(line: &str, claim: &str) -> bool {
    let said = content_stems(line);
    let claimed = content_stems(claim);
    !claimed.is_empty() && claimed.iter().all(|word| said.contains(word))
}

fn thought(facts: usize, relationships: usize) -> String {
    match (facts, relationships) {
        (0, 0) => "Nothing was stated that is worth keeping.".to_owned(),
        (facts, 0) => format!("{facts} stated about the speaker."),
        (facts, relationships) => {
            format!("{facts} stated about the speaker, {relationships} about who belongs to them.")
        }
    }
}
