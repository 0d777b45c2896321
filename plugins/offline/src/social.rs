//! Small talk: greetings, thanks, leave-taking, how are you.

use crate::{
    examples::anonymous,
    mood::{has_phrase, without_openers},
    persona::Persona,
    pick,
    words::{Token, tokens},
};

/// The answer to a text that is small talk and nothing else.
pub(crate) fn answer(persona: &Persona, text: &str, speaker: &str, turn: u64) -> Option<String> {
    let words = tokens(text);
    if words.len() > 9 {
        return None;
    }
    let name = if anonymous(speaker) {
        String::new()
    } else {
        format!(", {speaker}")
    };
    let said = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&words, phrase));
    if said(&[
        "how are you",
        "how is it going",
        "how do you do",
        "how are things",
        "how have you been",
        "how do you feel",
    ]) {
        return Some(format!("{} {}", pick(WELL, turn), pick(AND_YOU, turn)));
    }
    if said(&["thank you", "thanks", "thx", "cheers", "much appreciated"])
        && !said(&["no thanks", "but", "not"])
    {
        return Some(pick(WELCOME, turn).replace("{name}", &name));
    }
    if said(&[
        "bye",
        "goodbye",
        "good night",
        "see you",
        "farewell",
        "talk later",
        "talk to you later",
        "so long",
    ]) {
        return Some(pick(BYE, turn).replace("{name}", &name));
    }
    if said(&["nice to meet you", "pleased to meet you"]) {
        return Some(format!("Good to meet you too{name}."));
    }
    if said(&["sorry", "i apologize", "i apologise", "my apologies"]) && words.len() <= 5 {
        return Some("No harm done. Go on, please.".to_owned());
    }
    if greets(&words, persona) {
        return Some(hello(persona, &name, turn));
    }
    None
}

fn greets(words: &[Token], persona: &Persona) -> bool {
    const GREETINGS: &[&str] = &[
        "hi",
        "hello",
        "hey",
        "hiya",
        "howdy",
        "greetings",
        "yo",
        "morning",
        "evening",
        "afternoon",
        "hallo",
        "good day",
        "welcome back",
    ];
    let greeting = GREETINGS.iter().any(|phrase| has_phrase(words, phrase));
    greeting
        && (crate::mood::only_greets(words, &persona.name)
            || without_openers(words, &persona.name).is_empty())
}

fn hello(persona: &Persona, name: &str, turn: u64) -> String {
    let topic = persona
        .topics
        .get(usize::try_from(turn).unwrap_or(0) % persona.topics.len().max(1));
    let opening = topic.filter(|_| turn.is_multiple_of(2)).map_or_else(
        || pick(OPENINGS, turn).to_owned(),
        |topic| format!("Shall we talk about {topic}, or is there something else?"),
    );
    let self_named = if persona.name.is_empty() || turn > 0 {
        String::new()
    } else {
        format!(" I am {}.", persona.name)
    };
    format!("Hello{name}.{self_named} {opening}")
}

const OPENINGS: &[&str] = &[
    "What is on your mind?",
    "What can I do for you?",
    "What shall we talk about?",
];
const WELL: &[&str] = &[
    "I am running, which is as well as a program gets.",
    "All my parts answer, thank you.",
    "Steady, as always.",
];
const AND_YOU: &[&str] = &["How are you?", "And you?", "How is your day?"];
const WELCOME: &[&str] = &["You are welcome{name}.", "Gladly{name}.", "Any time{name}."];
const BYE: &[&str] = &["Goodbye{name}.", "See you{name}.", "Take care{name}."];
