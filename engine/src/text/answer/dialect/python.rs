//! Calls as Python writes them: `[get_weather(city="Oslo"), stop()]`.

use serde_json::{Map, Value};

use crate::text::answer::draft::DraftCall;
use crate::text::answer::loose_json;

/// Deeper nesting than any call has.
const DEPTH: usize = 32;

/// The calls, if the text is nothing else: a list of them, one a line, or each printed.
pub(super) fn calls(text: &str) -> Option<Vec<DraftCall>> {
    let mut rest = text.trim();
    if let Some(inner) = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        rest = inner.trim();
    }
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (name, inner, behind) = call(rest)?;
        if name == "print" {
            let (name, inner, more) = call(inner.trim())?;
            if !more.is_empty() {
                return None;
            }
            found.push(read(name, inner));
        } else {
            found.push(read(name, inner));
        }
        rest = behind.trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == ';');
    }
    (!found.is_empty()).then_some(found)
}

/// Name, arguments and what is behind the call at the beginning of a text.
fn call(text: &str) -> Option<(&str, &str, &str)> {
    let open = text.find('(')?;
    let name = text[..open].trim();
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !begins || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c)) {
        return None;
    }
    let inner = &text[open + 1..];
    let close = top_level(inner, |c| c == ')')?;
    Some((name, &inner[..close], &inner[close + 1..]))
}

/// The first character outside of quotes and brackets that is wanted. None if there is none.
fn top_level(text: &str, wanted: impl Fn(char) -> bool) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if depth == 0 && wanted(c) => return Some(at),
            None => match c {
                '"' | '\'' => quote = Some(c),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.checked_sub(1)?,
                _ => {}
            },
        }
        if depth > DEPTH {
            return None;
        }
    }
    None
}

fn read(name: &str, inner: &str) -> DraftCall {
    let name = name.strip_suffix(".call").unwrap_or(name);
    let name = name.rsplit('.').next().unwrap_or(name).to_owned();
    let mut fields = Map::new();
    let mut rest = inner.trim();
    while !rest.is_empty() {
        let end = top_level(rest, |c| c == ',').unwrap_or(rest.len());
        let item = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default().trim_start();
        match item.split_once('=') {
            Some((key, given)) if is_word(key.trim()) => {
                fields.insert(key.trim().to_owned(), value(given.trim()));
            }
            // Which parameter it is cannot be known: the model is told what was wrong with it.
            _ => return DraftCall { name, arguments: Some(Value::String(inner.trim().to_owned())) },
        }
    }
    DraftCall { name, arguments: Some(Value::Object(fields)) }
}

fn is_word(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn value(text: &str) -> Value {
    if let Ok(value) = serde_json::from_str(text) {
        return value;
    }
    match text {
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        "None" => Value::Null,
        _ if text.starts_with(['"', '\'', '[', '{']) => {
            loose_json::whole(text).unwrap_or_else(|| Value::String(text.to_owned()))
        }
        _ => Value::String(text.to_owned()),
    }
}
