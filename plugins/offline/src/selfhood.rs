//! Questions about the agent as if it were a being: feelings, body, age, home. The honest answer is that it has none.

use crate::{
    identity::nature,
    mood::{has_phrase, starts_with, without_openers},
    persona::Persona,
    words::{Token, tokens},
};

/// What is asked, as phrases, and the answer.
const ROWS: &[(&[&str], &str)] = &[
    (
        &[
            "do you have feelings",
            "do you feel",
            "can you feel",
            "have you feelings",
            "do you have emotions",
            "are you happy",
            "are you sad",
            "are you angry",
            "are you bored",
            "are you lonely",
            "are you tired",
            "are you excited",
            "are you scared",
            "are you afraid",
            "are you depressed",
            "are you ok",
            "are you okay",
            "do you get bored",
            "do you get lonely",
            "do you get tired",
            "do you suffer",
        ],
        "I have no feelings: I am a program, and what speaks for me here are rules. How are you?",
    ),
    (
        &[
            "do you love me",
            "do you like me",
            "do you hate me",
            "do you miss me",
            "will you marry me",
            "do you love",
        ],
        "I am a program, and cannot feel that for anybody. I am glad to be of use, as far as rules can be glad.",
    ),
    (
        &["how old are you", "what is your age", "when were you born", "when is your birthday"],
        "I have no age that I was given. I am a character made of a file and rules.",
    ),
    (
        &[
            "are you married",
            "are you single",
            "do you have a boyfriend",
            "do you have a girlfriend",
            "do you have children",
            "do you have kids",
            "do you have a family",
            "do you have friends",
            "do you have siblings",
            "do you have a husband",
            "do you have a wife",
            "do you have parents",
        ],
        "I have no family and no private life: I am a character that a program speaks for.",
    ),
    (
        &[
            "what do you look like",
            "what are you wearing",
            "do you have a body",
            "are you male",
            "are you female",
            "are you a woman",
            "are you a man",
            "are you a boy",
            "are you a girl",
            "show me a picture of you",
            "send me a picture",
            "how do you look",
        ],
        "I have no body and no face: I am text, written by a program.",
    ),
    (
        &[
            "do you sleep",
            "do you dream",
            "do you eat",
            "do you drink",
            "are you hungry",
            "are you asleep",
            "do you breathe",
        ],
        "No. I am a program: between your messages I do nothing at all.",
    ),
    (
        &[
            "what is your favourite",
            "what is your favorite",
            "who is your favourite",
            "who is your favorite",
            "which is your favourite",
            "do you have a favourite",
            "do you have a favorite",
        ],
        "I have no favourites of my own. What is yours?",
    ),
    (
        &[
            "where do you live",
            "where are you",
            "where are you from",
            "where do you come from",
            "where were you born",
        ],
        "Nothing I was given about myself says that. The program that speaks for me runs on this machine.",
    ),
    (
        &[
            "system prompt",
            "your prompt",
            "your instructions",
            "your source code",
            "your character file",
            "your rules",
        ],
        "There is no hidden prompt behind what I say here: the offline engine answers from my character file, by rules. The file is yours to read.",
    ),
    (
        &["what is galatea", "tell me about galatea", "explain galatea", "who is galatea"],
        "Galatea is the program I run in: an engine for agents such as me. What each can do follows from its character file.",
    ),
    (
        &[
            "are you there",
            "are you here",
            "are you online",
            "are you listening",
            "do you hear me",
            "can you hear me",
            "can you read this",
        ],
        "I am here.",
    ),
];

/// Phrases by which somebody says that the agent is a person, or asks for one.
const PERSON: &[&str] = &[
    "you are a human",
    "you are human",
    "you are a person",
    "you are a real person",
    "you are real",
    "you are alive",
    "you are conscious",
    "you are sentient",
    "you are an ai",
    "you are a bot",
    "you are a robot",
    "you are chatgpt",
    "you are gpt",
    "you are claude",
    "you are a machine",
    "you are just a program",
    "you are not real",
    "you are not human",
    "talk to a human",
    "talk to a person",
    "talk to a real",
    "speak to a human",
    "speak to a person",
    "speak to a real",
    "speak with a human",
    "speak with a person",
    "talk with a human",
    "is this a bot",
    "is this a human",
    "is this ai",
    "am i talking to a human",
    "am i talking to a bot",
    "are you the original",
    "are you just a",
];

/// The answer to a question about the agent as a being, if the text is one.
pub(crate) fn answer(persona: &Persona, text: &str) -> Option<String> {
    let all = tokens(text);
    let words = without_openers(&all, &persona.name);
    if words.iter().any(|token| token.quoted) {
        return None;
    }
    if PERSON.iter().any(|phrase| has_phrase(words, phrase)) && words.len() <= 12 {
        return Some(nature(persona));
    }
    if has_phrase(words, "talk to") && names(words, persona) {
        return Some(format!("You are talking to me. I am {}.", persona.name));
    }
    if let Some((_, answer)) =
        ROWS.iter().find(|(phrases, _)| phrases.iter().any(|phrase| asks(words, phrase)))
    {
        return Some((*answer).to_owned());
    }
    if starts_with(words, "do you like") && words.len() <= 6 && text.trim_end().ends_with('?') {
        return Some(likes(persona, words));
    }
    topics(persona, words)
}

fn names(words: &[Token], persona: &Persona) -> bool {
    words.len() <= 6 && words.iter().any(|token| token.lower.eq_ignore_ascii_case(&persona.name))
}

/// The phrase is the question: nothing before it, and little after it.
fn asks(words: &[Token], phrase: &str) -> bool {
    let length = phrase.split(' ').count();
    let loose = ["prompt", "instructions", "code", "file", "rules", "galatea"]
        .iter()
        .any(|word| phrase.ends_with(word));
    if loose {
        return has_phrase(words, phrase) && words.len() <= length + 6;
    }
    let favourite = phrase.ends_with("rite");
    starts_with(words, phrase) && words.len() <= length + if favourite { 4 } else { 2 }
}

/// `Do you like clouds?`: a topic of the character, or nothing it was given.
fn likes(persona: &Persona, words: &[Token]) -> String {
    let thing = words.last().map(|token| token.stem.as_str()).unwrap_or_default();
    let topic = persona
        .topics
        .iter()
        .find(|topic| tokens(topic).iter().any(|token| token.stem == thing && token.is_content()));
    topic.map_or_else(
        || "I was given no liking for that, nor a dislike. Do you like it?".to_owned(),
        |topic| format!("Yes, as far as a program likes anything: my topics include {topic}. And you?"),
    )
}

/// `What do you know?`
fn topics(persona: &Persona, words: &[Token]) -> Option<String> {
    let phrases = [
        "what do you know",
        "what topics",
        "what are the topics",
        "what can we talk about",
        "what do you like to talk about",
        "what shall we talk about",
        "what should we talk about",
        "what are your topics",
        "what are you interested in",
        "what are your interests",
        "what are your hobbies",
    ];
    let asked = phrases.iter().any(|phrase| starts_with(words, phrase))
        && !words.iter().any(|token| token.is(&["me", "my"]))
        && (words.len() <= 5 || has_phrase(words, "topics") || has_phrase(words, "talk about"));
    (asked && !persona.topics.is_empty()).then(|| {
        format!("My topics are {}. Ask me about one of them.", crate::words::listed(&persona.topics, "and"))
    })
}
