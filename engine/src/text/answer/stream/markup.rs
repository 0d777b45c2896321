//! Tags in a stream: only the content of `<text>` is shown.

use super::plain::may_become;
use super::{Mode, Step, StreamReader};
use crate::text::answer::actions;
use crate::text::answer::tags::{self, Kind, LONGEST_ENTITY, entity, unescape};
use crate::text::answer::xml::{Field, field, is_partial_tag};
use crate::text::name::same_name;

const CDATA: &str = "<![CDATA[";

/// Every tag at which the content of `<text>` ends, whether it was closed or not.
const STOPS: [&str; 13] = [
    "text",
    "response",
    "thought",
    "thoughts",
    "actions",
    "action",
    "providers",
    "params",
    "parameters",
    "arguments",
    "evaluators",
    "simple",
    "reasoning",
];

impl StreamReader {
    /// Waits for a tag that makes this an answer and not text about tags.
    pub(super) fn probe(&mut self) -> Step {
        let rest = &self.pending[self.probed..];
        let known = rest.match_indices('<').find(|(at, _)| {
            tags::read(&rest[*at..])
                .is_some_and(|tag| tag.is_open() && (tag.is("response") || field(tag.name).is_some()))
        });
        let Some(at) = known.map(|(at, _)| self.probed + at) else {
            // The last tag may not be whole yet.
            self.probed += rest.rfind('<').unwrap_or(0);
            return Step::Wait;
        };
        self.pending.drain(..at);
        self.mode = Mode::Markup;
        Step::Again
    }

    pub(super) fn markup(&mut self) -> Step {
        let Some(at) = self.pending.find('<') else {
            self.pending.clear();
            return Step::Wait;
        };
        self.pending.drain(..at);
        if self.pending.starts_with("<!--") {
            let Some(end) = self.pending.find("-->") else {
                return Step::Wait;
            };
            self.pending.drain(..end + 3);
            return Step::Again;
        }
        let Some(tag) = tags::read(&self.pending) else {
            if !self.pending[1..].contains(['<', '>']) {
                return Step::Wait;
            }
            self.pending.drain(..1);
            return Step::Again;
        };
        if let Some(name) = tag.attribute("name").filter(|_| tag.is("action")) {
            self.others_speak |= !same_name(&name, "REPLY");
        }
        match (field(tag.name), tag.kind) {
            (Some(Field::Text), Kind::Open(_)) if self.others_speak => self.mode = Mode::Done,
            (Some(Field::Text), Kind::Open(_)) => self.mode = Mode::Text,
            (Some(_), Kind::Open(_)) => self.mode = Mode::Skip(tag.name.to_owned()),
            _ if tag.is("response") && tag.kind == Kind::Close => self.mode = Mode::Done,
            _ => {}
        }
        let end = tag.end;
        self.pending.drain(..end);
        Step::Again
    }

    /// Waits for the end of an element that is not for the user.
    pub(super) fn skip(&mut self, name: &str) -> Step {
        let closing = self.pending.match_indices('<').find_map(|(at, _)| {
            let tag = tags::read(&self.pending[at..])?;
            (tag.kind == Kind::Close && tag.is(name)).then_some((at, at + tag.end))
        });
        let Some((at, end)) = closing else {
            return Step::Wait;
        };
        if field(name) == Some(Field::Actions) {
            let calls = actions::calls(&self.pending[..at]);
            self.others_speak |= calls.iter().any(|call| !same_name(&call.name, "REPLY"));
        }
        self.pending.drain(..end);
        self.mode = Mode::Markup;
        Step::Again
    }

    pub(super) fn text(&mut self, out: &mut String) -> Step {
        if self.pending.is_empty() {
            return Step::Wait;
        }
        match self.pending.find(['<', '&']) {
            Some(0) if self.pending.starts_with('<') => self.tag_in_text(out),
            Some(0) => self.entity_in_text(out),
            at => {
                let length = at.unwrap_or(self.pending.len());
                let text: String = self.pending.drain(..length).collect();
                self.show_text(&text, out);
                Step::Again
            }
        }
    }

    fn tag_in_text(&mut self, out: &mut String) -> Step {
        if self.pending.starts_with(CDATA) {
            self.pending.drain(..CDATA.len());
            self.mode = Mode::Cdata;
            return Step::Again;
        }
        match tags::read(&self.pending) {
            Some(tag) => {
                let ends = match tag.kind {
                    Kind::Close => tag.is("text") || tag.is("response"),
                    Kind::Open(_) => STOPS.iter().any(|name| tag.is(name)) && !tag.is("text"),
                    Kind::Empty => false,
                };
                if ends {
                    self.mode = Mode::Done;
                    return Step::Again;
                }
            }
            None if CDATA.starts_with(&self.pending) || may_become(&self.pending, &STOPS) => {
                return Step::Wait;
            }
            None => {}
        }
        self.pending.drain(..1);
        self.show_text("<", out);
        Step::Again
    }

    fn entity_in_text(&mut self, out: &mut String) -> Step {
        if let Some((c, length)) = entity(&self.pending) {
            self.pending.drain(..length);
            self.show_text(c.encode_utf8(&mut [0; 4]), out);
            return Step::Again;
        }
        let name = &self.pending[1..];
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#');
        if is_name && self.pending.len() < LONGEST_ENTITY {
            return Step::Wait;
        }
        self.pending.drain(..1);
        self.show_text("&", out);
        Step::Again
    }

    pub(super) fn cdata(&mut self, out: &mut String) -> Step {
        if let Some(end) = self.pending.find("]]>") {
            let text: String = self.pending.drain(..end).collect();
            self.pending.drain(..3);
            self.show_text(&text, out);
            self.mode = Mode::Text;
            return Step::Again;
        }
        // Up to two brackets may belong to the end mark.
        let brackets = self.pending.len() - self.pending.trim_end_matches(']').len();
        let length = self.pending.len() - brackets.min(2);
        let text: String = self.pending.drain(..length).collect();
        self.show_text(&text, out);
        Step::Wait
    }

    /// Shows text without the blanks around the whole.
    pub(super) fn show_text(&mut self, text: &str, out: &mut String) {
        let body = text.trim();
        if body.is_empty() {
            self.blanks.push_str(text);
            return;
        }
        let lead = text.len() - text.trim_start().len();
        if self.shown || !out.is_empty() {
            out.push_str(&self.blanks);
            out.push_str(&text[..lead]);
        }
        out.push_str(body);
        text[lead + body.len()..].clone_into(&mut self.blanks);
    }
}

/// What may be shown of the content of `<text>` that was held back: no beginning of a tag.
pub(super) fn rest(blanks: &str, pending: &str) -> String {
    if pending.is_empty() || is_partial_tag(pending) || pending.starts_with('<') {
        return String::new();
    }
    format!("{blanks}{}", unescape(pending))
}
