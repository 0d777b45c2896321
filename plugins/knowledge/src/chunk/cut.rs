//! Where a text is cut: at the end of a paragraph, a sentence or a line if one ends in the second half, else between
//! words; within a word only if it is longer than a fragment.

use super::tokens::{Counter, is_wide};

/// How large fragments are, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    tokens: usize,
    overlap: usize,
}

impl Limits {
    /// At most so many tokens a fragment, of which so many repeat the one before, at most a third.
    pub(crate) fn new(tokens: u32, overlap: u32) -> Self {
        let tokens = (tokens as usize).max(4);
        Self { tokens, overlap: (overlap as usize).min(tokens / 3) }
    }

    pub(crate) fn tokens(self) -> usize {
        self.tokens
    }
}

/// What ends where a text can be cut; the best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Word,
    Line,
    Sentence,
    Paragraph,
}

/// A place between two words.
#[derive(Clone, Copy, Debug)]
struct Boundary {
    /// Where the next word begins, in bytes.
    at: usize,
    /// How many tokens stand before it.
    tokens: usize,
    rank: Rank,
}

/// Where a fragment ends, and where the next one begins, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) end: usize,
    pub(crate) next: usize,
}

/// The first cut of a text; `None` if it is no larger than a fragment.
pub(crate) fn cut(text: &str, limits: Limits) -> Option<Cut> {
    let (boundaries, full) = boundaries(text, limits.tokens);
    let full = full?;
    let Some(end) = best_end(&boundaries, limits.tokens) else {
        return Some(Cut { end: full, next: full });
    };
    let from = end.tokens - limits.overlap.min(end.tokens);
    let repeated = |least: Rank| {
        boundaries.iter().find(|one| one.at < end.at && one.tokens >= from && one.rank >= least)
    };
    let next = match limits.overlap {
        0 => end,
        _ => *repeated(Rank::Sentence).or_else(|| repeated(Rank::Word)).unwrap_or(&end),
    };
    Some(Cut { end: end.at, next: next.at })
}

fn best_end(boundaries: &[Boundary], limit: usize) -> Option<Boundary> {
    let late = || boundaries.iter().filter(|one| one.tokens * 2 >= limit);
    // Of several of one rank the last one.
    late().max_by_key(|one| one.rank).or(boundaries.last()).copied()
}

/// The places between words within so many tokens, and where there are more than that; `None` if there are not.
fn boundaries(text: &str, limit: usize) -> (Vec<Boundary>, Option<usize>) {
    let (mut counter, mut tokens, mut found) = (Counter::default(), 0, Vec::new());
    let (mut blank, mut newlines) = (false, 0);
    // The last character that is neither blank nor closes a quotation.
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            blank = true;
            newlines += usize::from(c == '\n');
            counter.next(c);
            continue;
        }
        let ended = ends_sentence(last, blank);
        if at > 0 && (blank || is_wide(c) || (ended && is_wide_stop(last))) {
            let rank = match newlines {
                0 if ended => Rank::Sentence,
                0 => Rank::Word,
                1 if ended => Rank::Sentence,
                1 => Rank::Line,
                _ => Rank::Paragraph,
            };
            found.push(Boundary { at, tokens, rank });
        }
        tokens += counter.next(c);
        if tokens > limit {
            return (found, Some(at));
        }
        (blank, newlines) = (false, 0);
        if !matches!(c, '"' | '\'' | ')' | ']' | '»' | '”' | '’' | '」' | '』') {
            last = c;
        }
    }
    (found, None)
}

fn is_wide_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？')
}

fn ends_sentence(last: char, blank: bool) -> bool {
    is_wide_stop(last) || (blank && matches!(last, '.' | '!' | '?' | '…'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    fn parts(text: &str, tokens: u32, overlap: u32) -> Vec<&str> {
        let limits = Limits::new(tokens, overlap);
        let (mut from, mut parts) = (0, Vec::new());
        while let Some(cut) = cut(&text[from..], limits) {
            parts.push(text[from..from + cut.end].trim_end());
            assert!(cut.next > 0 && cut.next <= cut.end);
            from += cut.next;
        }
        parts.push(&text[from..]);
        parts
    }

    #[test]
    fn texts_are_cut_where_a_reader_would() {
        for (text, tokens, overlap, wanted) in [
            ("one two three", 10, 3, vec!["one two three"]),
            ("one two three four five six", 4, 0, vec!["one two three four", "five six"]),
            ("One two. Three four five. Six", 7, 0, vec!["One two. Three four five.", "Six"]),
            ("one two three\n\nfour five six", 5, 0, vec!["one two three", "four five six"]),
            ("one two three\nfour five six", 5, 0, vec!["one two three", "four five six"]),
            ("One two. Three four. Five", 6, 3, vec!["One two. Three four.", "four. Five"]),
            ("One. Two. Three. Four.", 6, 2, vec!["One. Two. Three.", "Three. Four."]),
            (
                "one two three four five six seven eight",
                6,
                2,
                vec!["one two three four five six", "five six seven eight"],
            ),
            ("abcdefghijklmnopqrstuvwxyzabcdef", 4, 1, vec!["abcdefghijklmnopqrstuvwx", "yzabcdef"]),
            ("今日は。世界は広い。終", 7, 0, vec!["今日は。", "世界は広い。終"]),
        ] {
            assert_eq!(parts(text, tokens, overlap), wanted, "{text}");
        }
    }
}
