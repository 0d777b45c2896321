//! Who the agent is, and honestly what it is.

use crate::{
    mood::{has_phrase, without_openers},
    persona::Persona,
    phrases,
    schema::spoken,
    words::{Token, listed, tokens},
};
use galatea::model::Tool;

const WHO: &[&str] = &[
    "who are you",
    "what is your name",
    "tell me about yourself",
    "introduce yourself",
    "who is this",
    "who am i talking to",
    "who am i speaking to",
    "who am i speaking with",
    "who am i talking with",
    "your name",
    "describe yourself",
    "what do i call you",
    "what should i call you",
];

const WHAT: &[&str] = &[
    "what are you",
    "are you an ai",
    "are you ai",
    "are you a bot",
    "are you a robot",
    "are you human",
    "are you a human",
    "are you real",
    "are you a real",
    "are you a person",
    "are you a machine",
    "are you chatgpt",
    "are you gpt",
    "are you claude",
    "are you gemini",
    "are you llama",
    "are you a language model",
    "are you an llm",
    "are you a large language model",
    "what model",
    "which model",
    "what llm",
    "which llm",
    "what ai are you",
    "are you a computer",
    "are you a program",
    "are you eliza",
    "how do you work",
    "what kind of ai",
    "what kind of bot",
    "are you artificial",
    "are you alive",
    "are you conscious",
    "are you sentient",
    "who made you",
    "who built you",
    "what powers you",
    "are you powered",
    "what language model",
    "are you intelligent",
];

const ABLE: &[&str] = &[
    "what can you do",
    "what can i do here",
    "what are you able to do",
    "what do you do",
    "how can you help",
    "what can you help",
    "what can i ask",
    "what are your skills",
    "what are your abilities",
    "list your actions",
    "how does this work",
    "what do i do here",
    "how do i use",
    "show me what you can do",
    "what actions",
];

/// What the agent is, if that is asked: the one answer that no example of the character goes before.
pub(crate) fn honest(persona: &Persona, text: &str) -> Option<String> {
    let words = tokens(text);
    let rest = without_openers(&words, &persona.name);
    WHAT.iter().any(|phrase| asks(rest, phrase)).then(|| nature(persona))
}

/// The answer to a question about the agent itself, if the text is one.
pub(crate) fn answer(persona: &Persona, text: &str, tools: &[Tool]) -> Option<String> {
    let words = tokens(text);
    let rest = without_openers(&words, &persona.name);
    let asks = |phrases: &[&str]| phrases.iter().any(|phrase| asks(rest, phrase));
    let helps = ["help", "help me", "can you help me", "i need help", "can you help", "commands", "what now"];
    let bare =
        |phrase: &&str| crate::mood::starts_with(rest, phrase) && rest.len() == phrase.split(' ').count();
    if asks(ABLE) || helps.iter().any(bare) {
        let able = abilities(persona, tools);
        return Some(if asks(WHO) && !able.starts_with(&introduction(persona)) {
            format!("{} {able}", introduction(persona))
        } else {
            able
        });
    }
    asks(WHO).then(|| introduction(persona))
}

/// The phrase is the question itself, not part of a longer one such as `what are you doing`.
fn asks(words: &[Token], phrase: &str) -> bool {
    let length = phrase.split(' ').count();
    let ending = (0..words.len())
        .find(|at| words.get(*at..).is_some_and(|rest| crate::mood::starts_with(rest, phrase)));
    let Some(at) = ending else { return false };
    let open = phrase == "what are you"
        || phrase == "are you real"
        || phrase == "are you human"
        || phrase == "what do you do"
        || phrase == "your name";
    let tail = words.get(at + length..).unwrap_or_default();
    let closes = tail.iter().all(|token| {
        token.is(&[
            "really", "exactly", "then", "anyway", "actually", "please", "and", "who", "are", "you", "or",
            "a", "an", "bot", "ai", "human",
        ])
    });
    (!open || closes)
        && !has_phrase(words, "my name")
        && (phrase != "your name" || (at == 0 && words.len() <= 3))
}

/// Name and a line of the bio.
fn introduction(persona: &Persona) -> String {
    let bio = persona.introduction();
    let named = format!("I am {}", persona.name);
    if bio.is_empty() {
        format!("{named}.")
    } else if bio.starts_with(&named) {
        bio
    } else {
        format!("{named}. {bio}")
    }
}

/// What answers here: a program of rules, no language model.
pub(crate) fn nature(persona: &Persona) -> String {
    format!(
        "{} What speaks for me here is Galatea's offline engine: rules and retrieval inside this program, \
         no language model and no person. I can run actions and answer from what I was given; for real conversation, \
         add a model plugin to my character file.",
        introduction(persona)
    )
}

fn abilities(persona: &Persona, tools: &[Tool]) -> String {
    let mut tools: Vec<&Tool> =
        tools.iter().filter(|tool| !["REPLY", "IGNORE", "NONE"].contains(&tool.name.as_str())).collect();
    // What can be looked up is of more use to a newcomer than what changes a room.
    tools.sort_by_key(|tool| !crate::tools::looks_up(&tool.name));
    let names: Vec<String> = tools.iter().map(|tool| phrases::to_do(&tool.name)).collect();
    if names.is_empty() {
        let topics = if persona.topics.is_empty() {
            String::new()
        } else {
            format!(" I like to talk about {}.", listed(&persona.topics, "and"))
        };
        return format!("{}{topics} I answer from what I was given to know.", introduction(persona));
    }
    format!(
        "Ask me to {}. I also answer from what I was given to know{}.",
        listed(&names, "or"),
        if persona.topics.is_empty() {
            String::new()
        } else {
            format!(", about {}", listed(&persona.topics, "and"))
        }
    )
}

/// What a tool does, for a question such as `what is a mute?`.
pub(crate) fn explain_tool(text: &str, tools: &[Tool], agent: &str) -> Option<String> {
    let words = tokens(text);
    let mood = crate::mood::mood(&words, text.trim_end().ends_with('?'), agent);
    let manner = ["how do i", "how can i", "how to", "what does", "what is a", "what is", "explain"];
    if !crate::mood::asks_about(&words, mood, true, agent)
        || !manner.iter().any(|phrase| has_phrase(&words, phrase))
    {
        return None;
    }
    let subject = crate::questions::subject(&words, agent);
    tools
        .iter()
        .filter_map(|tool| {
            let name = crate::tools::name_stems(&tool.name);
            let shared = name.iter().filter(|word| subject.contains(*word)).count();
            let verb = name.first().is_some_and(|verb| subject.contains(verb));
            (verb && shared * 2 >= name.len() && shared * 2 >= subject.len()).then_some((shared, tool))
        })
        .max_by_key(|(shared, _)| *shared)
        .map(|(_, tool)| {
            format!("{}: {}", crate::words::capitalised(&spoken(&tool.name)), tool.description.trim())
        })
}
