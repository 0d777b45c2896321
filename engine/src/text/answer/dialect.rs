//! Calls of actions that stand in the text, in the marks of common families of models.
//!
//! Hermes and Qwen `<tool_call>{…}</tool_call>`, Llama `<function=NAME>{…}</function>` and `<|python_tag|>`, Mistral
//! `[TOOL_CALLS]`, GLM `<arg_key>`, Claude's older `<invoke name="NAME">`, Gemma's fences of `tool_code`. What other
//! families write with headers comes as `<function=NAME>` from the filter. Python is in `python`.

mod python;

use serde_json::{Map, Value};

use super::actions::{from_json, without_fence};
use super::draft::DraftCall;
use super::literal::{Literal, end_of_quoted};
use super::loose_json;
use super::marks::begins;
use super::tags::unescape;

/// Calls in the text.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) start: usize,
    pub(super) end: usize,
    /// None if they could not be read.
    pub(super) calls: Option<Vec<DraftCall>>,
    /// Its end is there.
    pub(super) closed: bool,
    /// It begins as a call does, so it is not prose about calls.
    pub(super) likely: bool,
}

/// Where calls begin, and where those end; an empty end is that of the answer.
const MARKS: [(&str, &str); 14] = [
    ("<tool_call>", "</tool_call>"),
    ("<tool_calls>", "</tool_calls>"),
    ("<toolcall>", "</toolcall>"),
    ("<function_calls>", "</function_calls>"),
    ("<function_call>", "</function_call>"),
    ("<functioncall>", "</functioncall>"),
    ("<invoke name=", "</invoke>"),
    ("<function=", "</function>"),
    ("[TOOL_CALLS]", ""),
    ("<|python_tag|>", ""),
    ("<|tool_call_start|>", "<|tool_call_end|>"),
    ("```tool_code\n", "```"),
    ("```tool_calls\n", "```"),
    ("```tool_call\n", "```"),
];

/// Whether calls begin here: where they end. `Err` if more of the text is needed.
pub(super) fn opening(rest: &str) -> Result<Option<(&'static str, &'static str)>, ()> {
    let mut short = false;
    for (open, close) in MARKS {
        match begins(rest, open) {
            Some(true) => return Ok(Some((open, close))),
            Some(false) => short = true,
            None => {}
        }
    }
    if short { Err(()) } else { Ok(None) }
}

/// The calls in a text, but for those that it quotes.
pub(super) fn blocks(text: &str, literal: &Literal) -> Vec<Block> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find(['<', '[', '`']).map(|next| at + next) {
        let is_fence = text[next..].starts_with('`');
        let Ok(Some((open, close))) = opening(&text[next..]) else {
            // Of a fence only the first backtick may open one.
            let run =
                if is_fence { text[next..].len() - text[next..].trim_start_matches('`').len() } else { 1 };
            at = next + run;
            continue;
        };
        if literal.covers(text, next) {
            let inside = next + open.len();
            at = if close.is_empty() {
                inside
            } else {
                end_of_quoted(&text[inside..], close).map_or(text.len(), |length| inside + length)
            };
            continue;
        }
        let block = block(text, next, open, close);
        at = block.end;
        found.push(block);
    }
    found
}

fn block(text: &str, start: usize, open: &str, close: &str) -> Block {
    // The name stands in the tag itself.
    let inside = if open.ends_with('=') { start } else { start + open.len() };
    let length = if close.is_empty() { None } else { end_of_quoted(&text[inside..], close) };
    let (content, end, closed) = match length {
        Some(length) => (&text[inside..inside + length - close.len()], inside + length, true),
        None => (&text[inside..], text.len(), close.is_empty()),
    };
    let named =
        |calls: &Vec<DraftCall>| !calls.is_empty() && calls.iter().all(|call| !call.name.trim().is_empty());
    let calls = calls(content).filter(named);
    let likely = content.trim_start().starts_with(['{', '[', '<', '`']) || calls.is_some();
    Block { start, end, calls, closed, likely }
}

/// Calls as Python writes them, if the text is nothing else.
pub(super) fn python(content: &str) -> Option<Vec<DraftCall>> {
    python::calls(content)
}

/// Reads what stands between the marks.
fn calls(content: &str) -> Option<Vec<DraftCall>> {
    let content = without_fence(content.trim()).trim();
    if content.contains("[TOOL_CALLS]") {
        return each(content.split("[TOOL_CALLS]"), calls);
    }
    if begins(content, "<function=") == Some(true) {
        return each(content.split("<function=").skip(1), function);
    }
    if content.contains("<invoke ") {
        return each(content.split("<invoke ").skip(1), invoked);
    }
    if content.contains("<arg_key>") {
        return Some(vec![keyed(content)?]);
    }
    if let Some(calls) = python::calls(content) {
        return Some(calls);
    }
    if content.starts_with(['{', '[']) {
        if let Some(json) = loose_json::whole(content) {
            return Some(from_json(&json));
        }
        if content.starts_with('{') {
            return each(content.lines(), |line| Some(from_json(&loose_json::whole(line.trim())?)));
        }
    }
    Some(vec![named(content)?])
}

fn each<'a>(
    parts: impl Iterator<Item = &'a str>,
    read: impl Fn(&'a str) -> Option<Vec<DraftCall>>,
) -> Option<Vec<DraftCall>> {
    let mut all = Vec::new();
    for part in parts.filter(|part| !part.trim().is_empty()) {
        all.extend(read(part)?);
    }
    Some(all)
}

/// `NAME>{…}</function>`, or with `<parameter=KEY>VALUE</parameter>`.
fn function(text: &str) -> Option<Vec<DraftCall>> {
    let (name, rest) = text.split_once('>')?;
    let body = rest.split("</function>").next().unwrap_or(rest);
    let arguments = if body.contains("<parameter=") {
        parameters(body, "<parameter=", |head| head.trim_matches(['"', '\'']).to_owned())
    } else {
        object(body)?
    };
    Some(vec![draft(name, arguments)])
}

/// `name="NAME"><parameter name="KEY">VALUE</parameter></invoke>`
fn invoked(text: &str) -> Option<Vec<DraftCall>> {
    let (head, rest) = text.split_once('>')?;
    let body = rest.split("</invoke>").next().unwrap_or(rest);
    let name = |head: &str| head.trim().trim_start_matches("name=").trim_matches(['"', '\'']).to_owned();
    Some(vec![draft(&name(head), parameters(body, "<parameter ", name))])
}

fn parameters(body: &str, mark: &str, key: impl Fn(&str) -> String) -> Value {
    let mut fields = Map::new();
    for part in body.split(mark).skip(1) {
        if let Some((head, rest)) = part.split_once('>')
            && let Some((value, _)) = rest.split_once("</parameter>")
        {
            fields.insert(key(head), Value::String(unescape(value.trim())));
        }
    }
    Value::Object(fields)
}

/// `NAME`, then `<arg_key>KEY</arg_key><arg_value>VALUE</arg_value>` for each argument.
fn keyed(text: &str) -> Option<DraftCall> {
    let (name, rest) = text.split_once("<arg_key>")?;
    let mut fields = Map::new();
    for part in rest.split("<arg_key>") {
        let (key, rest) = part.split_once("</arg_key>")?;
        let (value, _) = rest.split_once("<arg_value>")?.1.split_once("</arg_value>")?;
        fields.insert(key.trim().to_owned(), Value::String(value.trim().to_owned()));
    }
    Some(draft(name, Value::Object(fields)))
}

/// `NAME[ARGS]{…}`, `NAME[CALL_ID]…[ARGS]{…}` or `NAME{…}`.
fn named(text: &str) -> Option<DraftCall> {
    let brace = text.find('{')?;
    let name = text[..brace].split('[').next().unwrap_or_default().trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:".contains(c));
    let arguments = object(&text[brace..])?;
    is_name.then(|| draft(name, arguments))
}

fn draft(name: &str, arguments: Value) -> DraftCall {
    let name = name.trim().trim_matches(['"', '\'']);
    let name = name.strip_prefix("functions.").unwrap_or(name);
    DraftCall { name: name.to_owned(), arguments: Some(arguments) }
}

/// A whole object; none is an empty one.
fn object(text: &str) -> Option<Value> {
    let text = without_fence(text.trim()).trim();
    if text.is_empty() {
        return Some(Value::Object(Map::new()));
    }
    loose_json::whole(text)
}
