//! When to look back.

use galatea::{prelude::*, store::StoreError};
use serde_json::Value;
use uuid::Uuid;

/// The place in the room of the last message that was looked back at; 0 if none was.
pub(super) async fn last(memories: &Memories, room: Uuid) -> Result<i64, StoreError> {
    Ok(memories.cache(&key(room)).await?.as_ref().and_then(Value::as_i64).unwrap_or(0))
}

/// Notes that a message is looked back at.
pub(super) async fn note(memories: &Memories, message: &Memory) -> Result<(), StoreError> {
    memories.set_cache(&key(message.room), &message.sequence.into(), None).await
}

fn key(room: Uuid) -> String {
    format!("reflection:{room}")
}

/// Whether enough was said since the message at the place `last`, or something about a person now.
pub(super) fn is_due(history: &[Memory], message: &Memory, last: i64, every: u32) -> bool {
    if message.sequence <= last {
        return false;
    }
    let new = |memory: &&Memory| memory.sequence > last && memory.sequence <= message.sequence;
    let messages = history.iter().filter(|memory| memory.kind == MemoryKind::Message);
    messages.filter(new).count() >= every as usize || tells_of_a_person(&message.content.text)
}

/// A cheap look, for English: the speaker says something about themselves or their own. Questions do not.
fn tells_of_a_person(text: &str) -> bool {
    const SELF: &[&str] = &[
        "i am",
        "i'm",
        "i live",
        "i work",
        "i like",
        "i love",
        "i hate",
        "i prefer",
        "i enjoy",
        "i have",
        "i was",
        "i come",
        "i moved",
        "i grew",
        "i study",
        "i speak",
        "i play",
        "i own",
        "i teach",
        "i don't like",
        "i can't stand",
        "call me",
        "is my",
        "are my",
        "my name",
        "my birthday",
        "my favourite",
        "my favorite",
    ];
    const KIN: &[&str] = &[
        "sister",
        "brother",
        "mother",
        "father",
        "mom",
        "mum",
        "dad",
        "son",
        "daughter",
        "wife",
        "husband",
        "partner",
        "girlfriend",
        "boyfriend",
        "friend",
        "boss",
        "colleague",
        "neighbour",
        "neighbor",
        "cousin",
        "uncle",
        "aunt",
        "roommate",
        "dog",
        "cat",
        "job",
        "house",
        "company",
        "team",
    ];
    text.split_inclusive(['.', '!', '?', '\n', ';'])
        .filter(|sentence| !sentence.trim_end().ends_with('?'))
        .any(|sentence| {
            let words = format!(" {} ", words(sentence).join(" "));
            SELF.iter().any(|phrase| words.contains(&format!(" {phrase} ")))
                || KIN.iter().any(|kin| words.contains(&format!(" my {kin} ")))
        })
}

/// The words in lower case, apostrophes kept and straightened.
fn words(text: &str) -> Vec<String> {
    let text = text.replace('’', "'").to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_of_a_person() {
        let rows = [
            ("My name is Sam and I live in Oslo", true),
            ("Hello! I’m a carpenter.", true),
            ("my sister Emma works here", true),
            ("Emma is my boss", true),
            ("Do you know where I live?", false),
            ("Is my sister here? She is late.", false),
            ("What's the weather in London?", false),
            ("Ich wohne in Oslo", false),
            ("", false),
        ];
        for (text, wanted) in rows {
            assert_eq!(tells_of_a_person(text), wanted, "{text}");
        }
    }
}
