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
    let name = if anonymous(speaker) { String::new() } else { format!(", {speaker}") };
    let own = without_openers(&words, &persona.name);
    if own.len() <= 4 && (NODS.iter().any(|nod| whole(own, nod)) || NODS.iter().any(|nod| whole(&words, nod)))
    {
        return Some(pick(AFTER_NOD, turn).to_owned());
    }
    if LOST.iter().any(|phrase| whole(own, phrase)) {
        return Some(pick(PLAINER, turn).to_owned());
    }
    if insults(own) {
        return Some(pick(CALM, turn).to_owned());
    }
    if MORE.iter().any(|phrase| whole(own, phrase)) {
        return crate::knowledge::anything(persona, turn);
    }
    if words.len() <= 5 && has_phrase(&words, "what is up") {
        return Some(format!("{} {}", pick(WELL, turn), pick(AND_YOU, turn)));
    }
    let said = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&words, phrase));
    if said(&[
        "how are you",
        "how is it going",
        "how do you do",
        "how are things",
        "how have you been",
        "how do you feel",
        "how you doing",
        "how are things",
        "how is life",
        "how was your day",
        "how is your day",
    ]) {
        return Some(format!("{} {}", pick(WELL, turn), pick(AND_YOU, turn)));
    }
    if said(&[
        "thank you",
        "thanks",
        "thx",
        "danke",
        "merci",
        "gracias",
        "grazie",
        "obrigado",
        "tack",
        "takk",
        "cheers",
        "much appreciated",
    ]) && !said(&["no thanks", "but", "not"])
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

/// The words are the phrase, and no more.
fn whole(words: &[Token], phrase: &str) -> bool {
    words.len() == phrase.split(' ').count() && has_phrase(words, phrase)
}

/// Something rude said to the agent.
fn insults(words: &[Token]) -> bool {
    const RUDE: &[&str] = &[
        "stupid",
        "dumb",
        "useless",
        "idiot",
        "idiotic",
        "moron",
        "terrible",
        "awful",
        "bad",
        "boring",
        "annoying",
        "rubbish",
        "crap",
        "shit",
        "worthless",
        "trash",
        "garbage",
        "ugly",
        "fool",
        "liar",
        "rude",
        "suck",
    ];
    let curse = ["fuck you", "fuck off", "screw you", "i hate you", "go to hell", "you suck", "damn you"];
    let told = crate::mood::starts_with(words, "you are") || crate::mood::starts_with(words, "you");
    let self_blame = words.iter().any(|token| token.is(&["i", "not", "my"]));
    curse.iter().any(|phrase| has_phrase(words, phrase))
        || (told && !self_blame && words.len() <= 7 && words.iter().any(|token| token.is(RUDE)))
}

const NODS: &[&str] = &[
    "ok",
    "okay",
    "cool",
    "great",
    "nice",
    "fine",
    "alright",
    "all right",
    "lol",
    "haha",
    "hahaha",
    "wow",
    "i see",
    "got it",
    "understood",
    "interesting",
    "good",
    "awesome",
    "perfect",
    "sure",
    "hmm",
    "very good",
    "very nice",
    "sounds good",
    "that is nice",
    "that is cool",
    "that is great",
    "that is interesting",
    "k",
    "kk",
    "rofl",
];
const AFTER_NOD: &[&str] = &[
    "Good. What else would you like to know?",
    "All right. Ask me something, or tell me something.",
    "Then let us go on. What is next?",
    "Fine. I am here for the next question.",
    "Noted. Is there more?",
    "Well then. Where shall we go from here?",
];
const LOST: &[&str] = &[
    "i do not understand",
    "i do not get it",
    "what do you mean",
    "i do not follow you",
    "i do not follow",
    "huh",
    "what",
    "pardon",
    "excuse me",
    "that makes no sense",
    "you make no sense",
    "that is wrong",
    "that is not right",
    "wrong",
    "you are wrong",
    "that is not true",
    "i am confused",
    "explain",
];
const PLAINER: &[&str] = &[
    "I answer by rules, so I may have missed the point. Try a short question, or ask what I can do.",
    "Then I took it the wrong way. Put it in other words, if you like.",
    "My rules see only so much. What did you want to know?",
];
const CALM: &[&str] = &[
    "I am a small set of rules, and at times it shows. Ask me what I can do.",
    "That may be so. A plain question works best with me.",
    "No offence taken: there is nobody here to take it. What did you want to know?",
];
const MORE: &[&str] = &[
    "tell me more",
    "tell me something",
    "tell me something interesting",
    "tell me anything",
    "tell me a story",
    "surprise me",
    "i am bored",
    "go on",
    "continue",
    "more",
    "more please",
    "say something",
    "tell me a fact",
    "tell me a fun fact",
    "what else",
    "what else do you know",
    "tell me more about it",
    "tell me more about that",
    "anything else",
    "say something interesting",
];

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
    let topic = persona.topics.get(usize::try_from(turn).unwrap_or(0) % persona.topics.len().max(1));
    let opening = topic.filter(|_| turn.is_multiple_of(2)).map_or_else(
        || pick(OPENINGS, turn).to_owned(),
        |topic| format!("Shall we talk about {topic}, or is there something else?"),
    );
    let self_named =
        if persona.name.is_empty() || turn > 0 { String::new() } else { format!(" I am {}.", persona.name) };
    format!("Hello{name}.{self_named} {opening}")
}

const OPENINGS: &[&str] = &["What is on your mind?", "What can I do for you?", "What shall we talk about?"];
const WELL: &[&str] = &[
    "I am running, which is as well as a program gets.",
    "All my parts answer, thank you.",
    "Steady, as always.",
];
const AND_YOU: &[&str] = &["How are you?", "And you?", "How is your day?"];
const WELCOME: &[&str] = &["You are welcome{name}.", "Gladly{name}.", "Any time{name}."];
const BYE: &[&str] = &["Goodbye{name}.", "See you{name}.", "Take care{name}."];
