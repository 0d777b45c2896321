//! An object in a stream: its text is shown as it comes, if it is one that the engine reads.

use serde_json::Value;

use super::{Step, StreamReader};
use crate::text::answer::actions::from_json;
use crate::text::answer::asked::is_quiet;
use crate::text::answer::loose_json::{self, closes};
use crate::text::name::normalise;

/// Where in an object the stream stands.
#[derive(Debug, Default)]
pub(super) enum State {
    /// Before a name.
    #[default]
    Name,
    /// Behind the name, before its value.
    Value(String),
    /// Inside of the text, which this quote ends.
    Text(char),
    /// Inside of another value.
    Other { name: String, read: String, scan: Scan },
    /// Nothing more is shown before the end.
    Off,
}

/// How far a value has been read.
#[derive(Debug, Default)]
pub(super) struct Scan {
    quote: Option<char>,
    escaped: bool,
    depth: usize,
}

impl StreamReader {
    pub(super) fn object(&mut self, out: &mut String) -> Step {
        match std::mem::take(&mut self.object) {
            State::Name => self.name(),
            State::Value(name) => self.value(name),
            State::Text(quote) => self.text_of_object(quote, out),
            State::Other { name, read, scan } => self.other(name, read, scan),
            State::Off => {
                self.object = State::Off;
                Step::Wait
            }
        }
    }

    fn off(&mut self) -> Step {
        self.object = State::Off;
        Step::Wait
    }

    /// Leaves out what is in front of what matters; its first character, if it is there.
    fn next(&mut self, between: &[char]) -> Option<char> {
        let rest = self.pending.trim_start_matches(|c: char| c.is_whitespace() || between.contains(&c));
        let blanks = self.pending.len() - rest.len();
        self.pending.drain(..blanks);
        self.pending.chars().next()
    }

    fn name(&mut self) -> Step {
        let quote = match self.next(&[',']) {
            None => return Step::Wait,
            Some(quote @ ('"' | '\'')) => quote,
            Some(_) => return self.off(),
        };
        let Some(end) = self.pending[1..].find(quote).map(|at| at + 1) else {
            return Step::Wait;
        };
        let name = self.pending[1..end].to_owned();
        self.pending.drain(..=end);
        self.object = State::Value(name);
        Step::Again
    }

    fn value(&mut self, name: String) -> Step {
        match self.next(&[]) {
            None => {
                self.object = State::Value(name);
                return Step::Wait;
            }
            Some(':') => {}
            Some(_) => return self.off(),
        }
        let rest = self.pending[1..].trim_start();
        let Some(first) = rest.chars().next() else {
            self.object = State::Value(name);
            return Step::Wait;
        };
        let length = self.pending.len() - rest.len();
        self.pending.drain(..length);
        if normalise(&name) == "text" {
            if self.others_speak || !matches!(first, '"' | '\'') {
                return self.off();
            }
            self.pending.drain(..1);
            self.object = State::Text(first);
            return Step::Again;
        }
        self.object = State::Other { name, read: String::new(), scan: Scan::default() };
        Step::Again
    }

    /// Shows the text up to its end, escapes replaced.
    fn text_of_object(&mut self, quote: char, out: &mut String) -> Step {
        self.object = State::Text(quote);
        let Some(at) = self.pending.find(['\\', quote]) else {
            let text = std::mem::take(&mut self.pending);
            self.show_text(&text, out);
            return Step::Wait;
        };
        let text: String = self.pending.drain(..at).collect();
        self.show_text(&text, out);
        if self.pending.starts_with('\\') {
            let Some((text, length)) = loose_json::escape(&self.pending) else {
                return Step::Wait;
            };
            self.pending.drain(..length);
            self.show_text(&text.to_string(), out);
            return Step::Again;
        }
        let rest = &self.pending[1..];
        if rest.trim_start().is_empty() || rest.trim_start() == "/" {
            return Step::Wait;
        }
        if closes(rest) {
            return self.off();
        }
        self.pending.drain(..1);
        self.show_text(&quote.to_string(), out);
        Step::Again
    }

    /// Reads a value that is not for the user; of actions, whether they speak for themselves.
    fn other(&mut self, name: String, mut read: String, mut scan: Scan) -> Step {
        for (at, c) in self.pending.char_indices() {
            let ended = scan.take(c, &self.pending[at + c.len_utf8()..]);
            match ended {
                Ended::Behind => read.push(c),
                Ended::Before => {}
                Ended::Unknown => {
                    self.pending.drain(..at);
                    self.object = State::Other { name, read, scan };
                    return Step::Wait;
                }
                Ended::No => {
                    read.push(c);
                    continue;
                }
            }
            let length = if matches!(ended, Ended::Behind) { at + c.len_utf8() } else { at };
            self.pending.drain(..length);
            self.note_actions(&name, &read);
            return self.behind_value();
        }
        self.pending.clear();
        self.object = State::Other { name, read, scan };
        Step::Wait
    }

    fn behind_value(&mut self) -> Step {
        self.object = State::Name;
        Step::Again
    }

    fn note_actions(&mut self, name: &str, read: &str) {
        let is_actions =
            ["actions", "action", "toolcalls", "toolcall", "tool"].contains(&normalise(name).as_str());
        let calls = is_actions.then(|| loose_json::whole(read.trim())).flatten();
        let calls = calls.filter(|calls| !matches!(calls, Value::Null));
        let calls = calls.map(|json| from_json(&json)).unwrap_or_default();
        self.others_speak |=
            calls.iter().any(|call| !is_quiet(&call.name) || normalise(&call.name) == "ignore");
    }
}

/// Whether a value ends at a character.
enum Ended {
    No,
    /// With it.
    Behind,
    /// In front of it.
    Before,
    /// More of the text is needed.
    Unknown,
}

impl Scan {
    fn take(&mut self, c: char, rest: &str) -> Ended {
        if let Some(quote) = self.quote {
            if std::mem::take(&mut self.escaped) {
                return Ended::No;
            }
            self.escaped = c == '\\';
            if c != quote {
                return Ended::No;
            }
            if rest.trim_start().is_empty() || rest.trim_start() == "/" {
                return Ended::Unknown;
            }
            if !closes(rest) {
                return Ended::No;
            }
            self.quote = None;
            return if self.depth == 0 { Ended::Behind } else { Ended::No };
        }
        match c {
            '"' | '\'' => self.quote = Some(c),
            '{' | '[' => self.depth += 1,
            '}' | ']' if self.depth == 0 => return Ended::Before,
            '}' | ']' => {
                self.depth -= 1;
                if self.depth == 0 {
                    return Ended::Behind;
                }
            }
            ',' if self.depth == 0 => return Ended::Before,
            _ => {}
        }
        Ended::No
    }
}
