//! Lays what a user said beside an example: where they differ, the example shows what the words are for.

use crate::words::{Token, tokens};
use std::ops::Range;

/// A place where the example and the user's text differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The words of the user's text.
    pub(crate) said: Range<usize>,
    /// How many words the example has there.
    pub(crate) shown: usize,
}

/// The gaps between an example and what was said, or nothing if they are not built alike.
///
/// A gap counts where the example has a name, a number or a quotation; at its end any words count if `free_text`.
pub(crate) fn gaps(example: &str, said: &[Token], free_text: bool) -> Vec<Gap> {
    let shown = tokens(example);
    if shown.len() > 60 || said.len() > 120 {
        return Vec::new();
    }
    let mut pairs = common(&shown, said);
    if free_text {
        // After the word that opens the text, what both have in common is chance.
        let opens =
            |(at, _): &(usize, usize)| shown.get(*at).is_some_and(|t| t.is(&["that", "saying", "says"]));
        let kept = pairs.iter().position(opens).map_or(pairs.len(), |at| at + 1);
        pairs.truncate(kept);
    }
    let telling = pairs.iter().filter(|(at, _)| shown.get(*at).is_some_and(Token::is_content)).count();
    if pairs.len() < 2 || telling == 0 {
        return Vec::new();
    }
    let ends: Vec<(usize, usize)> = pairs.iter().copied().chain([(shown.len(), said.len())]).collect();
    let mut found = Vec::new();
    let mut covered = pairs.len();
    for step in ends.windows(2) {
        let [(shown_at, said_at), (shown_to, said_to)] = step else {
            continue;
        };
        let (example_words, words) = (shown_at + 1..*shown_to, said_at + 1..*said_to);
        let changes = example_words.clone().any(|at| shown.get(at).is_some_and(|token| variable(token, at)));
        let last = *shown_to == shown.len();
        if !words.is_empty() && (changes || (last && free_text && !example_words.is_empty())) {
            covered += example_words.len();
            found.push(Gap { said: words, shown: example_words.len() });
        }
    }
    if covered * 2 > shown.len() { found } else { Vec::new() }
}

fn variable(token: &Token, at: usize) -> bool {
    token.quoted
        || (token.capital && at > 0 && token.lower != "i")
        || token.lower.starts_with(|c: char| c.is_ascii_digit())
}

/// The longest run of words that both have in this order, as pairs of places.
fn common(shown: &[Token], said: &[Token]) -> Vec<(usize, usize)> {
    let width = said.len() + 1;
    let mut lengths = vec![0_u16; (shown.len() + 1) * width];
    let length =
        |table: &[u16], row: usize, column: usize| table.get(row * width + column).copied().unwrap_or(0);
    for (row, a) in shown.iter().enumerate().rev() {
        for (column, b) in said.iter().enumerate().rev() {
            let best = if same(a, b) {
                length(&lengths, row + 1, column + 1) + 1
            } else {
                length(&lengths, row + 1, column).max(length(&lengths, row, column + 1))
            };
            if let Some(cell) = lengths.get_mut(row * width + column) {
                *cell = best;
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::new();
    while let (Some(a), Some(b)) = (shown.get(row), said.get(column)) {
        if same(a, b) {
            pairs.push((row, column));
            row += 1;
            column += 1;
        } else if length(&lengths, row + 1, column) >= length(&lengths, row, column + 1) {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

fn same(a: &Token, b: &Token) -> bool {
    a.stem == b.stem && !a.quoted && !b.quoted
}
