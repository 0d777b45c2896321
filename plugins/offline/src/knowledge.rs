//! Answers questions from the character's knowledge, its bio and what the providers said; or says that it does
//! not know.

use crate::{
    bm25::{Hit, Index},
    mood::{starts_with, without_openers},
    persona::Persona,
    questions::{Wanted, is_question, several, subject},
    words::{Token, sentences, tokens},
};
use galatea::model::ModelRequest;
use std::collections::BTreeSet;

/// How much of a question a sentence must cover to be its answer.
const COVERAGE: f64 = 0.6;

/// How much of it, if the answer is to go before an action.
const SURE: f64 = 0.85;

/// The sentence that answers the question, if one covers enough of it; of several questions, those it can.
pub(crate) fn answer(persona: &Persona, request: &ModelRequest, text: &str) -> Option<String> {
    let parts = several(text);
    if parts.is_empty() {
        return answer_one(persona, &sources(persona, request), text, COVERAGE);
    }
    let sources = sources(persona, request);
    let mut told: Vec<String> = Vec::new();
    let mut open = false;
    for part in parts {
        match answer_one(persona, &sources, part, COVERAGE) {
            Some(answer) if told.contains(&answer) => {}
            Some(answer) => told.push(answer),
            None => open = true,
        }
    }
    if told.is_empty() {
        return None;
    }
    if open {
        told.push("The rest I don't know.".to_owned());
    }
    Some(told.join(" "))
}

/// The character itself knows the answer, so well that no action is needed.
pub(crate) fn answers_well(persona: &Persona, text: &str) -> bool {
    let words = tokens(text);
    let of_agent = words.iter().any(|token| token.is(&["you", "your"]));
    let mut sources = own(persona);
    // A bio names the trade, and a request has its words too: `the weather at the observatory`.
    sources.retain(|source| !source.own || of_agent);
    // One word in common is chance: `what's the weather?` is not about the log of the weather.
    subject(&words, &persona.name).len() >= 2
        && several(text).is_empty()
        && answer_one(persona, &sources, text, SURE).is_some()
}

/// Answers to those questions beside a request that the character knows: `the weather in Oslo, and when do you open?`
pub(crate) fn beside(persona: &Persona, text: &str) -> Vec<String> {
    let sources = own(persona);
    several(text).into_iter().filter_map(|part| answer_one(persona, &sources, part, SURE)).collect()
}

/// What the character knows of the subjects of a text: something to tell where nothing is asked.
pub(crate) fn anything(persona: &Persona, turn: u64) -> Option<String> {
    let count = u64::try_from(persona.knowledge.len()).ok().filter(|count| *count > 0)?;
    persona.knowledge.get(usize::try_from(turn % count).ok()?).cloned()
}

fn answer_one(persona: &Persona, sources: &[Source], text: &str, coverage: f64) -> Option<String> {
    let all = tokens(text);
    let words = without_openers(&all, &persona.name);
    if !is_question(text, words) {
        return None;
    }
    let mut question = subject(words, &persona.name);
    let index = Index::new(sources.iter().map(|source| source.search.as_str()));
    let number = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
    if question.len() > 2 {
        // A number that no text has may be a mistake of the one who asks; what is known puts it right.
        question.retain(|word| !number(word) || index.has(word));
    }
    if question.is_empty() {
        return None;
    }
    let wanted = Wanted::of(words, &persona.name);
    let allowed = permitted(words, &persona.name).filter(|_| coverage < SURE);
    let found = |question: &BTreeSet<String>| -> Vec<(Hit, &Source)> {
        index
            .search(question)
            .into_iter()
            .filter(|hit| hit.coverage >= coverage)
            .filter_map(|hit| Some((hit, sources.get(hit.document)?)))
            .filter(|(_, source)| wanted.is_in(&source.search, question))
            .collect()
    };
    let mut hits = found(&question);
    if hits.is_empty()
        && let Some(thing) = allowed
    {
        hits = found(&thing);
        // What is said of the thing may be about anything, unless it is said once.
        hits.truncate(if hits.len() == 1 { 1 } else { 0 });
    }
    if words.iter().any(|token| token.is(&["you", "your"])) {
        hits.sort_by_key(|(_, source)| !source.own);
    }
    let (best, source) = hits.first()?;
    let second = hits
        .get(1)
        .filter(|(hit, _)| hit.score >= best.score * 0.92 && hit.coverage >= best.coverage)
        .filter(|(_, other)| other.answer != source.answer && wanted == Wanted::Anything);
    Some(
        second.map_or_else(
            || source.answer.clone(),
            |(_, other)| format!("{} {}", source.answer, other.answer),
        ),
    )
}

/// `can I leave my luggage?`: the subject without what is to be done.
fn permitted(words: &[Token], agent: &str) -> Option<BTreeSet<String>> {
    let leads = ["can i", "may i", "could i", "can we", "may we", "could we", "am i", "are we"];
    let led = leads.iter().any(|phrase| starts_with(words, phrase));
    let rest = words.get(3..).filter(|_| led)?;
    Some(subject(rest, agent)).filter(|thing| !thing.is_empty())
}

/// What may be quoted.
struct Source {
    /// The text to search.
    search: String,
    /// The text to say.
    answer: String,
    /// It is about the agent.
    own: bool,
}

/// Knowledge and bio, then what the providers said.
fn sources(persona: &Persona, request: &ModelRequest) -> Vec<Source> {
    let mut found = own(persona);
    for line in facts(&foreign(&request.context, &persona.name)) {
        let echoed =
            request.lines.iter().any(|said| !said.text.is_empty() && line.contains(said.text.trim()));
        let dated = line.starts_with("The current date and time");
        if !echoed && !dated && !line.ends_with('?') {
            found.push(Source { search: line.to_owned(), answer: line.to_owned(), own: false });
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|source| seen.insert(source.answer.clone()));
    found
}

/// What the character file itself says.
fn own(persona: &Persona) -> Vec<Source> {
    let mut found = Vec::new();
    for text in &persona.knowledge {
        found.extend(with_subjects(&sentences(text)));
    }
    for part in persona.bio.iter().flat_map(|line| sentences(line)) {
        found.push(Source { search: part.to_owned(), answer: persona.first_person(part), own: true });
    }
    found
}

/// The context without the sections that only repeat the character: who it is, how it writes, examples.
pub(crate) fn foreign(context: &str, agent: &str) -> String {
    const REPEATS: &[&str] = &["About", "How", "Example", "Message Directions", "Post Directions"];
    let mut skipped = false;
    let mut kept = String::new();
    for line in context.lines() {
        if let Some(heading) = line.strip_prefix('#') {
            let heading = heading.trim_start_matches('#').trim();
            skipped = !agent.is_empty()
                && heading.contains(agent)
                && REPEATS.iter().any(|start| heading.starts_with(start));
        }
        if !skipped {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Sentences with what to search them by: one that starts with `It` goes on about the subject of the one before.
fn with_subjects(sentences: &[&str]) -> Vec<Source> {
    let mut before = String::new();
    let mut found = Vec::new();
    for sentence in sentences {
        let first = sentence.split_whitespace().next().unwrap_or_default();
        let goes_on =
            ["It", "Its", "They", "Their", "He", "She", "His", "Her", "This", "These"].contains(&first);
        let search = if goes_on { format!("{before} {sentence}") } else { (*sentence).to_owned() };
        search.clone_into(&mut before);
        found.push(Source { search, answer: (*sentence).to_owned(), own: false });
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

/// Says that the answer is not known, in one of a few ways.
pub(crate) fn unknown(turn: u64) -> String {
    const WAYS: &[&str] = &[
        "I don't know that. It is not in anything I was given to know.",
        "I can't answer that: nothing I know says so, and I would rather not guess.",
        "That I don't know. I only answer from what I was given and from what you tell me.",
    ];
    crate::pick(WAYS, turn).to_owned()
}
