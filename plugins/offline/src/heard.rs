//! A text that arguments are taken from, with the words already used up.

use crate::{
    numbers,
    words::{Token, is_stop, quoted_spans, tokens},
};
use std::{collections::BTreeSet, ops::Range};

/// What the user said, and which words already became a value.
pub(crate) struct Heard<'a> {
    /// The text.
    pub(crate) text: &'a str,
    /// Its words.
    pub(crate) words: Vec<Token>,
    /// Who said it.
    pub(crate) speaker: &'a str,
    /// The agent's name: calling it is no value.
    pub(crate) agent: &'a str,
    /// Stems of the tool's own words.
    pub(crate) own: BTreeSet<String>,
    used: Vec<Range<usize>>,
}

impl<'a> Heard<'a> {
    /// A text of which nothing is used up.
    pub(crate) fn new(text: &'a str, speaker: &'a str, agent: &'a str, own: BTreeSet<String>) -> Self {
        Self { text, words: tokens(text), speaker, agent, own, used: Vec::new() }
    }

    /// The word at this place.
    pub(crate) fn at(&self, index: usize) -> Option<&Token> {
        self.words.get(index)
    }

    /// The words of a range as they are written.
    pub(crate) fn slice(&self, range: Range<usize>) -> &'a str {
        let (Some(first), Some(last)) =
            (self.at(range.start), range.end.checked_sub(1).and_then(|i| self.at(i)))
        else {
            return "";
        };
        self.text.get(first.start..last.end).unwrap_or_default()
    }

    /// From a word to the end of the text, without the last full stop.
    pub(crate) fn rest(&self, from: usize) -> &'a str {
        let rest = self.at(from).and_then(|token| self.text.get(token.start..)).unwrap_or_default().trim();
        let rest = rest.strip_suffix('.').filter(|shorter| !shorter.ends_with('.')).unwrap_or(rest);
        let rest = rest.strip_suffix(['"', '”']).filter(|inner| !inner.contains(['"', '“'])).unwrap_or(rest);
        ["please", "thanks", "thank you"]
            .iter()
            .find_map(|polite| {
                let shorter = rest.strip_suffix(polite)?;
                Some(shorter.trim_end().trim_end_matches(',')).filter(|text| !text.is_empty())
            })
            .unwrap_or(rest)
    }

    /// What stands between a word and the next one.
    pub(crate) fn between(&self, index: usize) -> &'a str {
        let (Some(token), Some(next)) = (self.at(index), self.at(index + 1)) else {
            return ".";
        };
        self.text.get(token.end..next.start).unwrap_or_default()
    }

    /// Nothing but a space or a hyphen stands between this word and the next.
    pub(crate) fn runs_on(&self, index: usize) -> bool {
        !self.between(index).contains(['.', ',', ';', ':', '!', '?', '\n', '(', ')', '"', '“', '”'])
    }

    /// The word is free: not used up, not the agent's name.
    pub(crate) fn free(&self, index: usize) -> bool {
        self.at(index).is_some_and(|token| !token.lower.eq_ignore_ascii_case(self.agent))
            && !self.used.iter().any(|range| range.contains(&index))
    }

    /// Takes these words out of what further values may be made of.
    pub(crate) fn mark(&mut self, range: Range<usize>) {
        self.used.push(range);
    }

    /// The end of the words used so far; zero if none is.
    pub(crate) fn used_to(&self) -> usize {
        self.used.iter().map(|range| range.end).max().unwrap_or(0)
    }

    /// The word is one of the tool's own.
    pub(crate) fn owned(&self, index: usize) -> bool {
        self.at(index).is_some_and(|token| self.own.contains(&token.stem))
    }

    /// The word can be the start of a name: capital, not grammar, not the tool's, not a date.
    pub(crate) fn names(&self, index: usize) -> bool {
        self.at(index).is_some_and(|token| {
            token.capital
                && !is_stop(&token.lower)
                && !self.own.contains(&token.stem)
                && !numbers::dates(token)
        }) && self.free(index)
    }

    /// The end of the name that starts here: `New York`, `Rio de Janeiro`, `Stratford-upon-Avon`.
    pub(crate) fn name_end(&self, start: usize) -> usize {
        let mut end = start + 1;
        loop {
            if !self.runs_on(end - 1) {
                return end;
            }
            let link = self
                .at(end)
                .is_some_and(|t| t.is(&["of", "de", "la", "del", "upon", "am", "the", "van", "von", "da"]));
            if self.names(end) {
                end += 1;
            } else if link && self.names(end + 1) && self.runs_on(end) {
                end += 2;
            } else {
                return end;
            }
        }
    }

    /// The first free text between quotation marks.
    pub(crate) fn quoted(&self) -> Option<(String, Range<usize>)> {
        quoted_spans(self.text).into_iter().find_map(|(from, to)| {
            let start = self.words.iter().position(|token| token.start >= from && token.end <= to)?;
            let end = self.words.iter().rposition(|token| token.start >= from && token.end <= to)? + 1;
            let text = self.text.get(from..to)?.trim();
            self.free(start).then(|| (text.to_owned(), start..end))
        })
    }

    /// Where the words end that say which tool is meant: the first of the tool's own and what leads on to more
    /// of them.
    pub(crate) fn request_end(&self) -> Option<usize> {
        let first = (0..self.words.len()).find(|index| self.owned(*index))?;
        let mut end = first + 1;
        for index in first + 1..self.words.len() {
            let Some(token) = self.at(index) else { break };
            if self.owned(index) {
                end = index + 1;
            } else if token.is_content() || !self.runs_on(index - 1) {
                break;
            }
        }
        Some(end)
    }

    /// The place of the first of these words from `from` on.
    pub(crate) fn find(&self, words: &[&str], from: usize) -> Option<usize> {
        (from..self.words.len())
            .find(|index| self.at(*index).is_some_and(|token| token.is(words) && !token.quoted))
    }
}
