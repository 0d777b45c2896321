//! Reading what a model wrote: thought, actions, providers, text.
//!
//! Models are asked for one format and answer in another, in two at once, or stop in the middle.
//! [`read_answer`] takes what is there and never fails: `<response>` XML as elizaOS asks for,
//! JSON objects (fenced or not, one or several), else plain text. Thinking never comes through.
//!
//! [`read_answer`] reads what is there; [`read_as`] knows what was asked, and decides which actions are asked for.
//!
//! One file a subject: `tags` and `xml` for XML, `loose_json` and `json` for JSON, `dialect` for calls in the marks of
//! model families, `actions` for names and arguments, `filter` and `marks` for thinking and turns, `literal` for quoted
//! text, `asked` for what it all comes to, `polish` for the last touch, `verdict`, `stream` for streamed answers.

mod actions;
mod asked;
mod dialect;
mod draft;
mod filter;
mod json;
mod literal;
mod loose_json;
mod marks;
mod polish;
mod stream;
mod tags;
mod verdict;
mod xml;

use serde_json::Value;

pub use asked::{Asked, Form, Problem, Reading, read_as};
pub use json::read_json_object;
pub use stream::StreamReader;
pub use verdict::{Verdict, read_should_respond};
pub use xml::key_values;

use draft::Draft;

/// What a model's answer says.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The model's note to itself, never for the user.
    pub thought: Option<String>,
    /// The actions it asks for, in order. Names are as written, not yet matched.
    pub actions: Vec<ActionCall>,
    /// The providers it asks for.
    pub providers: Vec<String>,
    /// What it says to the user. Never empty.
    pub text: Option<String>,
    /// How the answer was written.
    pub format: AnswerFormat,
    /// Whether the answer ended in the middle. Arguments that were cut are left out.
    pub cut: bool,
}

/// An action the model asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionCall {
    /// The name as written, never empty.
    pub name: String,
    /// The arguments: an empty object if there are none. What could not be read as JSON
    /// is a string, so that checking it against the action's schema tells the model.
    pub arguments: Value,
}

/// How an answer was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFormat {
    /// Tags such as `<response><text>…`.
    Xml,
    /// One or more JSON objects.
    Json,
    /// Text only.
    Plain,
}

/// Reads an answer, whatever it looks like. Never fails.
pub fn read_answer(answer: &str) -> Answer {
    let clean = filter::remove(answer);
    let clean = clean.trim();
    let json = json::find(clean);
    let xml = xml::find(clean, |_| false);
    // Tags inside a JSON string, or JSON inside a tag, belong to what began first.
    let found = match (json, xml) {
        (Some(json), Some(xml)) if xml.start < json.start => Some((xml.draft, AnswerFormat::Xml)),
        (Some(json), _) => Some((json.draft, AnswerFormat::Json)),
        (None, Some(xml)) => Some((xml.draft, AnswerFormat::Xml)),
        (None, None) => None,
    };
    match found {
        Some((draft, format)) => draft.finish(format),
        None => plain(clean),
    }
}

/// The answer without `<think>` blocks, and otherwise as it is.
pub fn without_thinking(answer: &str) -> String {
    filter::remove(answer)
}

fn plain(text: &str) -> Answer {
    let draft = Draft { text: Some(without_stray_tags(text).to_owned()), ..Draft::default() };
    draft.finish(AnswerFormat::Plain)
}

/// Half a frame around plain text: `Hello</text></response>`.
fn without_stray_tags(text: &str) -> &str {
    const FRAME: [&str; 4] = ["<response>", "</response>", "<text>", "</text>"];
    let mut text = text.trim();
    loop {
        let inner = FRAME.iter().fold(text, |text, tag| {
            let text = text.strip_prefix(tag).unwrap_or(text);
            text.strip_suffix(tag).unwrap_or(text).trim()
        });
        if inner == text {
            return text;
        }
        text = inner;
    }
}

#[cfg(test)]
mod tests;
