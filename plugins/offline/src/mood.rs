//! What kind of utterance a clause is: a request, a question, a statement; and whether it says "don't".

use crate::words::{Token, is_stop};

/// What a clause does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Asks for something to be done, or is a fragment that may.
    Request,
    /// Asks for an answer.
    Question,
    /// Says how things are.
    Statement,
}

const OPENERS: &[&str] = &[
    "hey",
    "hi",
    "hello",
    "ok",
    "okay",
    "so",
    "well",
    "please",
    "oh",
    "and",
    "then",
    "also",
    "but",
    "now",
    "yes",
    "yeah",
    "sure",
    "um",
    "alright",
    "great",
    "thanks",
    "actually",
    "quickly",
    "just",
    "maybe",
    "first",
    "next",
    "finally",
    "afterwards",
];

const REQUESTS: &[&str] = &[
    "can you",
    "could you",
    "would you",
    "will you",
    "can not you",
    "could not you",
    "will not you",
    "would not you",
    "i want",
    "i need",
    "i would like",
    "i would love",
    "let us",
    "why do not you",
    "why do not we",
    "you should",
    "you can",
    "you may",
    "you must",
    "you have to",
    "may i",
    "can i",
    "can we",
    "could we",
    "could i",
    "shall we",
    "is it possible to",
    "how about",
    "do me a favor",
    "do me a favour",
    "i am looking for",
    "do not forget to",
    "remember to",
    "make sure",
    "do you mind",
    "i was wondering if",
];

const QUESTIONS: &[&str] = &[
    "what", "who", "whom", "whose", "where", "when", "why", "which", "how", "is", "are", "am", "was", "were",
    "do", "does", "did", "have", "has", "had", "will", "shall", "should", "can", "could", "may", "might",
    "would",
];

const STATEMENTS: &[&str] = &[
    "i",
    "you",
    "we",
    "he",
    "she",
    "they",
    "it",
    "this",
    "that",
    "the",
    "my",
    "your",
    "a",
    "an",
    "there",
    "these",
    "those",
    "our",
    "his",
    "her",
    "their",
    "if",
    "nice",
    "lovely",
    "good",
    "beautiful",
    "terrible",
    "awful",
    "bad",
    "thank",
    "because",
    "since",
    "everyone",
    "everybody",
    "nobody",
    "somebody",
    "someone",
    "people",
    "yesterday",
    "although",
    "such",
];

/// The clause without `hey`, `please` and the agent's name in front.
pub(crate) fn without_openers<'a>(clause: &'a [Token], agent: &str) -> &'a [Token] {
    let agent = agent.to_lowercase();
    let mut rest = clause;
    while let [first, after @ ..] = rest {
        if !first.is(OPENERS) && first.lower != agent {
            break;
        }
        rest = after;
    }
    rest
}

/// The clause starts with these words.
pub(crate) fn starts_with(clause: &[Token], phrase: &str) -> bool {
    let mut words = clause.iter();
    phrase.split(' ').all(|wanted| words.next().is_some_and(|token| token.lower == wanted))
}

/// The clause has these words in a row.
pub(crate) fn has_phrase(clause: &[Token], phrase: &str) -> bool {
    (0..clause.len()).any(|at| clause.get(at..).is_some_and(|rest| starts_with(rest, phrase)))
}

/// What a clause does; `asked` says that it ends with a question mark.
pub(crate) fn mood(clause: &[Token], asked: bool, agent: &str) -> Mood {
    let rest = without_openers(clause, agent);
    if REQUESTS.iter().any(|phrase| starts_with(rest, phrase)) || clause.iter().any(|t| t.lower == "please") {
        return Mood::Request;
    }
    if starts_with(rest, "what a") {
        return Mood::Statement;
    }
    let Some(first) = rest.first() else {
        return Mood::Statement;
    };
    if starts_with(rest, "do not") || names_only(rest) {
        return Mood::Request;
    }
    if first.is(QUESTIONS) {
        return Mood::Question;
    }
    if first.is(STATEMENTS) || told_of_somebody(rest) {
        return Mood::Statement;
    }
    if asked { Mood::Question } else { Mood::Request }
}

/// `the weather in Oslo`: it names a thing and says nothing of it.
fn names_only(clause: &[Token]) -> bool {
    let verbs =
        ["is", "are", "was", "were", "am", "has", "have", "had", "will", "would", "does", "did", "do", "can"];
    clause.first().is_some_and(|token| token.is(&["the", "a", "an", "my", "your", "our"]))
        && !clause.iter().any(|token| token.is(&verbs) || token.lower.ends_with("ed"))
}

/// `Bob muted the room`, `Ann is late`: a name, then a verb that tells.
fn told_of_somebody(clause: &[Token]) -> bool {
    let [subject, verb, ..] = clause else { return false };
    let telling =
        ["is", "was", "has", "had", "will", "did", "does", "said", "says", "sent", "made", "got", "would"];
    subject.capital
        && !is_stop(&subject.lower)
        && (verb.is(&telling) || (verb.lower.len() > 4 && verb.lower.ends_with("ed")))
}

/// The clause asks what something is or how it came about, not for it to be done.
///
/// `effect` is for actions that change something: a plain question never asks for those.
pub(crate) fn asks_about(clause: &[Token], mood: Mood, effect: bool, agent: &str) -> bool {
    let rest = without_openers(clause, agent);
    let defines = [
        "what is a",
        "what is an",
        "what are",
        "explain",
        "define",
        "what happens",
        "what would",
        "why",
        "do you ever",
        "do you like",
        "do you love",
        "do you enjoy",
        "do you hate",
        "do you get",
        "what do you think",
        "what do you like",
        "how do you",
        "how do i",
        "how can i",
        "how would i",
        "how to",
    ];
    if defines.iter().any(|phrase| starts_with(rest, phrase)) && !starts_with(rest, "why do not") {
        return true;
    }
    let wonders =
        ["the meaning of", "difference between", "what happens", "do you know what", "have to do with"];
    if wonders.iter().any(|phrase| has_phrase(rest, phrase)) || asks_meaning(rest) {
        return true;
    }
    if starts_with(rest, "what is") && rest.len() == 3 {
        return true;
    }
    let manner =
        ["how do", "how does", "how did", "how can", "how would", "how to", "tell me about", "tell me how"];
    effect && (mood == Mood::Question || manner.iter().any(|phrase| has_phrase(rest, phrase)))
}

/// `what does mute mean`, `tell me what muting does`.
fn asks_meaning(clause: &[Token]) -> bool {
    let Some(what) = clause.iter().position(|token| token.lower == "what") else {
        return false;
    };
    clause.len() > what + 2
        && clause.last().is_some_and(|last| last.is(&["mean", "means", "does", "do", "for"]))
}

/// The words of the clause before the one at `position` say that it is not to be done.
pub(crate) fn negated_before(clause: &[Token], position: usize) -> bool {
    let before = clause.get(..position).unwrap_or_default();
    let kindly = [
        "why do not",
        "do not forget to",
        "do not hesitate to",
        "can not you",
        "could not you",
        "will not you",
        "would not you",
        "do not mind",
    ];
    if kindly.iter().any(|phrase| has_phrase(before, phrase) || has_phrase(clause, phrase)) {
        return false;
    }
    before
        .iter()
        .any(|token| token.is(&["not", "never", "no", "without", "neither", "nor", "nobody", "avoid"]))
}

/// The whole text only greets, thanks or takes leave.
pub(crate) fn only_greets(words: &[Token], agent: &str) -> bool {
    const GREETS: &[&str] = &[
        "hi",
        "hello",
        "hey",
        "hiya",
        "howdy",
        "greetings",
        "good",
        "morning",
        "evening",
        "afternoon",
        "night",
        "day",
        "there",
        "all",
        "everyone",
        "everybody",
        "folks",
        "again",
        "yo",
        "sup",
        "welcome",
        "thanks",
        "thank",
        "you",
        "bye",
        "goodbye",
        "cheers",
        "dear",
        "friend",
        "see",
        "later",
        "how",
        "are",
        "is",
        "it",
        "going",
        "doing",
        "what",
        "up",
        "so",
        "much",
        "very",
        "well",
        "nice",
        "to",
        "meet",
        "today",
    ];
    let agent = agent.to_lowercase();
    !words.is_empty() && words.iter().all(|token| token.is(GREETS) || token.lower == agent)
}

/// The speaker wants silence.
pub(crate) fn wants_quiet(words: &[Token]) -> bool {
    const QUIET: &[&str] = &[
        "be quiet",
        "shut up",
        "stop talking",
        "stop responding",
        "stop replying",
        "stop answering",
        "be silent",
        "leave me alone",
        "go away",
        "stop messaging",
        "do not talk to me",
        "do not reply",
        "do not respond",
        "do not answer",
        "stop writing to me",
        "hush",
        "keep quiet",
        "quiet please",
        "stop bothering me",
    ];
    let unquoted: Vec<Token> = words.iter().filter(|token| !token.quoted).cloned().collect();
    QUIET.iter().any(|phrase| {
        (0..unquoted.len()).any(|at| {
            unquoted.get(at..).is_some_and(|rest| starts_with(rest, phrase)) && !negated_before(&unquoted, at)
        })
    })
}
