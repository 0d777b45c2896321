//! Showing a streamed answer while it comes: only what the user may see, as soon as it is certain.
//!
//! What is shown depends on the text alone, never on how it was cut into chunks.
//! Plain text is in `plain`, tags are in `markup`, objects in `object`.

mod markup;
mod object;
mod plain;

use super::asked::{Asked, Form, Reading, is_quiet};
use super::dialect;
use super::filter::Filter;
use super::json::read_json_object;
use super::literal::{Line, calls_language, may_hold_answer};
use super::polish::Polish;
use super::{Answer, AnswerFormat, read_answer};
use crate::text::name::same_name;

/// Reads an answer chunk by chunk and returns the text that may be shown to the user.
///
/// Plain text is shown as it comes. Of tags only the content of `<text>` is shown, of JSON only
/// the field `text`, also as it comes. Thinking, tags and calls are never shown. If the answer asks
/// for other actions than `REPLY` before its text, nothing of it is shown: those actions speak for
/// themselves. The joined text is a preview; [`read_as`](super::read_as) on the whole says what counts.
///
/// Plain text keeps its blanks. A block of thinking that begins in the prompt shows itself only by its
/// end: [`take_back`](Self::take_back) says so, unless the reader began with [`StreamReader::inside_thinking`].
#[derive(Debug, Default)]
pub struct StreamReader {
    filter: Filter,
    asked: Asked<'static>,
    polish: Polish,
    /// The answer so far, without thinking.
    seen: String,
    /// What was shown of it, before the last touch.
    said: String,
    /// Where an object stands.
    object: object::State,
    /// The line so far.
    line: Line,
    /// How far the text holds no tag that makes it an answer.
    probed: usize,
    /// What was shown is to be forgotten.
    takes_back: bool,
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
    /// Plain text up to this, whatever is in it.
    Quoted(String),
    /// A fence in plain text that may hold an answer.
    Fence,
    /// JSON, judged at the end.
    Hold,
    /// An object whose text is shown as it comes.
    Object,
    /// Calls in marks; nothing is shown behind them.
    Calls,
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

    /// A reader for the answer to what was asked.
    pub fn of(asked: Asked<'static>) -> Self {
        Self { polish: Polish::new(&asked.name), asked, ..Self::default() }
    }

    /// What was asked, for the reader of another answer to it.
    #[must_use]
    pub fn into_asked(self) -> Asked<'static> {
        self.asked
    }

    /// A reader for an answer whose `<think>` stands in the prompt, so that only `</think>` comes.
    pub fn inside_thinking() -> Self {
        Self { filter: Filter::inside(), ..Self::default() }
    }

    /// Takes the next chunk; returns the text that may be shown now, often none.
    pub fn push(&mut self, chunk: &str) -> String {
        let clean = self.filter.push(chunk);
        if self.filter.take_retraction() {
            self.begin_anew();
        }
        let out = self.feed(&clean);
        self.polish.push(&out)
    }

    /// Whether everything that was shown before the last piece turned out to be thinking, so that it is to be
    /// forgotten.
    pub fn take_back(&mut self) -> bool {
        std::mem::take(&mut self.takes_back)
    }

    fn begin_anew(&mut self) {
        let asked = std::mem::take(&mut self.asked);
        let filter = std::mem::take(&mut self.filter);
        let takes_back = self.takes_back || self.shown;
        *self = Self { filter, takes_back, ..Self::of(asked) };
    }

    /// The rest of the text, when the answer has ended. Nothing may be pushed after it.
    pub fn finish(&mut self) -> String {
        let clean = self.filter.finish();
        let mut out = self.feed(&clean);
        let rest = self.rest();
        self.mode = Mode::Done;
        self.pending.clear();
        out.push_str(&rest);
        let mut out = self.polish.push(&out);
        out.push_str(&self.polish.finish());
        out
    }

    fn feed(&mut self, clean: &str) -> String {
        self.seen.push_str(clean);
        self.pending.push_str(clean);
        let mut out = String::new();
        while self.step(&mut out) == Step::Again {}
        self.shown |= !out.is_empty();
        self.said.push_str(&out);
        out
    }

    fn step(&mut self, out: &mut String) -> Step {
        match self.mode.clone() {
            Mode::Start => self.start(),
            Mode::Plain => self.plain(out),
            Mode::Quoted(close) => self.quoted(&close, out),
            Mode::Fence => self.fence(out),
            Mode::Probe => self.probe(),
            Mode::Markup => self.markup(),
            Mode::Skip(name) => self.skip(&name),
            Mode::Text => self.text(out),
            Mode::Cdata => self.cdata(out),
            Mode::Object => self.object(out),
            Mode::Hold | Mode::Calls => Step::Wait,
            Mode::Done => {
                self.pending.clear();
                Step::Wait
            }
        }
    }

    /// Decides from the first characters what the answer is written in.
    fn start(&mut self) -> Step {
        let text = self.pending.trim_start();
        let Some(mode) = self.beginning(text) else {
            return Step::Wait;
        };
        if mode == Mode::Object {
            let brace = self.pending.len() - text.len() + 1;
            self.pending.drain(..brace);
        }
        self.line_begun = true;
        self.mode = mode;
        Step::Again
    }

    /// What a text begins; none if it is too short to tell.
    fn beginning(&self, text: &str) -> Option<Mode> {
        match dialect::opening(text) {
            Ok(Some(_)) => return Some(Mode::Calls),
            Ok(None) => {}
            Err(()) => return None,
        }
        let native = self.asked.form == Form::Native;
        let second = text.chars().nth(1);
        Some(match text.chars().next()? {
            '<' if second?.is_ascii_alphabetic() || "/!?_".contains(second?) => Mode::Probe,
            '{' if native => return may_call(text).map(|may| if may { Mode::Hold } else { Mode::Plain }),
            '{' => Mode::Object,
            '[' => match text[1..].trim_start().chars().next()? {
                '{' | '"' if !native => Mode::Hold,
                '{' => {
                    return may_call(text[1..].trim_start())
                        .map(|may| if may { Mode::Hold } else { Mode::Plain });
                }
                c if c.is_ascii_alphabetic() => {
                    let behind = text[1..]
                        .trim_start()
                        .chars()
                        .find(|c| !c.is_ascii_alphanumeric() && !"_.".contains(*c))?;
                    if behind == '(' { Mode::Hold } else { Mode::Plain }
                }
                _ => Mode::Plain,
            },
            '`' => match fenced(text) {
                Fenced::Unknown => return None,
                Fenced::Tags => Mode::Probe,
                Fenced::Json if !native => Mode::Hold,
                Fenced::Json | Fenced::Other => Mode::Plain,
            },
            _ => Mode::Plain,
        })
    }

    /// What may be shown of what is still pending when the answer has ended.
    fn rest(&mut self) -> String {
        let pending = std::mem::take(&mut self.pending);
        match self.mode {
            Mode::Start | Mode::Plain => plain::rest(&pending),
            Mode::Quoted(_) => pending,
            Mode::Fence | Mode::Hold => self.judged(&pending),
            Mode::Object | Mode::Calls => self.owed(),
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
        let Reading { text, calls, .. } = self.asked.read_clean(held.trim());
        if !calls.iter().all(|call| is_quiet(&call.name)) || self.others_speak {
            return String::new();
        }
        if self.asked.form == Form::Native {
            return if text.trim() == held.trim() { held.to_owned() } else { text };
        }
        let answer = read_answer(held);
        let is_data = || !self.shown && read_json_object(held).is_some();
        match answer.format {
            AnswerFormat::Plain if is_data() => String::new(),
            AnswerFormat::Plain => held.to_owned(),
            _ => spoken(answer, self.others_speak),
        }
    }

    /// The rest of the text that the whole answer has, where it begins with what was shown.
    fn owed(&self) -> String {
        let Reading { text, calls, problem, .. } = self.asked.read_clean(self.seen.trim());
        let speaks = calls.iter().all(|call| is_quiet(&call.name)) && problem.is_none() && !self.others_speak;
        let is_data = !self.shown
            && self.mode == Mode::Object
            && read_json_object(&self.seen).is_some()
            && text.trim() == self.seen.trim();
        if !speaks || is_data {
            return String::new();
        }
        let said = self.said.trim_start();
        let rest = text.strip_prefix(said).or_else(|| text.strip_prefix(said.trim_end()));
        rest.unwrap_or_default().to_owned()
    }
}

/// Whether the first name in an object is one that a call may begin with; none if it is not there yet.
fn may_call(text: &str) -> Option<bool> {
    const NAMES: [&str; 9] =
        ["name", "function", "type", "id", "tool", "action", "arguments", "parameters", "args"];
    let rest = text.strip_prefix('{').unwrap_or(text).trim_start();
    let quote = rest.chars().next()?;
    if !matches!(quote, '"' | '\'') {
        return Some(false);
    }
    let (name, _) = rest[1..].split_once(quote)?;
    Some(NAMES.contains(&name) || name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
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
    if calls_language(language) {
        return Fenced::Unknown;
    }
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

/// The text of an answer, unless its actions speak for themselves.
fn spoken(answer: Answer, others_speak: bool) -> String {
    let silent = answer.actions.iter().any(|call| !same_name(&call.name, "REPLY"));
    match answer.text {
        Some(text) if !silent && !others_speak => text,
        _ => String::new(),
    }
}
