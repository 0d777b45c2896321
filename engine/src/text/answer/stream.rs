//! Showing a streamed answer while it comes: only what the user may see, as soon as it is certain.
//!
//! What is shown depends on the text alone, never on how it was cut into chunks.
//! Plain text is in `plain`, tags are in `markup`.

mod markup;
mod plain;

use super::json::read_json_object;
use super::thinking::Filter;
use super::{Answer, AnswerFormat, read_answer};
use crate::text::name::same_name;

/// Reads an answer chunk by chunk and returns the text that may be shown to the user.
///
/// Plain text is shown as it comes. Of tags only the content of `<text>` is shown, of JSON only
/// the text field, at the end. Thinking and tags are never shown. If the answer asks for other
/// actions than `REPLY` before its text, nothing of it is shown: those actions speak for
/// themselves. The joined text is a preview; [`read_answer`] on the whole says what counts.
///
/// Plain text keeps its blanks, and a half-open think block that begins in the prompt needs
/// [`StreamReader::inside_thinking`].
#[derive(Debug, Default)]
pub struct StreamReader {
    filter: Filter,
    /// The answer so far, without thinking.
    seen: String,
    /// What of it cannot be judged yet.
    pending: String,
    mode: Mode,
    /// Plain text: whether a line begins here.
    line_begun: bool,
    /// Plain text: whether a fence of code is open.
    in_code: bool,
    /// `<text>`: blanks that are shown only if more follows.
    blanks: String,
    /// Whether anything has been shown.
    shown: bool,
    /// Whether actions other than `REPLY` were asked for.
    others_speak: bool,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum Mode {
    /// Nothing but blanks so far.
    #[default]
    Start,
    Plain,
    /// A fence in plain text that may hold an answer.
    Fence,
    /// JSON, judged at the end.
    Hold,
    /// A tag came first; no known one yet.
    Probe,
    /// Between the known tags.
    Markup,
    /// Inside a known tag of this name that is not for the user.
    Skip(String),
    Text,
    Cdata,
    Done,
}

/// What a step made of the pending text.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Something; look again.
    Again,
    /// Nothing until more comes.
    Wait,
}

impl StreamReader {
    /// A reader for a new answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader for an answer whose `<think>` stands in the prompt, so that only `</think>` comes.
    pub fn inside_thinking() -> Self {
        Self { filter: Filter::inside(), ..Self::default() }
    }

    /// Takes the next chunk; returns the text that may be shown now, often none.
    pub fn push(&mut self, chunk: &str) -> String {
        let clean = self.filter.push(chunk);
        self.feed(&clean)
    }

    /// The rest of the text, when the answer has ended. Nothing may be pushed after it.
    pub fn finish(&mut self) -> String {
        let clean = self.filter.finish();
        let mut out = self.feed(&clean);
        let rest = self.rest();
        self.mode = Mode::Done;
        self.pending.clear();
        out.push_str(&rest);
        out
    }

    fn feed(&mut self, clean: &str) -> String {
        self.seen.push_str(clean);
        self.pending.push_str(clean);
        let mut out = String::new();
        while self.step(&mut out) == Step::Again {}
        self.shown |= !out.is_empty();
        out
    }

    fn step(&mut self, out: &mut String) -> Step {
        match self.mode.clone() {
            Mode::Start => self.start(),
            Mode::Plain => self.plain(out),
            Mode::Fence => self.fence(out),
            Mode::Probe => self.probe(),
            Mode::Markup => self.markup(),
            Mode::Skip(name) => self.skip(&name),
            Mode::Text => self.text(out),
            Mode::Cdata => self.cdata(out),
            Mode::Hold => Step::Wait,
            Mode::Done => {
                self.pending.clear();
                Step::Wait
            }
        }
    }

    /// Decides from the first characters what the answer is written in.
    fn start(&mut self) -> Step {
        let text = self.pending.trim_start();
        let second = text.chars().nth(1);
        let mode = match text.chars().next() {
            None => return Step::Wait,
            Some('<') => match second {
                None => return Step::Wait,
                Some(c) if c.is_ascii_alphabetic() || "/!?_".contains(c) => Mode::Probe,
                Some(_) => Mode::Plain,
            },
            Some('{') => Mode::Hold,
            Some('[') => match text[1..].trim_start().chars().next() {
                None => return Step::Wait,
                Some('{' | '"') => Mode::Hold,
                Some(_) => Mode::Plain,
            },
            Some('`') => match fenced(text) {
                Fenced::Unknown => return Step::Wait,
                Fenced::Tags => Mode::Probe,
                Fenced::Json => Mode::Hold,
                Fenced::Other => Mode::Plain,
            },
            Some(_) => Mode::Plain,
        };
        self.line_begun = true;
        self.mode = mode;
        Step::Again
    }

    /// What may be shown of what is still pending when the answer has ended.
    fn rest(&mut self) -> String {
        let pending = std::mem::take(&mut self.pending);
        match self.mode {
            Mode::Start | Mode::Plain => plain::rest(&pending),
            Mode::Fence | Mode::Hold => self.judged(&pending),
            Mode::Text => markup::rest(&self.blanks, &pending),
            Mode::Cdata | Mode::Done => String::new(),
            // Tags that are not as they should be; the reader of whole answers knows more.
            Mode::Probe | Mode::Markup | Mode::Skip(_) if !self.shown => {
                spoken(read_answer(&self.seen), self.others_speak)
            }
            Mode::Probe | Mode::Markup | Mode::Skip(_) => String::new(),
        }
    }

    /// The text of what may be an answer of its own; if it is none, all of it.
    fn judged(&self, held: &str) -> String {
        let answer = read_answer(held);
        let is_data = || !self.shown && read_json_object(held).is_some();
        match answer.format {
            AnswerFormat::Plain if is_data() => String::new(),
            AnswerFormat::Plain => held.to_owned(),
            _ => spoken(answer, self.others_speak),
        }
    }
}

/// What begins behind an opening fence.
enum Fenced {
    Unknown,
    Tags,
    Json,
    Other,
}

/// What the fence at the start of `text` holds.
fn fenced(text: &str) -> Fenced {
    let Some(rest) = text.strip_prefix("```") else {
        let may_become = "```".starts_with(text);
        return if may_become { Fenced::Unknown } else { Fenced::Other };
    };
    let Some((language, body)) = rest.split_once('\n') else {
        return Fenced::Unknown;
    };
    if !may_hold_answer(language) {
        return Fenced::Other;
    }
    match body.trim_start().chars().next() {
        None => Fenced::Unknown,
        Some('<') => Fenced::Tags,
        Some('{' | '[') => Fenced::Json,
        Some(_) => Fenced::Other,
    }
}

fn may_hold_answer(language: &str) -> bool {
    ["", "xml", "json", "jsonc", "json5"].iter().any(|known| language.trim().eq_ignore_ascii_case(known))
}

/// The text of an answer, unless its actions speak for themselves.
fn spoken(answer: Answer, others_speak: bool) -> String {
    let silent = answer.actions.iter().any(|call| !same_name(&call.name, "REPLY"));
    match answer.text {
        Some(text) if !silent && !others_speak => text,
        _ => String::new(),
    }
}
