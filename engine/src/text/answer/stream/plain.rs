//! Plain text in a stream: shown as it comes, unless an answer in tags or JSON begins in it.

use super::{Form, Mode, Step, StreamReader};
use crate::text::answer::dialect;
use crate::text::answer::literal::{end_of_quoted, may_hold_answer};
use crate::text::answer::marks::begins;
use crate::text::answer::tags::{self, Kind};

/// Tags that are never prose.
const FRAME: [&str; 3] = ["response", "thought", "actions"];

impl StreamReader {
    pub(super) fn plain(&mut self, out: &mut String) -> Step {
        if self.pending.is_empty() {
            return Step::Wait;
        }
        if self.line_begun {
            return self.line(out);
        }
        let opens = ['<', '['];
        if self.pending.starts_with(opens) && !self.in_code {
            return self.opens(out);
        }
        // No further than to the end of the line: what is behind it is looked at again.
        let line = self.pending.find('\n').map_or(self.pending.len(), |at| at + 1);
        let special = if self.in_code { None } else { self.pending[..line].find(opens) };
        let length = special.unwrap_or(line);
        self.line_begun = self.pending[..length].ends_with('\n');
        self.show(length, out);
        Step::Again
    }

    /// At the beginning of a line: a fence or an object may begin here.
    fn line(&mut self, out: &mut String) -> Step {
        let text = self.pending.trim_start_matches([' ', '\t']);
        if text.is_empty() || (text.len() < 3 && "```".starts_with(text)) {
            return Step::Wait;
        }
        if text.starts_with("```") && !self.in_code {
            let Some((first, _)) = text.split_once('\n') else {
                return Step::Wait;
            };
            if matches!(dialect::opening(text), Ok(Some(_))) {
                self.mode = Mode::Calls;
                return Step::Again;
            }
            let native = self.asked.form == Form::Native;
            if may_hold_answer(first.trim_start_matches('`')) && !native {
                self.mode = Mode::Fence;
                return Step::Again;
            }
            self.in_code = true;
        } else if text.starts_with("```") {
            self.in_code = false;
        } else if let Some(inner) = text.strip_prefix('{')
            && !self.in_code
            && self.asked.form != Form::Native
        {
            match inner.trim_start().chars().next() {
                None => return Step::Wait,
                Some('"' | '\'') => {
                    self.mode = Mode::Hold;
                    return Step::Again;
                }
                Some(_) => {}
            }
        }
        self.line_begun = false;
        // The blanks and the fence are decided on; the rest of the line is ordinary text.
        let length = self.pending.len() - text.trim_start_matches('`').len();
        self.show(length, out);
        Step::Again
    }

    /// At a `<` or `[`: a frame or calls may begin here.
    fn opens(&mut self, out: &mut String) -> Step {
        if self.line.is_quoted() {
            return self.opens_quoted(out);
        }
        match dialect::opening(&self.pending) {
            Ok(Some(_)) => {
                self.mode = Mode::Calls;
                return Step::Again;
            }
            Ok(None) => {}
            Err(()) => return Step::Wait,
        }
        if let Some(tag) = tags::read(&self.pending) {
            if FRAME.iter().any(|name| tag.is(name)) {
                if tag.kind == Kind::Close {
                    self.pending.drain(..tag.end);
                }
                self.mode = Mode::Markup;
                return Step::Again;
            }
        } else if may_become(&self.pending, &FRAME) {
            return Step::Wait;
        }
        self.show(1, out);
        Step::Again
    }

    /// What begins here is quoted: it is shown up to its end, whatever it is.
    fn opens_quoted(&mut self, out: &mut String) -> Step {
        match dialect::opening(&self.pending) {
            Ok(Some((open, close))) => {
                self.show(open.len(), out);
                if !close.is_empty() {
                    self.mode = Mode::Quoted(close.to_owned());
                }
                return Step::Again;
            }
            Ok(None) => {}
            Err(()) => return Step::Wait,
        }
        match tags::read(&self.pending) {
            Some(tag) if FRAME.iter().any(|name| tag.is(name)) && tag.is_open() => {
                let (close, length) = (format!("</{}>", tag.name), tag.end);
                self.show(length, out);
                self.mode = Mode::Quoted(close);
            }
            None if may_become(&self.pending, &FRAME) => return Step::Wait,
            _ => self.show(1, out),
        }
        Step::Again
    }

    /// In what is quoted: shown up to its end.
    pub(super) fn quoted(&mut self, close: &str, out: &mut String) -> Step {
        if let Some(end) = end_of_quoted(&self.pending, close) {
            self.show(end, out);
            self.mode = Mode::Plain;
            return Step::Again;
        }
        // The end itself may have begun.
        let keep = self.pending.rfind('<').or_else(|| self.pending.rfind('`'));
        let keep = keep.filter(|at| begins(&self.pending[*at..], close).is_some());
        let length = keep.unwrap_or(self.pending.len());
        if length == 0 {
            return Step::Wait;
        }
        self.show(length, out);
        if self.pending.is_empty() { Step::Wait } else { Step::Again }
    }

    /// In a fence that may hold an answer: it does if nothing follows it.
    pub(super) fn fence(&mut self, out: &mut String) -> Step {
        let Some(first) = self.pending.find('\n') else {
            return Step::Wait;
        };
        let Some(close) = self.pending[first..].find("\n```").map(|at| first + at + "\n```".len()) else {
            return Step::Wait;
        };
        if self.pending[close..].trim().is_empty() {
            return Step::Wait;
        }
        self.show(close, out);
        self.mode = Mode::Plain;
        self.line_begun = false;
        Step::Again
    }

    fn show(&mut self, length: usize, out: &mut String) {
        self.line.push(&self.pending[..length]);
        out.extend(self.pending.drain(..length));
    }
}

/// What may be shown of plain text that was held back.
pub(super) fn rest(pending: &str) -> String {
    // The beginning of a tag that would not have been shown.
    if pending.len() > 2 && may_become(pending, &FRAME) {
        return String::new();
    }
    pending.to_owned()
}

/// Whether this may be the beginning of a tag of one of the names.
pub(super) fn may_become(text: &str, names: &[&str]) -> bool {
    let Some(body) = text.strip_prefix('<') else {
        return false;
    };
    let body = body.strip_prefix('/').unwrap_or(body);
    let end = body.find(|c: char| !c.is_ascii_alphanumeric());
    let (name, tail) = body.split_at(end.unwrap_or(body.len()));
    if tail.is_empty() {
        let begins = |known: &&str| {
            let head = known.get(..name.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(name))
        };
        return names.iter().any(begins);
    }
    // Attributes may still follow, up to the `>`.
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
        && tail.starts_with(|c: char| c == '/' || c.is_whitespace())
        && !tail.contains(['<', '>'])
}
