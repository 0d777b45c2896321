//! Answers questions from the character's knowledge, its bio and what the providers said; or says that it does not know.

use crate::{
    bm25::Index,
    mood::{has_phrase, starts_with},
    persona::Persona,
    words::{Token, sentences, tokens},
};
use galatea::model::ModelRequest;
use std::collections::BTreeSet;

/// How much of a question a sentence must cover to be its answer.
const COVERAGE: f64 = 0.6;

/// Words by which a question is put, and which say nothing about its subject.
const ASKING: &[&str] = &[
    "tell",
    "know",
    "explain",
    "describe",
    "say",
    "give",
    "show",
    "remember",
    "think",
    "ask",
    "question",
    "answer",
    "anything",
    "something",
    "someone",
    "hey",
    "hello",
    "hi",
    "ok",
    "okay",
    "let",
    "many",
    "much",
    "kind",
    "exactly",
    "information",
    "info",
    "thing",
    "wonder",
    "curious",
    "get",
    "mean",
    "want",
    "help",
];

/// The text asks for something that could be known.
pub(crate) fn is_question(text: &str, words: &[Token]) -> bool {
    const STARTS: &[&str] = &[
        "what", "who", "whom", "whose", "where", "when", "which", "how", "why", "is", "are", "was", "were",
        "do", "does", "did", "has", "have", "had", "can", "could", "will", "would", "should", "tell me",
        "explain", "describe", "name",
    ];
    text.trim_end().ends_with('?') || STARTS.iter().any(|phrase| starts_with(words, phrase))
}

/// The sentence that answers the question, if one covers enough of it.
pub(crate) fn answer(persona: &Persona, request: &ModelRequest, text: &str) -> Option<String> {
    let words = tokens(text);
    if !is_question(text, &words) {
        return None;
    }
    let question = subject(&words, &persona.name);
    if question.is_empty() {
        return None;
    }
    let sources = sources(persona, request);
    let index = Index::new(sources.iter().map(|(search, _)| search.as_str()));
    let hits = index.search(&question);
    let best = hits.first().filter(|hit| hit.coverage >= COVERAGE)?;
    let (_, answer) = sources.get(best.document)?;
    let second = hits
        .get(1)
        .filter(|hit| hit.score >= best.score * 0.92 && hit.coverage >= best.coverage)
        .and_then(|hit| sources.get(hit.document))
        .map(|(_, other)| other)
        .filter(|other| *other != answer);
    Some(second.map_or_else(|| answer.clone(), |other| format!("{answer} {other}")))
}

/// The stems that a question is about.
pub(crate) fn subject(words: &[Token], agent: &str) -> BTreeSet<String> {
    words
        .iter()
        .filter(|token| token.is_content() && !token.is(ASKING) && !token.lower.eq_ignore_ascii_case(agent))
        .map(|token| token.stem.clone())
        .collect()
}

/// What may be quoted: the text to search and the text to say.
fn sources(persona: &Persona, request: &ModelRequest) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for text in &persona.knowledge {
        found.extend(with_subjects(&sentences(text)));
    }
    for line in &persona.bio {
        let said = sentences(line)
            .into_iter()
            .map(|part| (part.to_owned(), persona.first_person(part)));
        found.extend(said);
    }
    for line in facts(&request.context) {
        let echoed = request
            .lines
            .iter()
            .any(|said| !said.text.is_empty() && line.contains(said.text.trim()));
        if !echoed && !line.ends_with('?') {
            found.push((line.to_owned(), line.to_owned()));
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|(_, answer)| seen.insert(answer.clone()));
    found
}

/// Sentences with what to search them by: one that starts with `It` goes on about the subject of the one before.
fn with_subjects(sentences: &[&str]) -> Vec<(String, String)> {
    let mut before = String::new();
    let mut found = Vec::new();
    for sentence in sentences {
        let first = sentence.split_whitespace().next().unwrap_or_default();
        let goes_on = [
            "It", "Its", "They", "Their", "He", "She", "His", "Her", "This", "These",
        ]
        .contains(&first);
        let search = if goes_on {
            format!("{before} {sentence}")
        } else {
            (*sentence).to_owned()
        };
        search.clone_into(&mut before);
        found.push((search, (*sentence).to_owned()));
    }
    found
}

/// The lines of a context that state something: no headings, no lists of names.
pub(crate) fn facts(context: &str) -> impl Iterator<Item = &str> {
    context
        .lines()
        .map(str::trim)
        .filter(|line| {
            !line.starts_with('#') && !line.ends_with(':') && !line.starts_with(['<', '{', '[', '`'])
        })
        .map(|line| line.trim_start_matches(['-', '*', '•', ' ']).trim())
        .flat_map(sentences)
        .filter(|line| line.split_whitespace().count() >= 3)
}

/// The question asks for a fact of the world, not for an opinion and not about the two who talk.
pub(crate) fn asks_fact(text: &str, agent: &str) -> bool {
    let words = tokens(text);
    let personal = [
        "i", "me", "my", "mine", "you", "your", "we", "us", "our", "yourself", "myself",
    ];
    let asked_of_agent = [
        "do you know",
        "can you tell",
        "could you tell",
        "can you explain",
        "tell me",
    ];
    let asks = ["what", "who", "where", "when", "which", "whose"];
    let counts = [
        "how many", "how much", "how far", "how old", "how tall", "how long", "how big", "how high",
        "how do", "how does", "how to",
    ];
    let yes_no = ["is", "are", "was", "were", "does", "did", "has"];
    let led = asked_of_agent.iter().any(|phrase| has_phrase(&words, phrase));
    let about_us = words.iter().filter(|token| token.is(&personal)).count();
    let wants =
        words.iter().any(|token| token.is(&asks)) || counts.iter().any(|phrase| has_phrase(&words, phrase));
    let closed = words.first().is_some_and(|token| token.is(&yes_no)) && text.trim_end().ends_with('?');
    (wants || closed)
        && (about_us == 0 || (led && about_us <= 2))
        && is_question(text, &words)
        && !subject(&words, agent).is_empty()
}

/// Says that the answer is not known, in one of a few ways.
pub(crate) fn unknown(turn: u64) -> String {
    const WAYS: &[&str] = &[
        "I don't know that. It is not in anything I was given to know.",
        "I can't answer that: nothing I know says so, and I would rather not guess.",
        "That I don't know. I only answer from what I was given and from what you tell me.",
    ];
    crate::pick(WAYS, turn).to_owned()
}
