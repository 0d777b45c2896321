//! Requests and answers as they are compared and written: the same in every run, without secrets.

use crate::{
    agent::Agent,
    character::{Reference, resolve},
    diagnostic::without_secrets,
    model::{ModelAnswer, ModelRequest},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Stands in the place of a secret.
const COVER: &str = "•••";

/// Shorter texts are covered only where they look like a secret: they stand in other words too.
const SHORTEST_SECRET: usize = 6;

/// The secrets that an agent's character refers to.
pub(super) async fn secrets_of(agent: Agent) -> Vec<String> {
    let read = move || {
        let mut references = Vec::new();
        let plan = agent.plan();
        plan.plugins.iter().for_each(|plugin| collect(&plugin.config, &mut references));
        references.extend(plan.character.secrets.values().cloned());
        let texts = references.iter().filter_map(|reference| resolve(reference, agent.base()).ok());
        texts.map(|secret| secret.expose().to_owned()).collect::<Vec<String>>()
    };
    // Reading may wait for files and programs. What cannot be read was not told to a model either.
    let mut secrets = tokio::task::spawn_blocking(read).await.unwrap_or_default();
    secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
    // A secret that contains another one goes first.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

fn collect(value: &Value, references: &mut Vec<Reference>) {
    if value.is_object()
        && let Ok(reference) = serde_json::from_value(value.clone())
    {
        references.push(reference);
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        Value::Object(values) => values.values().for_each(|value| collect(value, references)),
        _ => {}
    }
}

/// A request in the form in which two of them are compared.
pub(super) fn request(request: &ModelRequest, secrets: &[String]) -> Value {
    let mut request = request.clone();
    let mut calls = Numbers::new("call");
    for line in &mut request.lines {
        line.calls.iter_mut().for_each(|call| call.id = calls.of(&call.id));
        line.call_id = line.call_id.as_deref().map(|id| calls.of(id));
    }
    let mut value = serde_json::to_value(&request).unwrap_or_default();
    stabilise(&mut value, &mut Numbers::new("id"), secrets);
    value
}

/// An answer in the form in which it is written.
pub(super) fn answer(answer: &ModelAnswer, secrets: &[String]) -> ModelAnswer {
    let mut stable = answer.clone();
    for (index, call) in stable.calls.iter_mut().enumerate() {
        call.id = format!("call-{}", index + 1);
        let mut arguments = Value::Object(std::mem::take(&mut call.arguments));
        stabilise_secrets(&mut arguments, secrets);
        call.arguments = arguments.as_object().cloned().unwrap_or_default();
    }
    stable.text = covered(&stable.text, secrets);
    stable
}

/// Names for ids, in the order in which they come.
struct Numbers {
    what: &'static str,
    known: BTreeMap<String, usize>,
}

impl Numbers {
    const fn new(what: &'static str) -> Self {
        Self { what, known: BTreeMap::new() }
    }

    fn of(&mut self, id: &str) -> String {
        let next = self.known.len() + 1;
        let number = *self.known.entry(id.to_owned()).or_insert(next);
        format!("{}-{number}", self.what)
    }
}

fn stabilise(value: &mut Value, ids: &mut Numbers, secrets: &[String]) {
    match value {
        Value::String(text) => *text = without_ids(&covered(text, secrets), ids),
        Value::Array(values) => values.iter_mut().for_each(|value| stabilise(value, ids, secrets)),
        Value::Object(values) => values.values_mut().for_each(|value| stabilise(value, ids, secrets)),
        _ => {}
    }
}

fn stabilise_secrets(value: &mut Value, secrets: &[String]) {
    match value {
        Value::String(text) => *text = covered(text, secrets),
        Value::Array(values) => values.iter_mut().for_each(|value| stabilise_secrets(value, secrets)),
        Value::Object(values) => values.values_mut().for_each(|value| stabilise_secrets(value, secrets)),
        _ => {}
    }
}

fn covered(text: &str, secrets: &[String]) -> String {
    let text = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), COVER));
    without_secrets(&text)
}

/// The text with a number for each UUID.
fn without_ids(text: &str, ids: &mut Numbers) -> String {
    const LENGTH: usize = 36;
    let mut stable = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let candidate = rest.get(..LENGTH).filter(|part| is_uuid(part));
        match candidate {
            Some(id) => {
                stable.push_str(&ids.of(id));
                rest = rest.get(LENGTH..).unwrap_or_default();
            }
            None => {
                stable.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
    }
    stable
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_numbers_and_secrets_are_covered() {
        let mut ids = Numbers::new("id");
        let (a, b) = ("0198f0c2-1111-7222-8333-444455556666", "0198f0c2-1111-7222-8333-444455557777");
        assert_eq!(without_ids(&format!("ü {a}, {b}, {a}."), &mut ids), "ü id-1, id-2, id-1.");
        let secrets = ["swordfish".to_owned()];
        assert_eq!(covered("key swordfish, sk-abcdef1234567890", &secrets), "key •••, •••••••••••••••••••");
    }
}
