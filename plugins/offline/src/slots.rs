//! Finds the words of a text that fill a string field of some kind.

use crate::{
    heard::Heard,
    numbers, places,
    schema::{Field, Kind},
};
use std::ops::Range;

/// A value and the words it was made of.
pub(crate) type Slot = (String, Range<usize>);

/// Words that end a value of few words.
const POLITE: &[&str] =
    &["please", "now", "right", "thanks", "thank", "you", "for", "me", "currently", "immediately", "again"];

/// The value of a field, if the text has it. `sure` wants strong signs only, as for a field that may be left out.
pub(crate) fn find(field: &Field, heard: &Heard<'_>, sure: bool) -> Option<Slot> {
    if let Some(slot) = labelled(field, heard) {
        return Some(slot);
    }
    match field.kind {
        Kind::Place => places::place(heard, sure).map(owner),
        Kind::Person => person(heard, sure).map(owner),
        Kind::Date => date(heard),
        Kind::Url => link(heard),
        Kind::Key => setting(heard).map(|(key, _)| key),
        Kind::Setting => setting(heard).map(|(_, value)| value),
        Kind::Title => title(heard, sure),
        Kind::FreeText => free_text(field, heard, sure),
        _ if sure => None,
        _ => heard.quoted().or_else(|| remainder(heard)),
    }
}

/// `Dora's` is Dora.
fn owner((text, range): Slot) -> Slot {
    let bare = text.strip_suffix("'s").or_else(|| text.strip_suffix("’s")).map(str::to_owned);
    (bare.unwrap_or(text), range)
}

/// Words without politeness and dates at the end.
pub(crate) fn tidy(heard: &Heard<'_>, range: Range<usize>) -> Option<Slot> {
    let Range { mut start, mut end } = range;
    if let Some(date) = numbers::date_span(heard.words.get(start..end).unwrap_or_default())
        && date.start > 0
        && start + date.end == end
    {
        end = start + date.start;
    }
    while end > start
        && heard.at(end - 1).is_some_and(|t| {
            t.is(POLITE) || t.is(&["on", "in", "at", "the", "this", "next"]) || numbers::dates(t)
        })
    {
        end -= 1;
    }
    while start < end && heard.at(start).is_some_and(|token| token.is(&["the", "a", "an"])) {
        start += 1;
    }
    let text = heard.slice(start..end).trim();
    (!text.is_empty()).then(|| (text.to_owned(), start..end))
}

/// `title: Login broken`, `with the title Login broken`, `the title is "Login broken"`.
fn labelled(field: &Field, heard: &Heard<'_>) -> Option<Slot> {
    let label = field.label.as_str();
    let at = (0..heard.words.len())
        .find(|index| heard.at(*index).is_some_and(|t| t.lower == label && !t.quoted))?;
    let after = heard.between(at);
    let introduced =
        at.checked_sub(1).and_then(|i| heard.at(i)).is_some_and(|t| t.is(&["with", "the", "and"]));
    let stated = heard.at(at + 1).is_some_and(|token| token.is(&["is"]));
    let marked = after.contains(':') || after.contains('=');
    let with =
        (introduced && heard.find(&["with"], 0).is_some_and(|with| with < at)) && heard.at(at + 1).is_some();
    if !(marked || with || (stated && introduced)) {
        return None;
    }
    let from = if stated { at + 2 } else { at + 1 };
    if let Some(quoted) = heard.quoted().filter(|(_, range)| range.start == from) {
        return Some(quoted);
    }
    let end = (from..heard.words.len()).find(|index| !heard.runs_on(*index) && field.kind != Kind::FreeText);
    if field.kind == Kind::FreeText {
        return whole_rest(heard, from);
    }
    tidy(heard, from..end.map_or(heard.words.len(), |index| index + 1))
}

/// The first word is a verb rather than a name: `Tell`, `Check`.
pub(crate) fn verb_first(heard: &Heard<'_>, index: usize) -> bool {
    const VERBS: &[&str] = &[
        "get", "show", "check", "give", "tell", "find", "make", "send", "set", "create", "look", "let",
        "add", "change", "update", "open", "file", "ask", "search", "hey", "hi", "hello", "choose", "pick",
        "promote", "remove", "turn", "invite", "remind", "message", "write", "assign", "ok", "okay", "yes",
        "no", "sure", "great", "perfect",
    ];
    index == 0 && heard.at(0).is_some_and(|token| token.is(VERBS))
}

fn person(heard: &Heard<'_>, sure: bool) -> Option<Slot> {
    const BEFORE: &[&str] = &["to", "with", "for", "of", "by"];
    const VERBS: &[&str] = &[
        "tell", "ask", "message", "dm", "email", "mail", "make", "give", "invite", "remove", "promote",
        "demote", "ban", "kick", "remind", "notify", "text", "call", "assign", "send", "let", "set", "ping",
        "block", "write", "user", "member",
    ];
    let handle = (0..heard.words.len()).find(|index| {
        heard
            .at(*index)
            .is_some_and(|t| heard.text.get(..t.start).is_some_and(|before| before.ends_with('@')))
    });
    if let Some(at) = handle.filter(|at| heard.free(*at)) {
        return Some((heard.slice(at..at + 1).to_owned(), at..at + 1));
    }
    let led = |index: usize, by: &[&str]| index > 0 && heard.at(index - 1).is_some_and(|token| token.is(by));
    let whole =
        |start: usize| (heard.slice(start..heard.name_end(start)).to_owned(), start..heard.name_end(start));
    let named = (1..heard.words.len()).find(|i| heard.names(*i) && (led(*i, BEFORE) || led(*i, VERBS)));
    let named = named.or_else(|| (0..heard.words.len()).find(|i| heard.names(*i) && !verb_first(heard, *i)));
    if let Some(start) = named {
        return Some(whole(start));
    }
    let speaks = |i: usize| heard.at(i).is_some_and(|token| token.is(&["me", "myself"]));
    let oneself = (1..heard.words.len()).find(|i| speaks(*i) && (led(*i, BEFORE) || led(*i, VERBS)));
    let plain = (1..heard.words.len()).find_map(|index| {
        let start = if heard.at(index).is_some_and(|t| t.lower == "the") { index + 1 } else { index };
        let fits = (led(index, BEFORE) || led(index, VERBS)) && heard.free(start) && !heard.owned(start);
        let word = heard.at(start)?;
        (fits && word.is_content() && word.lower.starts_with(char::is_alphabetic)).then_some(start)
    });
    match (plain, oneself) {
        (Some(at), myself) if !sure && myself.is_none_or(|me| at < me) => {
            Some((heard.slice(at..at + 1).to_owned(), at..at + 1))
        }
        (_, Some(at)) if !heard.speaker.is_empty() => Some((heard.speaker.to_owned(), at..at + 1)),
        _ => None,
    }
}

fn date(heard: &Heard<'_>) -> Option<Slot> {
    let span = numbers::date_span(&heard.words).filter(|span| heard.free(span.start))?;
    Some((heard.slice(span.clone()).to_owned(), span))
}

fn link(heard: &Heard<'_>) -> Option<Slot> {
    let word = heard.text.split_whitespace().find(|word| word.contains("://") || word.starts_with("www."))?;
    let word = word.trim_matches(|c: char| "<>()\"',;".contains(c)).trim_end_matches('.');
    let from = heard.text.find(word)?;
    let start = heard.words.iter().position(|token| token.start >= from)?;
    let end = heard.words.iter().rposition(|token| token.end <= from + word.len())? + 1;
    Some((word.to_owned(), start..end))
}

/// `set KEY to VALUE`, `change KEY = VALUE`, `turn KEY off`, `turn on KEY`, `enable KEY`.
fn setting(heard: &Heard<'_>) -> Option<(Slot, Slot)> {
    let count = heard.words.len();
    if let Some(verb) = heard.find(&["enable", "disable", "activate", "deactivate"], 0) {
        let on = heard.at(verb).is_some_and(|token| token.is(&["enable", "activate"]));
        let value = if on { "on" } else { "off" };
        return Some((tidy(heard, skip_owner(heard, verb + 1)..count)?, (value.to_owned(), verb..verb + 1)));
    }
    let verb = heard.find(&["set", "change", "update", "switch", "turn", "make", "put"], 0)?;
    let start = skip_owner(heard, verb + 1);
    if heard.at(verb).is_some_and(|token| token.is(&["turn", "switch"]))
        && let Some(at) = heard.find(&["on", "off"], verb)
    {
        let value = (heard.slice(at..at + 1).to_lowercase(), at..at + 1);
        let key = if at == verb + 1 {
            tidy(heard, skip_owner(heard, at + 1)..count)
        } else {
            tidy(heard, start..at)
        };
        return Some((key?, value));
    }
    let sign = (start..count).find(|index| heard.between(*index).contains(['=', ':']));
    let (key_end, value_start) = match (sign, heard.find(&["to", "as", "into"], start)) {
        (Some(at), _) => (at + 1, at + 1),
        (None, Some(at)) => (at, at + 1),
        (None, None) => return None,
    };
    let value =
        heard.quoted().filter(|(_, r)| r.start >= value_start).or_else(|| tidy(heard, value_start..count))?;
    Some((tidy(heard, start..key_end)?, value))
}

/// Past `the`, `my` and `setting`.
fn skip_owner(heard: &Heard<'_>, mut from: usize) -> usize {
    while heard
        .at(from)
        .is_some_and(|token| token.is(&["the", "my", "your", "our", "setting", "settings", "option"]))
    {
        from += 1;
    }
    from
}

fn title(heard: &Heard<'_>, sure: bool) -> Option<Slot> {
    if let Some(quoted) = heard.quoted() {
        return Some(quoted);
    }
    let marker = heard.find(&["titled", "called", "named", "entitled"], 0);
    match marker {
        Some(at) => whole_rest(heard, at + 1),
        None if sure => None,
        None => remainder(heard),
    }
}

fn free_text(field: &Field, heard: &Heard<'_>, sure: bool) -> Option<Slot> {
    const ASKED: &[&str] = &["query", "question", "prompt", "input", "search"];
    let asked = ASKED.iter().any(|word| field.label.contains(word));
    if let Some(quoted) = heard.quoted() {
        return Some(quoted);
    }
    let colon = (0..heard.words.len()).find(|index| heard.between(*index).starts_with(':'));
    let said = heard.find(&["saying", "says", "say", "reading"], 0);
    let that = heard.find(&["that"], 1).filter(|at| !heard.owned(at + 1));
    if let Some(at) = colon.or(said).or(that.filter(|_| !asked)) {
        let from = if heard.at(at + 1).is_some_and(|t| t.lower == "that") { at + 2 } else { at + 1 };
        return whole_rest(heard, from).filter(|slot| !slot.0.is_empty());
    }
    if sure {
        return None;
    }
    remainder(heard).or_else(|| {
        let whole = heard.text.trim();
        (asked && !whole.is_empty()).then(|| (whole.to_owned(), 0..heard.words.len()))
    })
}

/// What stands after the words that say which tool is meant and after the values already taken.
fn remainder(heard: &Heard<'_>) -> Option<Slot> {
    const MARKERS: &[&str] = &[
        "for", "about", "called", "named", "titled", "that", "saying", "to", "as", "on", "of", "with", "me",
        "us", "whether", "if", "and", "an", "a", "him", "her", "them", "my", "our",
    ];
    let mut from = heard.request_end().unwrap_or(0).max(heard.used_to());
    while heard.at(from).is_some_and(|token| token.is(MARKERS)) || heard.owned(from) {
        let my =
            heard.at(from).is_some_and(|token| token.is(&["my", "our", "a", "an"])) && !heard.owned(from + 1);
        if my {
            break;
        }
        from += 1;
    }
    whole_rest(heard, from)
}

fn whole_rest(heard: &Heard<'_>, from: usize) -> Option<Slot> {
    let rest = heard.rest(from);
    let polite = heard.words.get(from..).unwrap_or_default().iter().all(|token| token.is(POLITE));
    (!rest.is_empty() && !polite).then(|| (rest.to_owned(), from..heard.words.len()))
}
