//! Reading an answer with what was asked in mind: which actions there were, in which form, and what others had written.
//!
//! The rules of what counts as a request for an action are written down in `docs/answers.md`.

use super::actions::from_json;
use super::dialect::{self, Block};
use super::draft::{Draft, DraftCall};
use super::filter::Filter;
use super::literal::Literal;
use super::polish::polish;
use super::{ActionCall, AnswerFormat, json, loose_json, xml};
use crate::text::name::{normalise, same_name};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// In which form a model was asked to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// In its own: text for the user, and calls beside the text. JSON in the text is for the user.
    Native,
    /// In tags that the prompt describes; JSON will do.
    #[default]
    Text,
    /// In JSON that fits a schema.
    Schema,
}

/// What was asked.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// In which form.
    pub form: Form,
    /// The agent's name; models write it in front of what they say.
    pub name: String,
    /// The names of the actions that were offered, and their similes.
    pub offered: Vec<String>,
    /// What others had written: users, results of actions, documents. A call in the text that stands there word for word
    /// is an echo.
    pub given: Vec<Cow<'a, str>>,
}

impl Asked<'_> {
    /// The same, which holds by itself what others had written.
    #[must_use]
    pub fn into_owned(self) -> Asked<'static> {
        let given = self.given.into_iter().map(|text| Cow::Owned(text.into_owned())).collect();
        Asked { form: self.form, name: self.name, offered: self.offered, given }
    }
}

/// What an answer comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What the user reads; empty if there is nothing.
    pub text: String,
    /// The actions it asks for, in order. Names are as written.
    pub calls: Vec<ActionCall>,
    /// The providers it asks for.
    pub providers: Vec<String>,
    /// The text ends in the middle.
    pub cut: bool,
    /// Why the model should be asked again; then there are no calls.
    pub problem: Option<Problem>,
}

/// What was wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is nothing in it.
    Empty,
    /// Nothing but thinking.
    OnlyThinking,
    /// A call in the text cannot be read.
    Unreadable,
    /// It ends before what it asks for is complete.
    BrokenOff,
    /// It may ask for actions, or show how one would.
    Example,
    /// The call in it was written by somebody else.
    Echo,
}

impl Problem {
    /// What the model is told, as the end of a sentence that begins with "Your last message".
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::Empty => "was empty",
            Self::OnlyThinking => "held nothing but thoughts; nobody can read those",
            Self::Unreadable => {
                "held a call that could not be read, so nothing was done; the arguments of a call are one JSON object"
            }
            Self::BrokenOff => {
                "ended in the middle of what it asked for, so nothing of it was done; be brief"
            }
            Self::Example => {
                "named an action inside of a code block or amid other text, so nothing was done; to use an action answer \
                 in the given form and nothing else, to tell about one write plain words"
            }
            Self::Echo => {
                "repeated a call that somebody else had written, so nothing was done; answer what you were asked"
            }
        }
    }
}

/// Reads an answer as it came from the model. Never fails.
#[must_use]
pub fn read_as(answer: &str, asked: &Asked<'_>) -> Reading {
    let (clean, removed) = Filter::default().whole(answer);
    let mut reading = asked.read_clean(clean.trim());
    reading.text = polish(&reading.text, &asked.name);
    reading.cut &= !removed.stopped && !reading.text.is_empty();
    let has_nothing = reading.text.is_empty() && reading.calls.is_empty() && reading.providers.is_empty();
    if has_nothing && reading.problem.is_none() {
        let problem = if removed.thought { Problem::OnlyThinking } else { Problem::Empty };
        reading.problem = Some(problem);
    }
    reading
}

impl Asked<'_> {
    /// Reads what is left when thinking and marks are gone.
    pub(super) fn read_clean(&self, clean: &str) -> Reading {
        let literal = Literal::of(clean);
        let mut blocks = dialect::blocks(clean, &literal);
        // Prose about calls, not a call.
        blocks.retain(|block| block.calls.is_some() || block.likely || block.closed);
        let frames = self.frames(clean, &literal);
        let first_block = blocks.first().map(|block| block.start);
        let first_frame = frames.first().map(|frame| frame.start);
        match (first_block, first_frame) {
            (Some(block), frame) if frame.is_none_or(|frame| block < frame) => self.of_blocks(clean, blocks),
            (_, Some(_)) => self.of_frames(clean, frames, &literal),
            (_, None) => self.of_plain(clean),
        }
    }

    fn frames(&self, clean: &str, literal: &Literal) -> Vec<json::Found> {
        let is_quoted = |at: usize| literal.covers(clean, at);
        let xml = xml::find(clean, is_quoted);
        if self.form == Form::Native {
            return xml.into_iter().collect();
        }
        let json = json::answers(clean, is_quoted);
        // Tags inside a JSON string, or JSON inside a tag, belong to what began first.
        match (json.first(), xml) {
            (Some(json), Some(xml)) if xml.start < json.start => vec![xml],
            (None, Some(xml)) => vec![xml],
            _ => json,
        }
    }

    /// Calls in marks: what stands before them is said, what stands behind was written without knowing the results.
    fn of_blocks(&self, clean: &str, blocks: Vec<Block>) -> Reading {
        let mut reading = Reading::default();
        let mut echoes = false;
        clean[..blocks.first().map_or(0, |block| block.start)].trim().clone_into(&mut reading.text);
        for block in blocks {
            if self.is_echo(&clean[block.start..block.end]) {
                echoes = true;
                continue;
            }
            match block.calls {
                Some(calls) => reading.calls.extend(calls.into_iter().map(DraftCall::finish)),
                None if block.closed => reading.problem = Some(Problem::Unreadable),
                None => reading.problem = Some(Problem::BrokenOff),
            }
        }
        if reading.problem.is_some() {
            reading.calls.clear();
        } else if echoes && reading.calls.is_empty() {
            if reading.text.is_empty() {
                reading.problem = Some(Problem::Echo);
            } else {
                // Somebody quotes somebody, without any marks of a quotation.
                clean.clone_into(&mut reading.text);
            }
        }
        reading
    }

    /// The form of the answer, once or more often.
    fn of_frames(&self, clean: &str, frames: Vec<json::Found>, literal: &Literal) -> Reading {
        let mut draft = Draft::default();
        let (mut examples, mut echoes) = (false, false);
        let mut format = AnswerFormat::Json;
        for mut frame in frames {
            if frame.draft.asks() {
                let echo = self.is_echo(&clean[frame.start..frame.end]);
                let example = literal.is_example(clean, frame.start);
                if echo || example {
                    frame.draft.forget_calls();
                }
                (echoes, examples) = (echoes || echo, examples || example);
            }
            format = frame.format;
            draft.append(frame.draft);
        }
        let broken = draft.broken && draft.asks();
        let is_cut = draft.broken;
        let answer = draft.finish(format);
        let text = answer.text.unwrap_or_default();
        // Behind the text nothing is missing that anybody would read.
        let cut = is_cut && (format == AnswerFormat::Xml || clean.trim_end().ends_with(end_of(&text)));
        let (calls, providers) = (answer.actions, answer.providers);
        let mut reading = Reading { text, calls, providers, cut, problem: None };
        if broken {
            reading.calls.clear();
            reading.problem = Some(Problem::BrokenOff);
        } else if examples && reading.calls.is_empty() {
            reading.problem = Some(Problem::Example);
        } else if echoes && reading.calls.is_empty() && reading.text.is_empty() {
            reading.problem = Some(Problem::Echo);
        }
        reading
    }

    fn of_plain(&self, clean: &str) -> Reading {
        if let Some(calls) = self.bare(clean) {
            if self.is_echo(clean) {
                return Reading { problem: Some(Problem::Echo), ..Reading::default() };
            }
            return Reading { calls, ..Reading::default() };
        }
        if self.form != Form::Native && is_cut_object(clean) {
            return Reading { problem: Some(Problem::BrokenOff), ..Reading::default() };
        }
        let text = super::without_stray_tags(clean).to_owned();
        // Where a form was asked for, an action in quoted text may be meant: the model is asked.
        let shows = self.form != Form::Native && {
            let answer = super::read_answer(clean);
            answer.actions.iter().any(|call| self.offers(&call.name) && !is_quiet(&call.name))
        };
        Reading { text, problem: shows.then_some(Problem::Example), ..Reading::default() }
    }

    /// Calls that are the whole answer, without any marks: JSON or Python, of nothing but what was offered.
    fn bare(&self, clean: &str) -> Option<Vec<ActionCall>> {
        let calls = match clean.chars().next()? {
            '{' => pure(clean)?,
            '[' => pure(clean).or_else(|| dialect::python(clean))?,
            c if c.is_ascii_alphabetic() && clean.ends_with(')') && !clean.contains('\n') => {
                dialect::python(clean)?
            }
            _ => return None,
        };
        let offered = !calls.is_empty() && calls.iter().all(|call| self.offers(&call.name));
        offered.then(|| calls.into_iter().map(DraftCall::finish).collect())
    }

    pub(super) fn offers(&self, name: &str) -> bool {
        self.offered.iter().any(|offered| same_name(offered, name))
    }

    /// Whether others wrote the same, blanks aside.
    fn is_echo(&self, block: &str) -> bool {
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let block = bare(block);
        self.given.iter().any(|given| given.len() >= block.len() && bare(given).contains(&block))
    }
}

/// Whether a text begins as an object in JSON does, and is none.
fn is_cut_object(clean: &str) -> bool {
    let text = clean
        .strip_prefix("```")
        .map_or(clean, |fenced| fenced.split_once('\n').map_or("", |(_, body)| body));
    let inner = text.trim_start().trim_start_matches('[').trim_start().strip_prefix('{');
    let begins = inner.is_some_and(|inner| inner.trim_start().starts_with(['"', '\'']));
    begins && super::read_json_object(text).is_none() && loose_json::whole(text).is_none()
}

/// The last few letters of a text.
fn end_of(text: &str) -> &str {
    let start = text.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
    &text[start..]
}

/// JSON that is calls and nothing else.
fn pure(text: &str) -> Option<Vec<DraftCall>> {
    const KEYS: [&str; 12] = [
        "name",
        "type",
        "id",
        "function",
        "tool",
        "action",
        "arguments",
        "parameters",
        "params",
        "args",
        "input",
        "actioninput",
    ];
    let json = loose_json::whole(text)?;
    let items = match &json {
        serde_json::Value::Array(items) => items.iter().collect(),
        other => vec![other],
    };
    let is_call = |item: &&serde_json::Value| {
        let fields = item.as_object();
        fields.is_some_and(|fields| {
            let pure = fields.keys().all(|key| KEYS.contains(&normalise(key).as_str()));
            // `{"NAME": {…}}`
            pure || (fields.len() == 1 && fields.values().all(serde_json::Value::is_object))
        })
    };
    items.iter().all(is_call).then(|| from_json(&json))
}

/// Words of the answer format: they run nothing.
pub(super) fn is_quiet(name: &str) -> bool {
    ["REPLY", "NONE", "IGNORE"].iter().any(|quiet| same_name(name, quiet))
}
