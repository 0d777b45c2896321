//! What people say about themselves: names, places, work, likes, kin. Reflection and memory are made of these.

use crate::{
    mirror::{mirror, of_another},
    mood::starts_with,
    words::{Token, capitalised, sentences, tokens},
};

/// How a claim is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// So it is.
    Fact,
    /// So somebody sees it.
    Opinion,
    /// So it is now.
    Status,
}

/// Something a speaker said about themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// How it is meant.
    pub(crate) nature: Nature,
    /// Of the speaker, in the third person: `Sam lives in Oslo`.
    pub(crate) claim: String,
    /// To the speaker: `You live in Oslo.`
    pub(crate) told: String,
    /// The name the speaker gave.
    pub(crate) name: Option<String>,
    /// Somebody's name and what they are to the speaker: `Emma`, `sister`.
    pub(crate) kin: Option<(String, String)>,
}

const KIN: &[&str] = &[
    "sister",
    "brother",
    "mother",
    "father",
    "mom",
    "mum",
    "dad",
    "son",
    "daughter",
    "wife",
    "husband",
    "partner",
    "girlfriend",
    "boyfriend",
    "friend",
    "boss",
    "manager",
    "colleague",
    "coworker",
    "neighbour",
    "neighbor",
    "teacher",
    "cousin",
    "uncle",
    "aunt",
    "grandmother",
    "grandfather",
    "roommate",
    "flatmate",
    "fiancee",
    "fiance",
    "niece",
    "nephew",
];

/// Verbs of facts, with the form for a third person.
const FACTS: &[(&str, &str)] = &[
    ("live in", "lives in"),
    ("live at", "lives at"),
    ("live near", "lives near"),
    ("live with", "lives with"),
    ("come from", "comes from"),
    ("moved to", "moved to"),
    ("was born in", "was born in"),
    ("grew up in", "grew up in"),
    ("work at", "works at"),
    ("work as", "works as"),
    ("work for", "works for"),
    ("work in", "works in"),
    ("work with", "works with"),
    ("study", "studies"),
    ("speak", "speaks"),
    ("play", "plays"),
    ("have a", "has a"),
    ("have an", "has an"),
    ("have two", "has two"),
    ("have three", "has three"),
    ("own", "owns"),
    ("teach", "teaches"),
    ("am from", "is from"),
    ("am a", "is a"),
    ("am an", "is an"),
    ("am married", "is married"),
    ("am allergic to", "is allergic to"),
    ("am not a", "is not a"),
    ("do not eat", "does not eat"),
];
const OPINIONS: &[(&str, &str)] = &[
    ("like", "likes"),
    ("love", "loves"),
    ("enjoy", "enjoys"),
    ("prefer", "prefers"),
    ("hate", "hates"),
    ("dislike", "dislikes"),
    ("adore", "adores"),
    ("do not like", "does not like"),
    ("can not stand", "cannot stand"),
    ("really like", "likes"),
    ("really love", "loves"),
];
const STATES: &[(&str, &str)] = &[("feel", "feels"), ("am feeling", "is feeling"), ("am", "is")];

/// What a line says about its speaker, in order.
pub(crate) fn statements(text: &str, speaker: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    for sentence in sentences(text).into_iter().filter(|sentence| !sentence.ends_with('?')) {
        for clause in clauses(sentence) {
            found.extend(statement(clause, speaker));
        }
    }
    found
}

/// The parts of a sentence that can stand alone: `I live in Oslo` and `my sister is called Emma`.
fn clauses(sentence: &str) -> Vec<&str> {
    let words = tokens(sentence);
    let mut found = Vec::new();
    let mut start = 0;
    for (at, token) in words.iter().enumerate().skip(1) {
        let before = words.get(at - 1).map_or(0, |previous| previous.end);
        let gap = sentence.get(before..token.start).unwrap_or_default();
        let next = words.get(at + 1);
        let joint = token.is(&["but", "because", "so", "although", "while"])
            || (token.lower == "and"
                && next.is_some_and(|t| {
                    t.is(&["i", "my", "we"])
                        || (t.capital && words.get(at + 2).is_some_and(|t| t.lower == "is"))
                }));
        if joint || gap.contains([',', ';']) && !between_names(&words, at) {
            found.push(sentence.get(start..before).unwrap_or_default());
            start = if joint { token.end } else { token.start };
        }
    }
    found.push(sentence.get(start..).unwrap_or_default());
    found
        .into_iter()
        .map(|clause| clause.trim().trim_end_matches(['.', '!', ',', '…']).trim())
        .filter(|c| !c.is_empty())
        .collect()
}

fn between_names(words: &[Token], at: usize) -> bool {
    let name = |token: Option<&Token>| token.is_some_and(|t| t.capital && t.lower != "i");
    name(words.get(at)) && name(words.get(at - 1)) && words.get(at + 1).is_none_or(|t| t.lower != "is")
}

fn statement(clause: &str, speaker: &str) -> Option<Statement> {
    let all = tokens(clause);
    let skipped = all
        .iter()
        .take_while(|t| {
            t.is(&[
                "hi", "hello", "hey", "and", "well", "yes", "no", "oh", "so", "also", "actually", "ok", "by",
                "way",
            ])
        })
        .count();
    let words = all.get(skipped..)?;
    let asked = ["please remember that", "remember that", "note that", "you should know that"]
        .iter()
        .find(|phrase| starts_with(words, phrase))
        .map_or(0, |phrase| phrase.split(' ').count());
    let words = words.get(asked..)?;
    let clause = clause.get(words.first()?.start..)?;
    let words = tokens(clause);
    naming(clause, &words, speaker)
        .or_else(|| kinship(clause, &words, speaker))
        .or_else(|| possession(clause, &words, speaker))
        .or_else(|| of_oneself(clause, &words, speaker))
}

fn naming(clause: &str, words: &[Token], speaker: &str) -> Option<Statement> {
    let length = [
        "my name is",
        "call me",
        "you can call me",
        "please call me",
        "i am called",
        "i am named",
        "everyone calls me",
    ]
    .iter()
    .find(|phrase| starts_with(words, phrase))
    .map(|phrase| phrase.split(' ').count())
    .or_else(|| named_by_am(clause, words, speaker))?;
    let name = capitalised(&name_at(clause, words, length)?);
    Some(Statement {
        nature: Nature::Fact,
        claim: format!("{speaker}'s name is {name}"),
        told: format!("Your name is {name}."),
        name: Some(name),
        kin: None,
    })
}

/// `I am Sam`: nothing but a name follows, or the name the speaker goes by.
fn named_by_am(clause: &str, words: &[Token], speaker: &str) -> Option<usize> {
    const PEOPLES: &[&str] = &["ish", "ese", "ian", "ch", "wegian", "iss", "man", "ican", "an"];
    let rest = words.get(2..).filter(|_| starts_with(words, "i am"))?;
    let name = rest.first()?;
    let own = rest.len() == 1 && name.lower.eq_ignore_ascii_case(speaker);
    let names = rest.len() <= 3 && rest.iter().all(|token| token.capital && token.is_content());
    // `I am French`, `I am AFRAID`: no names.
    let people =
        rest.len() == 1 && name.lower.len() > 4 && PEOPLES.iter().any(|end| name.lower.ends_with(end));
    let shouted = clause.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
    let felt = ["low", "high", "tense", "cross"];
    let feeling = crate::eliza_script::SCRIPT
        .groups
        .iter()
        .any(|(group, words)| felt.contains(group) && name.is(words));
    (own || (names && !people && !shouted && !feeling)).then_some(2)
}

/// The name that starts at this word: as many capitals as follow each other, or one word.
fn name_at(clause: &str, words: &[Token], at: usize) -> Option<String> {
    let first = words.get(at).filter(|token| token.is_content())?;
    let capitals = words.iter().skip(at).take_while(|token| token.capital).count().max(1);
    let last = words.get(at + capitals - 1)?;
    clause.get(first.start..last.end).map(str::to_owned)
}

fn kinship(clause: &str, words: &[Token], speaker: &str) -> Option<Statement> {
    let kin_at = words.iter().position(|token| token.is(KIN))?;
    let kin = words.get(kin_at)?.lower.clone();
    let owned = kin_at > 0 && words.get(..kin_at)?.iter().any(|token| token.lower == "my");
    let name = if starts_with(words, "my") {
        let after = kin_at + 1;
        let called = words.get(after).is_some_and(|t| t.lower == "is")
            && words.get(after + 1).is_some_and(|t| t.is(&["called", "named"]));
        let told_name = starts_with(words.get(after..)?, "s name is");
        let at = if called {
            after + 2
        } else if words.get(after).is_some_and(|t| t.lower == "is") {
            after + 1
        } else {
            after
        };
        let capital = words.get(at).is_some_and(|token| token.capital);
        (called || capital || told_name).then(|| name_at(clause, words, at)).flatten()
    } else {
        let is_at = words.iter().position(|token| token.lower == "is")?;
        let named = words.first().is_some_and(|token| token.capital && token.is_content())
            && is_at < kin_at
            && is_at <= 3;
        (owned && named).then(|| clause.get(..words.get(is_at - 1)?.end).map(str::to_owned)).flatten()
    }?;
    Some(Statement {
        nature: Nature::Fact,
        claim: format!("{name} is {speaker}'s {kin}"),
        told: format!("{name} is your {kin}."),
        name: None,
        kin: Some((name, kin)),
    })
}

/// `my birthday is in May`, `my favourite colour is green`, `my dog is called Rex`.
fn possession(clause: &str, words: &[Token], speaker: &str) -> Option<Statement> {
    if !starts_with(words, "my") {
        return None;
    }
    let is_at = words.iter().position(|token| token.is(&["is", "are"]))?;
    let rest = clause.get(words.get(1)?.start..)?;
    if !(2..=4).contains(&is_at) || words.len() <= is_at + 1 {
        return None;
    }
    let opinion = words.get(1).is_some_and(|token| token.is(&["favourite", "favorite"]));
    Some(Statement {
        nature: if opinion { Nature::Opinion } else { Nature::Fact },
        claim: format!("{speaker}'s {}", of_another(rest)),
        told: format!("Your {}.", mirror(rest)),
        name: None,
        kin: None,
    })
}

fn of_oneself(clause: &str, words: &[Token], speaker: &str) -> Option<Statement> {
    if !starts_with(words, "i") {
        return None;
    }
    let after = words.get(1..)?;
    let kinds = [(Nature::Fact, FACTS), (Nature::Opinion, OPINIONS), (Nature::Status, STATES)];
    let (nature, (verb, third)) = kinds.iter().find_map(|(nature, verbs)| {
        verbs.iter().find(|(verb, _)| starts_with(after, verb)).map(|pair| (*nature, pair))
    })?;
    let object_at = 1 + verb.split(' ').count();
    let object = words.get(object_at).and_then(|token| clause.get(token.start..)).unwrap_or_default();
    let years = words.iter().any(|token| token.is(&["years", "old"]));
    let short = object.split_whitespace().count() <= 4;
    let doing = words.get(object_at).is_some_and(|token| {
        token.lower.ends_with("ing") || token.is(&["not", "so", "sure", "sorry", "going"])
    });
    if nature == Nature::Status && (!short || doing || object.is_empty()) {
        return None;
    }
    if object.is_empty() && *verb != "am married" {
        return None;
    }
    let age = nature == Nature::Status && (1..=120).contains(&object.trim().parse::<u32>().unwrap_or(0));
    if age {
        return Some(Statement {
            nature: Nature::Fact,
            claim: format!("{speaker} is {object} years old"),
            told: format!("You are {object} years old."),
            name: None,
            kin: None,
        });
    }
    let second = format!("You {} {}", verb.replace("am", "are").replace("was", "were"), mirror(object));
    Some(Statement {
        nature: if years { Nature::Fact } else { nature },
        claim: format!("{speaker} {third} {}", of_another(object)).trim().to_owned(),
        told: format!("{}.", second.trim()),
        name: None,
        kin: None,
    })
}
