//! Conversation in the manner of Weizenbaum's program of 1966: keywords with ranks, patterns that take a sentence
//! apart, templates that put an answer together from its turned-round parts, and a memory for when nothing fits.

use crate::{
    eliza_script::{Keyword, SCRIPT},
    mirror::mirror,
    persona::Persona,
    words::{Token, sentences, tokens},
};

/// What the answer depends on besides the text.
pub(crate) struct Talk<'a> {
    /// The character.
    pub(crate) persona: &'a Persona,
    /// The seed and the number of answers so far: picks among the templates of a rule.
    pub(crate) turn: u64,
    /// What the agent already said; a template is not used twice in a row of these.
    pub(crate) said: &'a [&'a str],
    /// What the speaker said earlier, oldest first.
    pub(crate) earlier: &'a [&'a str],
}

/// An answer to anything.
pub(crate) fn answer(text: &str, talk: &Talk<'_>) -> String {
    if !text.chars().any(char::is_alphanumeric) {
        return crate::pick(&["I am listening.", "Go on.", "Say it in words, if you can."], talk.turn)
            .to_owned();
    }
    keyword_answer(text, talk).or_else(|| memory(talk)).unwrap_or_else(|| fallback(text, talk))
}

fn keyword_answer(text: &str, talk: &Talk<'_>) -> Option<String> {
    let parts: Vec<(&str, Vec<Token>)> =
        sentences(text).into_iter().flat_map(clauses).map(|clause| (clause, tokens(clause))).collect();
    let mut found: Vec<(&Keyword, &str, &[Token])> = Vec::new();
    for (clause, words) in &parts {
        for keyword in &SCRIPT.keywords {
            if words.iter().any(|token| token.is(&keyword.words)) {
                found.push((keyword, clause, words));
            }
        }
    }
    found.sort_by_key(|(keyword, ..)| std::cmp::Reverse(keyword.rank));
    found.into_iter().find_map(|(keyword, clause, words)| {
        keyword.rules.iter().find_map(|rule| {
            let parts = decompose(rule.pattern, words)?;
            Some(assemble(rotate(&rule.replies, talk), clause, words, &parts))
        })
    })
}

fn clauses(sentence: &str) -> Vec<&str> {
    sentence
        .split([',', ';', ':'])
        .flat_map(|part| part.split(" but "))
        .map(str::trim)
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .collect()
}

/// The template of this turn, or the next one that was not just used.
fn rotate(replies: &[&'static str], talk: &Talk<'_>) -> &'static str {
    let recent = talk.said.iter().rev().take(4);
    let used: Vec<&str> = recent.copied().collect();
    let count = u64::try_from(replies.len()).unwrap_or(1);
    (talk.turn..talk.turn + count)
        .map(|turn| crate::pick(replies, turn))
        .find(|reply| {
            let opening = reply.split('{').next().unwrap_or_default();
            opening.len() < 4 || !used.iter().any(|said| said.starts_with(opening))
        })
        .unwrap_or_else(|| crate::pick(replies, talk.turn))
}

/// Takes words apart by a pattern: the ranges that its `*` and `@` parts stand for.
fn decompose(pattern: &str, words: &[Token]) -> Option<Vec<(usize, usize)>> {
    let parts: Vec<&str> = pattern.split(' ').collect();
    let mut found = Vec::new();
    matches(&parts, words, 0, &mut found).then_some(found)
}

fn matches(parts: &[&str], words: &[Token], at: usize, found: &mut Vec<(usize, usize)>) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        return at == words.len();
    };
    if *part == "*" {
        return (at..=words.len()).any(|end| {
            found.push((at, end));
            let fits = matches(rest, words, end, found);
            if !fits {
                found.pop();
            }
            fits
        });
    }
    let Some(token) = words.get(at) else { return false };
    if let Some(group) = part.strip_prefix('@') {
        let known =
            SCRIPT.groups.iter().find(|(name, _)| *name == group).is_some_and(|(_, words)| token.is(words));
        if !known {
            return false;
        }
        found.push((at, at + 1));
        let fits = matches(rest, words, at + 1, found);
        if !fits {
            found.pop();
        }
        return fits;
    }
    token.lower == *part && matches(rest, words, at + 1, found)
}

/// Puts an answer together; a part that would be empty is called `that`.
fn assemble(template: &str, clause: &str, words: &[Token], parts: &[(usize, usize)]) -> String {
    let mut out = template.to_owned();
    for (number, (from, to)) in parts.iter().enumerate() {
        let mark = format!("{{{}}}", number + 1);
        if out.contains(&mark) {
            let part = written(clause, words, *from, *to);
            let turned =
                mirror(untimed(part).trim_matches(|c: char| c.is_whitespace() || ".!?\"“”".contains(c)));
            out = out.replace(&mark, if turned.is_empty() { "that" } else { &turned });
        }
    }
    crate::words::capitalised(&out)
}

/// Without the `today` at the end, which would stand in the middle of the answer.
fn untimed(part: &str) -> &str {
    let part = part.trim_end_matches(['.', '!', ' ']);
    [" today", " now", " right now", " lately", " tonight", " these days", " again"]
        .iter()
        .find_map(|time| part.strip_suffix(time))
        .unwrap_or(part)
}

fn written<'c>(clause: &'c str, words: &[Token], from: usize, to: usize) -> &'c str {
    // A contraction belongs to one part only: the one that starts after it.
    let shared =
        from > 0 && words.get(from).zip(words.get(from - 1)).is_some_and(|(a, b)| a.start == b.start);
    let start = words.get(if shared { from + 1 } else { from }).map_or(clause.len(), |token| token.start);
    let end = to.checked_sub(1).and_then(|last| words.get(last)).map_or(start, |token| token.end);
    clause.get(start..end).unwrap_or_default()
}

/// It says something: of the speaker, or a sentence about somebody. A fragment or an order says nothing to go
/// on about.
fn personal(text: &str) -> bool {
    let words = tokens(text);
    let verbs = [
        "is", "are", "was", "were", "has", "have", "had", "will", "would", "says", "said", "does", "did",
        "went", "came", "i", "me", "my", "we", "our", "us",
    ];
    words.len() >= 3 && words.iter().any(|token| token.is(&verbs))
}

/// Something the speaker said of their own earlier, every other turn and never twice.
fn memory(talk: &Talk<'_>) -> Option<String> {
    if talk.turn.is_multiple_of(2) {
        return None;
    }
    let said = talk.earlier.iter().flat_map(|text| sentences(text));
    let parts = said.filter(|sentence| !sentence.ends_with('?')).flat_map(clauses);
    let memories: Vec<(bool, String)> = parts.filter_map(own_thing).collect();
    let told = |thing: &str| talk.said.iter().any(|said| said.contains("arlier") && said.contains(thing));
    let (sentence, thing) = memories.into_iter().find(|(_, thing)| !told(thing))?;
    let replies = if sentence { &SCRIPT.memories } else { &SCRIPT.things };
    Some(rotate(replies, talk).replace("{1}", &thing))
}

/// What follows `my` in a clause, turned round, and whether the clause is a sentence about it.
fn own_thing(clause: &str) -> Option<(bool, String)> {
    let words = tokens(clause);
    let parts = decompose("* my *", &words)?;
    let (from, to) = *parts.get(1)?;
    let length = to.checked_sub(from).filter(|length| (1..=8).contains(length))?;
    let part = mirror(written(clause, &words, from, to).trim_end_matches(['.', '!']));
    Some((from == 1 && length > 1, part))
}

fn fallback(text: &str, talk: &Talk<'_>) -> String {
    if !personal(text) {
        return rotate(&SCRIPT.puzzled, talk).to_owned();
    }
    let topics = &talk.persona.topics;
    let count = u64::try_from(topics.len()).unwrap_or(0);
    let topic = (count > 0 && talk.turn % 4 == 2)
        .then(|| topics.get(usize::try_from(talk.turn / 4 % count).unwrap_or(0)))
        .flatten();
    topic.map_or_else(
        || rotate(&SCRIPT.fallbacks, talk).to_owned(),
        |topic| format!("I see. If you like, we could talk about {topic}."),
    )
}
