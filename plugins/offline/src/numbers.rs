//! Numbers and dates as people write them.

use crate::words::Token;
use std::ops::Range;

const UNITS: &[&str] = &[
    "zero",
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
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: &[&str] = &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

const DAYS: &[&str] = &[
    "today",
    "tomorrow",
    "tonight",
    "yesterday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "noon",
    "midnight",
    "weekend",
];
const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const SPANS: &[&str] = &[
    "second",
    "seconds",
    "minute",
    "minutes",
    "hour",
    "hours",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "morning",
    "afternoon",
    "evening",
    "night",
];

/// A number and the tokens it stands in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    /// Its value.
    pub(crate) value: f64,
    /// Its tokens.
    pub(crate) range: Range<usize>,
}

/// All numbers of a text: digits and words from zero to a million.
pub(crate) fn numbers(text: &str, words: &[Token]) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = words.get(at) {
        if let Some(value) = digits(text, token) {
            found.push(Number { value, range: at..at + 1 });
            at += 1;
        } else if let Some((value, length)) = in_words(words.get(at..).unwrap_or_default()) {
            found.push(Number { value, range: at..at + length });
            at += length;
        } else {
            at += 1;
        }
    }
    found
}

fn digits(text: &str, token: &Token) -> Option<f64> {
    let leading: String =
        token.lower.chars().take_while(|c| c.is_ascii_digit() || ".,".contains(*c)).collect();
    let unit = token.lower.get(leading.len()..)?;
    if leading.is_empty() || unit.len() > 3 || unit.contains(':') {
        return None;
    }
    let value: f64 = leading.replace(',', "").parse().ok()?;
    let before = text.get(..token.start)?;
    let minus = before.ends_with('-') && !before.trim_end_matches('-').ends_with(char::is_alphanumeric);
    Some(if minus { -value } else { value })
}

fn in_words(words: &[Token]) -> Option<(f64, usize)> {
    let mut total: u32 = 0;
    let mut current: u32 = 0;
    let mut length = 0;
    for (at, token) in words.iter().enumerate() {
        let word = token.lower.as_str();
        if let Some(unit) = position(UNITS, word) {
            current += unit;
        } else if let Some(ten) = position(TENS, word) {
            current += (ten + 2) * 10;
        } else if word == "dozen" {
            current = current.max(1) * 12;
        } else if word == "hundred" {
            current = current.max(1) * 100;
        } else if word == "thousand" {
            total += current.max(1) * 1000;
            current = 0;
        } else {
            break;
        }
        length = at + 1;
        if length > 6 {
            break;
        }
    }
    (length > 0).then(|| (f64::from(total + current), length))
}

fn position(list: &[&str], word: &str) -> Option<u32> {
    list.iter().position(|known| *known == word).and_then(|at| u32::try_from(at).ok())
}

/// The word belongs to a day or a time.
pub(crate) fn dates(token: &Token) -> bool {
    token.is(DAYS) || (token.is(MONTHS) && (token.capital || token.lower != "may" && token.lower != "march"))
}

/// The first date or time of a text, without the preposition in front: `tomorrow at 5pm`, `in 3 days`, `2026-01-02`.
pub(crate) fn date_span(words: &[Token]) -> Option<Range<usize>> {
    let mut start = None;
    let mut end = 0;
    for at in 0..words.len() {
        let length = date_part(words, at);
        match (length, start) {
            (0, None) => {}
            (0, Some(_))
                if at >= end && !words.get(at).is_some_and(|t| t.is(&["at", "on", "the", "in", "of"])) =>
            {
                break;
            }
            (0, Some(_)) => {}
            (length, _) => {
                start.get_or_insert(at);
                end = end.max(at + length);
            }
        }
    }
    start.map(|from| from..end)
}

/// How many tokens of a date start here.
fn date_part(words: &[Token], at: usize) -> usize {
    let Some(token) = words.get(at) else { return 0 };
    let next = words.get(at + 1);
    let numeric = token.lower.starts_with(|c: char| c.is_ascii_digit());
    let spans = |token: Option<&Token>| token.is_some_and(|t| t.is(SPANS));
    if token.is(&["next", "this", "last"]) && next.is_some_and(|t| t.is(SPANS) || dates(t)) {
        return 2;
    }
    if token.lower == "in" && number_like(next) && spans(words.get(at + 2)) {
        return 3;
    }
    if dates(token) {
        return if next.is_some_and(|t| t.is(&["morning", "afternoon", "evening", "night"])) { 2 } else { 1 };
    }
    if numeric && next.is_some_and(|t| dates(t) || t.is(&["am", "pm", "oclock"])) {
        return 2;
    }
    let clock =
        numeric && (token.lower.contains(':') || token.lower.ends_with("am") || token.lower.ends_with("pm"));
    let year = token.lower.len() == 4 && numeric && words.get(at + 2).is_some_and(|t| t.lower.len() == 2);
    if clock {
        1
    } else if year && next.is_some_and(|t| t.lower.len() == 2 && t.lower.bytes().all(|b| b.is_ascii_digit()))
    {
        3
    } else {
        0
    }
}

fn number_like(token: Option<&Token>) -> bool {
    token.is_some_and(|t| {
        t.is(UNITS) || t.is(TENS) || t.is(&["a", "an"]) || t.lower.bytes().all(|b| b.is_ascii_digit())
    })
}
