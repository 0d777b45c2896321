//! Names of actions and their arguments, in all the ways models write them.

use serde_json::{Map, Value};

use super::draft::DraftCall;
use super::loose_json;
use super::tags::{Tag, scan};
use super::xml::{self, content_text};
use crate::text::name::normalise;

/// Arguments that stand beside the actions.
#[derive(Debug)]
pub(super) enum Arguments {
    /// As given; an object whose keys are all names of actions is taken apart.
    Value(Value),
    /// Tags: either one for each action or one for each argument.
    ByAction(Map<String, Value>),
}

impl Arguments {
    /// Reads the content of `<params>`.
    pub(super) fn read(content: &str) -> Self {
        match children(content) {
            Some(fields) => Self::ByAction(fields),
            None => Self::Value(value(&content_text(content))),
        }
    }
}

/// JSON if the text looks like it, else the text as a string. Nothing is an empty object.
pub(super) fn value(text: &str) -> Value {
    let text = without_fence(text.trim()).trim();
    if text.is_empty() {
        return Value::Object(Map::new());
    }
    match loose_json::whole(text) {
        Some(read) if text.starts_with(['{', '[']) => read,
        _ => Value::String(text.to_owned()),
    }
}

/// Elements as an object: `<a>1</a><b>{"c":2}</b>`. None if the content does not begin with a tag.
fn children(content: &str) -> Option<Map<String, Value>> {
    let content = content.trim();
    if !content.starts_with('<') || content.starts_with("<!") {
        return None;
    }
    let tags = scan(content);
    let mut fields = Map::new();
    for (tag, inner) in elements(content, &tags) {
        let inside = scan(inner);
        let read = match children(inner).filter(|_| elements(inner, &inside).next().is_some()) {
            Some(fields) => Value::Object(fields),
            None => match content_text(inner) {
                text if text.starts_with(['{', '[']) => value(&text),
                text => Value::String(text),
            },
        };
        fields.insert(tag.name.to_owned(), read);
    }
    (!fields.is_empty()).then_some(fields)
}

/// The closed elements at the top of the content, each with what it holds.
fn elements<'t>(content: &'t str, tags: &'t [Tag<'t>]) -> impl Iterator<Item = (&'t Tag<'t>, &'t str)> {
    let mut behind = 0;
    tags.iter().filter_map(move |tag| {
        if tag.start < behind {
            return None;
        }
        let closing = tags.get(tag.closing()?)?;
        behind = closing.end;
        Some((tag, &content[tag.end..closing.start]))
    })
}

/// A call whose content holds only its arguments.
pub(super) fn call(name: &str, content: &str, cut: bool) -> DraftCall {
    let arguments = (!cut && !content.trim().is_empty()).then(|| match Arguments::read(content) {
        Arguments::Value(value) => value,
        // `<params>` around the arguments says nothing new.
        Arguments::ByAction(mut fields) if fields.len() == 1 => match fields.iter_mut().next() {
            Some((name, inner)) if xml::field(name) == Some(xml::Field::Arguments) => inner.take(),
            _ => Value::Object(fields),
        },
        Arguments::ByAction(fields) => Value::Object(fields),
    });
    DraftCall { name: name.trim().to_owned(), arguments }
}

/// Reads the content of `<actions>` or `<action>`: names, elements or JSON.
pub(super) fn calls(content: &str) -> Vec<DraftCall> {
    let tags = scan(content);
    if tags.iter().any(|tag| tag.is_open() || tag.kind == super::tags::Kind::Empty) {
        return tagged(content, &tags);
    }
    from_text(&content_text(content))
}

fn tagged(content: &str, tags: &[Tag<'_>]) -> Vec<DraftCall> {
    const WRAPPERS: [&str; 6] = ["action", "item", "li", "tool", "call", "name"];
    let empty = tags.iter().filter(|tag| tag.kind == super::tags::Kind::Empty);
    let mut found: Vec<DraftCall> = empty.map(|tag| call(tag.name, "", false)).collect();
    for (tag, inner) in elements(content, tags) {
        match tag.attribute("name") {
            Some(name) => found.push(call(&name, inner, false)),
            None if WRAPPERS.iter().any(|name| tag.is(name)) => found.extend(wrapped(inner)),
            None => found.push(call(tag.name, inner, false)),
        }
    }
    found
}

/// `<name>A</name><params>…</params>`, or plain names.
fn wrapped(inner: &str) -> Vec<DraftCall> {
    let Some(fields) = children(inner) else {
        return from_text(&content_text(inner));
    };
    from_json(&Value::Object(fields))
}

fn from_text(text: &str) -> Vec<DraftCall> {
    let text = without_fence(text.trim());
    if text.starts_with(['{', '['])
        && let Some(json) = loose_json::whole(text)
    {
        return from_json(&json);
    }
    split(text).iter().filter_map(|item| named(item)).collect()
}

/// Names in a list: `A, B`, `[A, B]`, one a line, with bullets or quotes.
pub(super) fn names(text: &str) -> Vec<String> {
    from_text(text).into_iter().map(|call| call.name).collect()
}

/// Reads calls from JSON: a name, a list, `{name, arguments}`, `{"NAME": {…}}`,
/// or the tool calls of the usual providers.
pub(super) fn from_json(json: &Value) -> Vec<DraftCall> {
    match json {
        Value::String(text) => from_text(text),
        Value::Array(items) => items.iter().flat_map(from_json).collect(),
        Value::Object(fields) => from_object(fields),
        _ => Vec::new(),
    }
}

fn from_object(fields: &Map<String, Value>) -> Vec<DraftCall> {
    if let Some(function) = fields.get("function").filter(|inner| inner.is_object()) {
        return from_json(function);
    }
    let name = find(fields, &["name", "action", "tool", "toolname", "actionname", "function"]);
    let arguments = find(fields, &ARGUMENT_KEYS);
    if let Some(name) = name.and_then(Value::as_str) {
        let mut calls: Vec<_> = named(name).into_iter().collect();
        if let (Some(call), Some(arguments)) = (calls.first_mut(), arguments) {
            call.arguments = Some(given(arguments));
        }
        return calls;
    }
    let by_name = fields
        .iter()
        .map(|(name, arguments)| DraftCall { name: name.clone(), arguments: Some(given(arguments)) });
    by_name.collect()
}

/// The keys, normalised, under which models give arguments.
pub(super) const ARGUMENT_KEYS: [&str; 6] =
    ["arguments", "parameters", "params", "args", "input", "actioninput"];

/// The first field with one of these keys, compared normalised.
pub(super) fn find<'a>(fields: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| {
        let mut found = fields.iter().filter(|(name, _)| normalise(name) == *key);
        found.next().map(|(_, value)| value)
    })
}

/// Arguments given in JSON: text that is JSON itself is read.
pub(super) fn given(arguments: &Value) -> Value {
    match arguments {
        Value::String(text) => value(text),
        Value::Null => Value::Object(Map::new()),
        other => other.clone(),
    }
}

/// Splits at commas, semicolons and line ends, but not inside of brackets.
fn split(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ',' | ';' | '\n' if depth == 0 => {
                items.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    items.push(&text[start..]);
    items
}

/// A name without bullets and quotes; `NAME(…)` has its arguments in the brackets.
fn named(item: &str) -> Option<DraftCall> {
    let item = item.trim().trim_start_matches(['-', '*', '•', '+']).trim();
    let numbered = item.trim_start_matches(|c: char| c.is_ascii_digit());
    let item = match numbered.strip_prefix(['.', ')']) {
        Some(rest) if numbered.len() < item.len() => rest.trim(),
        _ => item,
    };
    let (name, inner) = match item.split_once('(') {
        Some((name, rest)) => (name, rest.trim_end_matches(')').trim()),
        None => (item, ""),
    };
    let quotes = |c: char| c.is_whitespace() || "\"'`*[]".contains(c);
    let name = name.trim_matches(quotes);
    (!name.is_empty())
        .then(|| DraftCall { name: name.to_owned(), arguments: (!inner.is_empty()).then(|| value(inner)) })
}

/// The body of a text that is one fenced block.
pub(super) fn without_fence(text: &str) -> &str {
    let body = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    match body {
        Some(body) => body.split_once('\n').map_or(body, |(_, body)| body).trim(),
        None => text,
    }
}
