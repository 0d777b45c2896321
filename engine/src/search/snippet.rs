//! The part of a text that was looked for.

use crate::text::bm25::words;
use serde::Serialize;
use std::{collections::BTreeSet, ops::Range};

/// A part of a text, with the words that were looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Snippet {
    /// The part; `…` stands where something was left out. Line ends are blanks.
    pub text: String,
    /// Where the words are in it, as bytes, in order.
    pub marks: Vec<Range<usize>>,
}

/// The part of a text around the words of a query, at most about so many characters long: where most of them are close
/// together, else its beginning.
#[must_use]
pub fn snippet(text: &str, query: &str, length: usize) -> Snippet {
    let wanted: BTreeSet<String> = words(query).into_iter().collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let hits = hits(&text, &wanted);
    let span = span(&text, &hits, length.max(1));
    let (before, after) = (span.start > 0, span.end < text.len());
    let shift = if before { "…".len() } else { 0 };
    let inside = hits.into_iter().filter(|hit| span.start <= hit.start && hit.end <= span.end);
    let marks = inside.map(|hit| hit.start - span.start + shift..hit.end - span.start + shift).collect();
    let mark = |there| if there { "…" } else { "" };
    Snippet { text: format!("{}{}{}", mark(before), &text[span], mark(after)), marks }
}

/// Where the words are.
fn hits(text: &str, wanted: &BTreeSet<String>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for piece in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        let parts = words(word);
        match parts.as_slice() {
            [] => {}
            [one] if wanted.contains(one) => found.push(at..at + word.len()),
            [_] => {}
            // Several words without a blank between them: each character is one.
            _ => found.extend(
                word.char_indices()
                    .filter(|(_, c)| wanted.contains(&c.to_string()))
                    .map(|(index, c)| at + index..at + index + c.len_utf8()),
            ),
        }
        at += piece.len();
    }
    found
}

/// The part that holds most of the hits.
fn span(text: &str, hits: &[Range<usize>], length: usize) -> Range<usize> {
    if text.chars().nth(length).is_none() {
        return 0..text.len();
    }
    let best = hits.iter().enumerate().max_by_key(|(index, first)| {
        let close = hits[*index..].iter().take_while(|hit| hit.end <= first.start + length).count();
        (close, std::cmp::Reverse(*index))
    });
    // Something of what stands before the first word is shown too.
    let from = best.map_or(0, |(_, first)| first.start.saturating_sub(length / 4));
    let start = if from == 0 { 0 } else { boundary(text, from) };
    let end = text[start..].char_indices().nth(length).map_or(text.len(), |(index, _)| start + index);
    let whole = text[start..end].rfind(' ').filter(|_| end < text.len());
    start..whole.map_or(end, |blank| start + blank)
}

/// The beginning of a word at this byte or soon after it.
fn boundary(text: &str, from: usize) -> usize {
    let from = (from..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[from..].char_indices().take(20).find(|(_, c)| *c == ' ').map_or(from, |(index, _)| from + index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, query: &str, length: usize) -> String {
        let Snippet { text, marks } = snippet(text, query, length);
        let mut told = String::new();
        let mut at = 0;
        for mark in marks {
            told.push_str(&text[at..mark.start]);
            told.push_str(&format!("[{}]", &text[mark.clone()]));
            at = mark.end;
        }
        told + &text[at..]
    }

    #[test]
    fn snippets_hold_the_words() {
        let long = "One two three four five six seven eight nine ten, the harbour of Oslo is cold in winter, eleven twelve thirteen";
        let rows = [
            ("Sam lives in Oslo.", "OSLO sam", 80, "[Sam] lives in [Oslo]."),
            (long, "harbour winter oslo", 40, "…ten, the [harbour] of [Oslo] is cold in…"),
            (long, "nothing", 20, "One two three four…"),
            ("你好世界", "世界", 10, "你好[世][界]"),
            ("Grüße,\n\n  aus   KÖLN!", "köln grüße", 40, "[Grüße], aus [KÖLN]!"),
            ("", "x", 10, ""),
            ("🦀🦀🦀", "🦀", 1, "🦀…"),
        ];
        for (text, query, length, wanted) in rows {
            assert_eq!(marked(text, query, length), wanted, "{query} in {text}");
        }
    }
}
