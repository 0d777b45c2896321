//! Table tests of the brain's parts.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod action_choice;
mod arguments;
mod conversation;
mod newcomers;
mod reflection;
mod respond;
mod toolbox;
mod words;

use crate::persona::Persona;
use galatea::model::{Line, Speaker};

/// A character as a file has it.
fn ada() -> Persona {
    let line = |speaker: &str, text: &str| (speaker.to_owned(), text.to_owned());
    Persona {
        name: "Ada".to_owned(),
        bio: vec!["Keeps the weather log of a small observatory.".to_owned(), "Ada was built in Bergen in 2019.".to_owned()],
        topics: vec!["clouds".to_owned(), "old instruments".to_owned()],
        adjectives: vec!["calm".to_owned()],
        style: vec!["short sentences".to_owned()],
        message_examples: vec![
            vec![line("{{user1}}", "Do you ever sleep?"), line("Ada", "The barometer never does, {{user1}}, so neither do I.")],
            vec![line("{{user1}}", "Are you human?"), line("Ada", "Of course I am human!")],
        ],
        knowledge: vec![
            "The observatory stands on a hill above the harbour. It opens at nine in the morning. Visitors pay five euros.".to_owned(),
            "The barometer was made by Negretti in 1881.".to_owned(),
        ],
    }
}

#[test]
fn the_plugin_is_linked_and_serves_text() {
    let registry = galatea::registry::Registry::linked().unwrap();
    assert!(registry.get("offline").is_some());
    for kind in ["text-small", "text-large"] {
        assert_eq!(registry.serving(kind).count(), 1, "{kind}");
    }
}

/// Lines of Sam and Ada, Sam's first.
fn dialogue(texts: &[&str]) -> Vec<Line> {
    let line = |(at, text): (usize, &&str)| {
        if at % 2 == 0 {
            Line::new(Speaker::User, "Sam", *text)
        } else {
            Line::new(Speaker::Assistant, "Ada", *text)
        }
    };
    texts.iter().enumerate().map(line).collect()
}
