//! Questions: whether a text is one, what it is about, of what kind its answer must be, and the questions in
//! one text.

use crate::{
    mood::{has_phrase, starts_with, without_openers},
    numbers,
    words::{Token, sentences, tokens},
};
use std::collections::BTreeSet;

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
    "hour",
    "hours",
    "time",
    "happen",
    "happened",
    "happens",
    "allowed",
    "bring",
    "said",
];

/// The text asks for something that could be known.
pub(crate) fn is_question(text: &str, words: &[Token]) -> bool {
    const STARTS: &[&str] = &[
        "what",
        "who",
        "whom",
        "whose",
        "where",
        "when",
        "which",
        "how",
        "why",
        "is",
        "are",
        "was",
        "were",
        "do",
        "does",
        "did",
        "has",
        "have",
        "had",
        "can",
        "could",
        "will",
        "would",
        "should",
        "tell me",
        "explain",
        "describe",
        "name",
        "you said",
        "you told me",
        "any idea",
        "i want to know",
        "i would like to know",
    ];
    text.trim_end().ends_with('?') || STARTS.iter().any(|phrase| starts_with(words, phrase))
}

/// The stems that a question is about.
pub(crate) fn subject(words: &[Token], agent: &str) -> BTreeSet<String> {
    let aged = has_phrase(words, "how old");
    words
        .iter()
        .filter(|token| token.is_content() && !token.is(ASKING) && !token.lower.eq_ignore_ascii_case(agent))
        .filter(|token| !(aged && token.lower == "old"))
        .map(|token| token.stem.clone())
        .collect()
}

/// The questions of a text that has several: `when does it open, and what does it cost?`; empty if it has one.
pub(crate) fn several(text: &str) -> Vec<&str> {
    const LEADS: &[&str] = &[
        "what", "who", "where", "when", "which", "how", "why", "is", "are", "do", "does", "can", "will",
        "tell",
    ];
    let mut found = Vec::new();
    for sentence in sentences(text) {
        let words = tokens(sentence);
        let mut start = 0;
        for (at, token) in words.iter().enumerate().skip(2) {
            let joint = token.is(&["and", "also"]) && words.get(at + 1).is_some_and(|next| next.is(LEADS));
            if joint {
                found.push(sentence.get(start..token.start).unwrap_or_default());
                start = token.end;
            }
        }
        found.push(sentence.get(start..).unwrap_or_default());
    }
    let asks = |part: &&str| {
        let words = tokens(part);
        is_question(part, without_openers(&words, ""))
    };
    found.retain(asks);
    if found.len() < 2 { Vec::new() } else { found }
}

/// What an answer must have to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Anything that is about the subject.
    Anything,
    /// A place.
    Place,
    /// A time.
    Time,
    /// A number.
    Number,
    /// A year, from which an age follows.
    Year,
    /// What the subject is.
    Definition,
}

impl Wanted {
    /// What these words ask for.
    pub(crate) fn of(words: &[Token], agent: &str) -> Self {
        let rest = without_openers(words, agent);
        let starts = |phrases: &[&str]| phrases.iter().any(|phrase| starts_with(rest, phrase));
        if has_phrase(rest, "how old") {
            Self::Year
        } else if starts(&["how many", "how much", "how long", "how far"]) {
            Self::Number
        } else if starts(&["when", "what time", "which day", "what day"]) {
            Self::Time
        } else if starts(&["where"]) {
            Self::Place
        } else if starts(&["what is a", "what is an", "what is", "what are"])
            && subject(rest, agent).len() == 1
        {
            Self::Definition
        } else {
            Self::Anything
        }
    }

    /// The sentence has what is wanted.
    pub(crate) fn is_in(self, sentence: &str, question: &BTreeSet<String>) -> bool {
        let words = tokens(sentence);
        let digits = |token: &Token| token.lower.starts_with(|c: char| c.is_ascii_digit());
        match self {
            Self::Anything => true,
            Self::Year => words
                .iter()
                .any(|token| token.lower.len() == 4 && token.lower.bytes().all(|b| b.is_ascii_digit())),
            Self::Number => !numbers::numbers(sentence, &words).is_empty() || words.iter().any(digits),
            Self::Time => words.iter().any(|token| {
                digits(token)
                    || numbers::dates(token)
                    || token.is(TIMES)
                    || token.is(&["every", "daily", "always", "never", "until"])
            }),
            Self::Place => words.windows(3).any(located) || words.windows(2).any(named_place),
            Self::Definition => defines(&words, question),
        }
    }
}

const TIMES: &[&str] = &[
    "spring",
    "summer",
    "autumn",
    "winter",
    "dawn",
    "dusk",
    "morning",
    "evening",
    "night",
    "afternoon",
    "day",
    "week",
    "month",
    "year",
    "hour",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
];

fn located(words: &[Token]) -> bool {
    let [before, article, thing] = words else {
        return false;
    };
    before.is(PREPOSITIONS)
        && article.is(&["a", "an", "the", "our", "my", "pier", "room"])
        && !numbers::dates(thing)
        && !thing.is(TIMES)
        && !thing.is(&["first", "second", "third", "last", "sundays"])
        && !thing.lower.starts_with(|c: char| c.is_ascii_digit())
}

fn named_place(words: &[Token]) -> bool {
    let [before, place] = words else { return false };
    before.is(PREPOSITIONS) && place.capital && !numbers::dates(place)
}

const PREPOSITIONS: &[&str] =
    &["in", "on", "at", "near", "by", "above", "under", "behind", "beside", "from", "opposite", "below"];

/// The subject stands in front, or is explained right behind: `DOCTOR, a parody`.
fn defines(words: &[Token], question: &BTreeSet<String>) -> bool {
    let at = words.iter().position(|token| question.contains(&token.stem));
    at.is_some_and(|at| at <= 2 || words.get(at + 1).is_some_and(|next| next.is(&["a", "an", "is", "are"])))
}

/// The question asks for a fact of the world, not for an opinion and not about the two who talk.
pub(crate) fn asks_fact(text: &str, agent: &str) -> bool {
    let words = tokens(text);
    let personal = ["i", "me", "my", "mine", "you", "your", "we", "us", "our", "yourself", "myself"];
    let asked_of_agent = ["do you know", "can you tell", "could you tell", "can you explain", "tell me"];
    let asks = ["what", "who", "where", "when", "which", "whose"];
    let counts = [
        "how many", "how much", "how far", "how old", "how tall", "how long", "how big", "how high",
        "how do", "how does", "how to", "how cold", "how warm", "how deep", "how fast", "how was", "how is",
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
