//! Fills the object of a JSON Schema from what somebody said.

use crate::{
    align,
    heard::Heard,
    numbers,
    schema::{self, Field, Kind},
    slots,
    words::{capitalised, stem, tokens},
};
use serde_json::{Map, Number, Value};
use std::{collections::BTreeMap, ops::Range};

/// Arguments as far as the text gives them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filled {
    /// What was found, in the schema's order.
    pub(crate) arguments: Map<String, Value>,
    /// Required fields that the text does not give.
    pub(crate) missing: Vec<Field>,
}

/// Fills an object schema; `examples` are what users say to ask for it.
pub(crate) fn fill(root: &Value, examples: &[(String, String)], heard: &mut Heard<'_>) -> Filled {
    fill_object(root, root, examples, heard)
}

fn fill_object(object: &Value, root: &Value, examples: &[(String, String)], heard: &mut Heard<'_>) -> Filled {
    let fields = schema::fields_of(object, root);
    let mut found: BTreeMap<&str, Value> = BTreeMap::new();
    let mut order: Vec<&Field> = fields.iter().collect();
    order.sort_by_key(|field| rank(field.kind));
    for field in order.iter().filter(|field| rank(field.kind) < rank(Kind::Person)) {
        if let Some(value) = closed(field, root, heard) {
            found.insert(&field.name, value);
        }
    }
    for (name, value) in aligned(&fields, examples, heard) {
        found.insert(name, value);
    }
    for field in order {
        let known = found.contains_key(field.name.as_str());
        if known || rank(field.kind) < rank(Kind::Person) {
            continue;
        }
        let sure = !field.required || field.schema.get("default").is_some();
        if let Some((text, range)) = slots::find(field, heard, sure) {
            heard.mark(range);
            let value = if field.kind == Kind::List { list(&text) } else { Some(Value::String(text)) };
            found.extend(value.map(|value| (field.name.as_str(), value)));
        }
    }
    let mut filled = Filled::default();
    for field in &fields {
        match found.remove(field.name.as_str()) {
            Some(value) => {
                filled.arguments.insert(field.name.clone(), value);
            }
            None if field.required && field.schema.get("default").is_none() => {
                filled.missing.push(field.clone())
            }
            None => {}
        }
    }
    filled
}

/// Values that can be told for certain are taken first; free text takes what is left.
fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Choice => 0,
        Kind::Url => 1,
        Kind::Flag => 2,
        Kind::Integer | Kind::Number => 3,
        Kind::Date => 4,
        Kind::Object => 5,
        Kind::Person => 6,
        Kind::Place => 7,
        Kind::Key | Kind::Setting => 8,
        Kind::Title => 9,
        Kind::Text => 10,
        Kind::FreeText => 11,
        Kind::List => 12,
    }
}

/// Values of limited shape: options, flags, numbers, dates, links and objects of them.
fn closed(field: &Field, root: &Value, heard: &mut Heard<'_>) -> Option<Value> {
    match field.kind {
        Kind::Choice => {
            let (value, range) = choice(&field.options, heard)?;
            heard.mark(range);
            Some(value)
        }
        Kind::Flag => flag(field, heard),
        Kind::Integer | Kind::Number => {
            let (value, range) = number(field, heard)?;
            heard.mark(range);
            Some(value)
        }
        Kind::Object => {
            let inner = fill_object(&field.schema, root, &[], heard);
            (inner.missing.is_empty() && !inner.arguments.is_empty())
                .then_some(Value::Object(inner.arguments))
        }
        _ => {
            let (text, range) = slots::find(field, heard, true)?;
            heard.mark(range);
            Some(Value::String(text))
        }
    }
}

/// The option that is named; of several the one after `to` or `as`, then the longest name.
fn choice(options: &[Value], heard: &Heard<'_>) -> Option<(Value, Range<usize>)> {
    let mut found: Vec<(bool, usize, &Value, Range<usize>)> = Vec::new();
    for option in options {
        let name: Vec<String> =
            tokens(&schema::spoken(&schema::written(option))).into_iter().map(|token| token.stem).collect();
        for start in 0..heard.words.len() {
            let matches = !name.is_empty()
                && name.iter().enumerate().all(|(i, part)| {
                    heard.free(start + i) && heard.at(start + i).is_some_and(|token| token.stem == *part)
                });
            let led = (1..=2).any(|back| {
                start.checked_sub(back).and_then(|i| heard.at(i)).is_some_and(|t| t.is(&["to", "as", "into"]))
            });
            if matches {
                found.push((led, name.len(), option, start..start + name.len()));
            }
        }
    }
    let best = found.iter().map(|(led, length, ..)| (*led, *length)).max()?;
    found
        .into_iter()
        .find(|(led, length, ..)| (*led, *length) == best)
        .map(|(_, _, v, range)| (v.clone(), range))
}

fn flag(field: &Field, heard: &Heard<'_>) -> Option<Value> {
    let labels: Vec<String> = tokens(&field.label).into_iter().map(|token| token.stem).collect();
    let says = |words: &[&str]| heard.find(words, 0).is_some();
    let named = heard.words.iter().position(|token| labels.contains(&token.stem) && token.is_content());
    if let Some(at) = named {
        let denies = ["not", "no", "without", "off", "false", "disable", "non", "never"];
        let near = at.saturating_sub(3)..(at + 3).min(heard.words.len());
        let denied = heard.words.get(near).unwrap_or_default().iter().any(|token| token.is(&denies));
        return Some(Value::Bool(!denied));
    }
    if !field.required {
        return None;
    }
    if says(&["yes", "yeah", "on", "enable", "enabled", "true"]) {
        Some(Value::Bool(true))
    } else if says(&["no", "off", "disable", "disabled", "false", "not"]) {
        Some(Value::Bool(false))
    } else {
        None
    }
}

fn number(field: &Field, heard: &Heard<'_>) -> Option<(Value, Range<usize>)> {
    let names: Vec<String> = tokens(&format!("{} {}", field.label, field.description))
        .into_iter()
        .filter(crate::words::Token::is_content)
        .map(|token| token.stem)
        .collect();
    let near = |index: Option<usize>| {
        index.and_then(|i| heard.at(i)).is_some_and(|token| names.contains(&stem(&token.lower)))
    };
    let all: Vec<numbers::Number> = numbers::numbers(heard.text, &heard.words)
        .into_iter()
        .filter(|number| heard.free(number.range.start))
        .filter(|number| field.kind == Kind::Number || number.value.fract() == 0.0)
        .collect();
    let fits = |n: &&numbers::Number| near(Some(n.range.end)) || near(n.range.start.checked_sub(1));
    let best = all.iter().find(fits).or_else(|| all.first().filter(|_| field.required))?;
    Some((json_number(best.value, field.kind)?, best.range.clone()))
}

fn json_number(value: f64, kind: Kind) -> Option<Value> {
    if kind == Kind::Integer && value.abs() < 9e15 {
        return format!("{value:.0}").parse::<i64>().ok().map(Value::from);
    }
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return format!("{value:.0}").parse::<i64>().ok().map(Value::from);
    }
    Number::from_f64(value).map(Value::Number)
}

/// What the examples show: the words that stand where an example has its own.
fn aligned<'f>(
    fields: &'f [Field],
    examples: &[(String, String)],
    heard: &mut Heard<'_>,
) -> Vec<(&'f str, Value)> {
    let mut open: Vec<&Field> = fields
        .iter()
        .filter(|field| field.required && rank(field.kind) >= rank(Kind::Person) && field.kind != Kind::List)
        .collect();
    if open.is_empty() {
        return Vec::new();
    }
    open.sort_by_key(|field| field.kind == Kind::FreeText);
    let free_text = open.iter().any(|field| field.kind == Kind::FreeText);
    for (example, _) in examples {
        let mut gaps = align::gaps(example, &heard.words, free_text);
        gaps.retain(|gap| gap.said.clone().any(|index| heard.free(index)));
        if gaps.len() != open.len() {
            continue;
        }
        if free_text
            && let Some(longest) = (0..gaps.len()).rev().max_by_key(|index| gaps.get(*index).map(|g| g.shown))
        {
            let gap = gaps.remove(longest);
            gaps.push(gap);
        }
        let slots: Vec<slots::Slot> = open
            .iter()
            .zip(&gaps)
            .filter_map(|(field, gap)| gap_value(field, gap.said.clone(), heard))
            .collect();
        if slots.len() == open.len() {
            slots.iter().for_each(|(_, range)| heard.mark(range.clone()));
            let values = slots.into_iter().map(|(text, _)| Value::String(text));
            return open.into_iter().map(|field| field.name.as_str()).zip(values).collect();
        }
    }
    Vec::new()
}

fn gap_value(field: &Field, said: Range<usize>, heard: &Heard<'_>) -> Option<slots::Slot> {
    if let Some(quoted) = heard.quoted().filter(|(_, range)| said.contains(&range.start)) {
        return Some(quoted);
    }
    if field.kind == Kind::FreeText {
        let to_end = said.end == heard.words.len();
        let text = if to_end { heard.rest(said.start) } else { heard.slice(said.clone()) };
        return (!text.is_empty()).then(|| (text.to_owned(), said));
    }
    // Words that only place the user's sentence are no value: "me", "here", "it".
    let bare =
        heard.words.get(said.clone())?.iter().all(|token| !token.is_content() || numbers::dates(token));
    let ours = heard
        .words
        .get(said.clone())?
        .iter()
        .any(|token| token.is(&["my", "your", "our", "you", "i", "it", "me", "we", "us"]));
    let bare = bare || (ours && field.kind == Kind::Place);
    let long = matches!(field.kind, Kind::Place | Kind::Person) && said.len() > 6;
    let cut = said.clone().find(|index| !heard.runs_on(*index)).map_or(said.end, |index| index + 1);
    let cut = if field.kind == Kind::Place { place_end(heard, said.start, cut) } else { cut };
    if bare || long {
        None
    } else {
        let led = said
            .clone()
            .take_while(|index| {
                field.kind == Kind::Place
                    && heard.at(*index).is_some_and(|t| t.is(&["in", "on", "at", "for", "near", "over"]))
            })
            .count();
        slots::tidy(heard, said.start + led..cut.max(said.start + 1)).filter(|(_, range)| {
            field.kind != Kind::Place || !crate::places::common_thing(heard, range.start)
        })
    }
}

/// A place ends before grammar words that start something new: `Paris and tell me`, `Oslo for tomorrow`.
fn place_end(heard: &Heard<'_>, start: usize, end: usize) -> usize {
    let ends = [
        "and", "for", "right", "now", "today", "with", "if", "so", "because", "at", "on", "or", "please",
        "this", "next", "like",
    ];
    (start + 1..end).find(|index| heard.at(*index).is_some_and(|token| token.is(&ends))).unwrap_or(end)
}

/// The value that an answer to [`Field::question`] gives, if it is one.
pub(crate) fn answered(field: &Field, text: &str, speaker: &str, agent: &str) -> Option<Value> {
    let mut heard = Heard::new(text, speaker, agent, std::collections::BTreeSet::new());
    match field.kind {
        Kind::Choice => choice(&field.options, &heard).map(|(value, _)| value),
        Kind::Flag | Kind::Integer | Kind::Number | Kind::Url => {
            let field = Field { required: true, ..field.clone() };
            closed(&field, &field.schema, &mut heard)
        }
        Kind::Object => None,
        Kind::List => list(text),
        Kind::FreeText => Some(Value::String(text.trim().to_owned())).filter(|_| !heard.words.is_empty()),
        _ => {
            let from = heard
                .words
                .iter()
                .take_while(|t| t.is(&["in", "at", "for", "to", "it", "is", "i", "mean", "the"]))
                .count();
            let whole = if from < heard.words.len() { heard.rest(from) } else { text.trim() };
            Some(Value::String(whole.trim_end_matches(['.', '!']).to_owned()))
                .filter(|_| !heard.words.is_empty())
        }
    }
}

/// The parts of `a, b and c`.
pub(crate) fn list(text: &str) -> Option<Value> {
    let parts: Vec<Value> = text
        .replace(" and ", ",")
        .split(',')
        .map(|part| part.trim().trim_end_matches('.'))
        .filter(|part| !part.is_empty())
        .map(|part| Value::String(part.to_owned()))
        .collect();
    (!parts.is_empty()).then_some(Value::Array(parts))
}

/// A tool's name as the agent says it: `GET_WEATHER` is `Get weather`.
pub(crate) fn title_of(name: &str) -> String {
    capitalised(&schema::spoken(name))
}
