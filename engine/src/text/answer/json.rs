//! Answers in JSON objects, and JSON objects in any text.

use serde_json::{Map, Value};

use super::actions::{ARGUMENT_KEYS, Arguments, find as field, from_json, given, names};
use super::draft::Draft;
use super::{AnswerFormat, loose_json};
use crate::text::name::normalise;

/// An answer and where in the text it stands.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) draft: Draft,
    pub(super) format: AnswerFormat,
}

/// How many opening braces are tried; an answer has its object early.
const TRIES: usize = 24;
const THOUGHT: [&str; 4] = ["thought", "thoughts", "thinking", "reasoning"];
const TEXT: [&str; 5] = ["text", "reply", "message", "response", "content"];
const ACTIONS: [&str; 5] = ["actions", "action", "toolcalls", "toolcall", "tool"];
const PROVIDERS: [&str; 2] = ["providers", "provider"];

/// The first JSON object in the text, alone, fenced or amid prose. Types are kept.
///
/// Tolerates what models do to JSON: comments, trailing commas, single quotes, names and words
/// without quotes. None if there is no closed object, or if the text is another JSON value.
pub fn read_json_object(text: &str) -> Option<Map<String, Value>> {
    if let Ok(value) = serde_json::from_str(text.trim()) {
        return match value {
            Value::Object(fields) => Some(fields),
            _ => None,
        };
    }
    // An example in the prose in front of a fence is not the object meant.
    let fenced = text.split_once("```").and_then(|(_, rest)| object_in(rest));
    fenced.or_else(|| object_in(text))
}

fn object_in(text: &str) -> Option<Map<String, Value>> {
    objects(text).into_iter().find(|object| !object.cut).map(|object| object.fields)
}

struct Object {
    start: usize,
    end: usize,
    fields: Map<String, Value>,
    cut: bool,
}

/// The objects of a text that are not inside of another.
fn objects(text: &str) -> Vec<Object> {
    let mut found = Vec::new();
    let mut at = 0;
    for _ in 0..TRIES {
        let Some(start) = text[at..].find('{').map(|brace| at + brace) else {
            break;
        };
        at = start + 1;
        let Some(read) = loose_json::prefix(&text[start..]) else {
            continue;
        };
        if let Value::Object(fields) = read.value
            && !(fields.is_empty() && read.cut)
        {
            at = start + read.end.max(1);
            found.push(Object { start, end: at, fields, cut: read.cut });
        }
    }
    found
}

/// The answer in the text if it has objects that are one; several are one answer.
pub(super) fn find(text: &str) -> Option<Found> {
    let mut found = answers(text, |_| false).into_iter();
    let first = found.next()?;
    Some(found.fold(first, |mut all, next| {
        all.end = next.end;
        all.draft.append(next.draft);
        all
    }))
}

/// The objects in the text that are answers, but for those that it quotes.
pub(super) fn answers(text: &str, is_quoted: impl Fn(usize) -> bool) -> Vec<Found> {
    let found = objects(text).into_iter();
    let found = found.filter(|object| is_answer(&object.fields) && !is_quoted(object.start));
    let read = |object: Object| {
        let mut draft = Draft { cut: object.cut, broken: object.cut, ..Draft::default() };
        take(&object.fields, &mut draft);
        Found { start: object.start, end: object.end, draft, format: AnswerFormat::Json }
    };
    found.map(read).collect()
}

/// Whether an object is the model's answer and not JSON that the answer talks about.
fn is_answer(fields: &Map<String, Value>) -> bool {
    let sure =
        |key: &str| THOUGHT.contains(&key) || ACTIONS[..4].contains(&key) || matches!(key, "text" | "reply");
    let known = |key: &str| sure(key) || TEXT.contains(&key) || PROVIDERS.contains(&key);
    let mut keys = fields.keys().map(|key| normalise(key));
    if keys.any(|key| sure(&key)) {
        return true;
    }
    let is_call = fields.get("name").is_some_and(Value::is_string)
        && fields
            .keys()
            .all(|key| matches!(normalise(key).as_str(), "name" | "type" | "id") || is_arguments(key))
        && fields.keys().any(|key| is_arguments(key));
    let mut keys = fields.keys().map(|key| normalise(key));
    is_call || (!fields.is_empty() && keys.all(|key| known(&key)))
}

fn is_arguments(key: &str) -> bool {
    ARGUMENT_KEYS.contains(&normalise(key).as_str())
}

fn take(fields: &Map<String, Value>, draft: &mut Draft) {
    draft.thought = field(fields, &THOUGHT).and_then(text_of);
    if let Some(providers) = field(fields, &PROVIDERS) {
        draft.providers = list_of(providers);
    }
    if let Some(actions) = field(fields, &ACTIONS) {
        draft.calls = from_json(actions);
    } else if fields.keys().any(|key| is_arguments(key)) && fields.contains_key("name") {
        draft.calls = from_json(&Value::Object(fields.clone()));
        return;
    }
    if let Some(arguments) = field(fields, &ARGUMENT_KEYS) {
        let arguments = Arguments::Value(given(arguments));
        draft.loose.push((draft.calls.len(), arguments));
    }
    for key in TEXT {
        match field(fields, &[key]) {
            Some(Value::Object(inner)) if draft.text.is_none() => {
                let mut nested = Draft::default();
                take_nested(inner, &mut nested);
                draft.append(nested);
            }
            Some(value) if draft.text.is_none() => draft.text = text_of(value),
            _ => {}
        }
    }
}

/// One level only: `{"response": {"text": …}}`.
fn take_nested(fields: &Map<String, Value>, draft: &mut Draft) {
    let flat =
        fields.iter().filter(|(key, value)| !(value.is_object() && TEXT.contains(&normalise(key).as_str())));
    let flat: Map<String, Value> = flat.map(|(k, v)| (k.clone(), v.clone())).collect();
    take(&flat, draft);
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(lines) => {
            let lines: Vec<_> = lines.iter().filter_map(text_of).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        }
        other => Some(other.to_string()),
    }
}

fn list_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(list_of).collect(),
        Value::String(text) => names(text),
        _ => Vec::new(),
    }
}
