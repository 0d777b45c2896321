//! The character's own conversations: what somebody says in one of them is answered as the character answers there.

use crate::{
    persona::Persona,
    words::{Token, tokens},
};

/// From here on two lines count as the same.
const CLOSE: f64 = 0.78;

/// An example of the character has the text, word for word: it is talk, not a request for an action.
pub(crate) fn shows(persona: &Persona, text: &str) -> bool {
    let said = tokens(text);
    persona
        .message_examples
        .iter()
        .flat_map(|conversation| conversation.windows(2))
        .filter_map(<[_]>::first)
        .any(|(_, question)| closeness(&said, &tokens(question)) > 0.97)
}

/// The character's line after the one closest to the text, if one is close.
pub(crate) fn answer(persona: &Persona, text: &str, speaker: &str) -> Option<String> {
    let said = tokens(text);
    let mut best: Option<(f64, &str)> = None;
    for conversation in &persona.message_examples {
        for pair in conversation.windows(2) {
            let [(asker, question), (answerer, answer)] = pair else {
                continue;
            };
            if !is_agent(persona, answerer, conversation) || asker == answerer || answer.trim().is_empty() {
                continue;
            }
            let closeness = closeness(&said, &tokens(question));
            if closeness >= CLOSE && best.is_none_or(|(other, _)| closeness > other) {
                best = Some((closeness, answer));
            }
        }
    }
    best.map(|(_, answer)| named(answer, persona, speaker))
}

/// Examples name the agent by its name or by a placeholder; failing that, it is not the one who begins.
fn is_agent(persona: &Persona, speaker: &str, conversation: &[(String, String)]) -> bool {
    let names = |speaker: &str| speaker.eq_ignore_ascii_case(&persona.name) || AGENT.contains(&speaker);
    if conversation.iter().any(|(speaker, _)| names(speaker)) {
        return names(speaker);
    }
    conversation.first().is_some_and(|(first, _)| first != speaker)
}

const AGENT: &[&str] = &["{{user2}}", "{{name2}}", "{{agent}}", "{{agentName}}", "{{char}}", "assistant"];
const ASKER: &[&str] = &["{{user1}}", "{{name1}}", "{{user}}", "{{sender}}"];

fn named(answer: &str, persona: &Persona, speaker: &str) -> String {
    let speaker = if anonymous(speaker) { "you" } else { speaker };
    let with_asker = ASKER.iter().fold(answer.to_owned(), |text, mark| text.replace(mark, speaker));
    AGENT
        .iter()
        .filter(|mark| mark.starts_with('{'))
        .fold(with_asker, |text, mark| text.replace(mark, &persona.name))
}

/// The name stands for nobody in particular.
pub(crate) fn anonymous(name: &str) -> bool {
    name.is_empty()
        || ["user", "somebody", "you", "anonymous", "human", "guest"].contains(&name.to_lowercase().as_str())
}

/// How much two lines share: 1.0 is all words; grammar words count a third.
fn closeness(a: &[Token], b: &[Token]) -> f64 {
    let weight = |token: &Token| if token.is_content() { 1.0 } else { 0.34 };
    let total: f64 = a.iter().chain(b).map(weight).sum();
    let mut rest: Vec<&Token> = b.iter().collect();
    let mut shared = 0.0;
    for token in a {
        if let Some(at) = rest.iter().position(|other| other.stem == token.stem) {
            rest.swap_remove(at);
            shared += 2.0 * weight(token);
        }
    }
    if total == 0.0 { 0.0 } else { shared / total }
}
