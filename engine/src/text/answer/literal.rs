//! Which parts of an answer are quoted: what stands there is for the reader to see, not for the engine to do.

use super::marks::begins;
use std::ops::Range;

/// The fences of an answer, and which of them are for the reader.
#[derive(Debug, Default)]
pub(super) struct Literal {
    /// Fenced code for the reader.
    code: Vec<Range<usize>>,
    /// A fence that ends the answer and may hold an answer in a form.
    last: Option<Range<usize>>,
}

impl Literal {
    /// Finds the fences of a text.
    pub(super) fn of(text: &str) -> Self {
        let mut found = Self::default();
        let mut open: Option<(usize, &str)> = None;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let end = at + line.len();
            if let Some(language) = line.trim_start_matches([' ', '\t']).strip_prefix("```") {
                match open.take() {
                    None => open = Some((at, language)),
                    Some((start, language)) => found.close(text, start..end, language),
                }
            }
            at = end;
        }
        if let Some((start, language)) = open {
            found.close(text, start..text.len(), language);
        }
        found
    }

    fn close(&mut self, text: &str, fence: Range<usize>, language: &str) {
        if calls_language(language) {
            return;
        }
        let ends = text[fence.end..].trim().is_empty();
        if ends && may_hold_answer(language) {
            self.last = Some(fence);
        } else {
            self.code.push(fence);
        }
    }

    /// Whether what begins at a position is quoted.
    pub(super) fn covers(&self, text: &str, at: usize) -> bool {
        let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        self.code.iter().any(|fence| fence.contains(&at)) || is_quoted(&text[line..at])
    }

    /// Whether what begins at a position stands in a fence at the end with prose before it: it may be an answer or an
    /// example of one.
    pub(super) fn is_example(&self, text: &str, at: usize) -> bool {
        self.last.as_ref().is_some_and(|fence| fence.contains(&at) && !text[..fence.start].trim().is_empty())
    }
}

/// Whether what follows on a line that began like this is quoted: behind `>`, in backticks, right behind a quotation mark.
fn is_quoted(line: &str) -> bool {
    let mut so_far = Line::default();
    so_far.push(line);
    so_far.is_quoted()
}

/// A line as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// It begins with `>`; none before anything but blanks.
    is_block: Option<bool>,
    /// Code is open in it.
    in_code: bool,
    last: Option<char>,
}

impl Line {
    /// Takes more of the text; line ends begin anew.
    pub(super) fn push(&mut self, text: &str) {
        let line = match text.rfind('\n') {
            Some(end) => {
                *self = Self::default();
                &text[end + 1..]
            }
            None => text,
        };
        for c in line.chars() {
            self.in_code ^= c == '`';
            self.last = Some(c);
            if !c.is_whitespace() {
                self.is_block.get_or_insert(c == '>');
            }
        }
    }

    /// Whether what follows is quoted.
    pub(super) fn is_quoted(&self) -> bool {
        const MARKS: [char; 7] = ['"', '\'', '`', '“', '«', '‘', '„'];
        self.in_code || self.is_block == Some(true) || self.last.is_some_and(|last| MARKS.contains(&last))
    }
}

/// Where what is quoted ends that this closes, in any case; none if it is not there.
pub(super) fn end_of_quoted(text: &str, close: &str) -> Option<usize> {
    let first = close.chars().next()?;
    let found = text.match_indices(first).map(|(at, _)| at);
    found
        .map(|at| (at, begins(&text[at..], close)))
        .find_map(|(at, found)| (found == Some(true)).then_some(at + close.len()))
}

/// Whether a fence of this language may hold an answer in a form.
pub(super) fn may_hold_answer(language: &str) -> bool {
    ["", "xml", "json", "jsonc", "json5"].iter().any(|known| language.trim().eq_ignore_ascii_case(known))
}

/// Whether a fence of this language is how some models write calls.
pub(super) fn calls_language(language: &str) -> bool {
    ["tool_code", "tool_call", "tool_calls"].iter().any(|known| language.trim().eq_ignore_ascii_case(known))
}
