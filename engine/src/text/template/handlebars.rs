//! A small reader of Handlebars that writes minijinja.
//!
//! Known: `{{a.b}}`, `{{{raw}}}`, `{{&raw}}`, `{{this}}`, `{{../a}}`, `{{@index}}` `{{@key}}`
//! `{{@first}}` `{{@last}}` `{{@root.a}}`, `{{#if}}` `{{else if}}` `{{else}}`, `{{#unless}}`,
//! `{{#each list as |item|}}`, `{{#with}}`, comments, `{{~ ~}}`, `\{{escaped}}`.
//! Helpers and partials are not: they are errors that say what to write.
//!
//! Every level of `#each` and `#with` is a variable of its own (`_0` the values, `_1`, …), and a
//! path is a call of `at`, so names need not be names to Jinja (`user-name`, `in`, `0`).

mod path;
mod reader;
mod tag;

use std::collections::HashSet;

use minijinja::value::{Rest, ValueKind};
use minijinja::{Environment, Value};

pub(super) use reader::translate;

/// The variable that holds all values.
pub(super) const ROOT: &str = "_0";

/// What [`translate`] makes of a source.
pub(super) struct Translated {
    /// The template for minijinja.
    pub(super) source: String,
    /// The top-level values it uses, or `None` if it uses them as a whole.
    pub(super) names: Option<HashSet<String>>,
}

/// Whether a source is to be read as Handlebars.
///
/// Blocks, comments, triple braces, `this` and `@` exist only there. Without any of them, and
/// without statements, comments and expressions of Jinja, both read the same; then the reader
/// here is taken, because it allows more names.
pub(super) fn is_handlebars(source: &str) -> bool {
    let mut all_paths = true;
    for (at, _) in source.match_indices("{{") {
        let tag = source[at + 2..].trim_start_matches('~').trim_start();
        let only_here = ["#", "/", "!", "{", "^", "&", ">", "@", "../", "./", "else}}", "this}}", "this."];
        if only_here.iter().any(|start| tag.starts_with(start)) {
            return true;
        }
        all_paths &=
            tag.split_once("}}").is_some_and(|(inner, _)| path::is_path(inner.trim_end_matches('~').trim()));
    }
    all_paths && !has_pair(source, "{%", "%}") && !has_pair(source, "{#", "#}")
}

fn has_pair(source: &str, open: &str, close: &str) -> bool {
    source.split_once(open).is_some_and(|(_, rest)| rest.contains(close))
}

/// The variables of a translated template.
pub(super) fn context(root: Value) -> Value {
    Value::from_pairs([(ROOT, root)])
}

/// The functions and tests translated templates call.
pub(super) fn add_helpers(environment: &mut Environment<'static>) {
    environment.add_function("_at", at);
    environment.add_function("_pairs", pairs);
    environment.add_test("_filled", filled);
}

/// Follows a path of keys; undefined where it ends.
fn at(value: Value, keys: Rest<String>) -> Value {
    let mut value = value;
    for key in keys.iter() {
        value = step(&value, key);
    }
    value
}

fn step(value: &Value, key: &str) -> Value {
    let found = match value.kind() {
        ValueKind::Map => value.get_attr(key).ok(),
        ValueKind::Seq => match key.parse::<usize>() {
            Ok(index) => value.get_item_by_index(index).ok(),
            Err(_) if key == "length" => value.len().map(Value::from),
            Err(_) => None,
        },
        ValueKind::String if key == "length" => value.len().map(Value::from),
        _ => None,
    };
    found.unwrap_or(Value::UNDEFINED)
}

/// Key and value of each item: of a list the position, of an object the field name.
fn pairs(value: Value) -> Value {
    let pair = |key: Value, item: Value| Value::from(vec![key, item]);
    let Ok(items) = value.try_iter() else {
        return Value::from(Vec::<Value>::new());
    };
    match value.kind() {
        ValueKind::Map => items
            .map(|key| {
                let item = value.get_item(&key).unwrap_or(Value::UNDEFINED);
                pair(key, item)
            })
            .collect(),
        ValueKind::Seq | ValueKind::Iterable => {
            items.enumerate().map(|(index, item)| pair(Value::from(index), item)).collect()
        }
        _ => Value::from(Vec::<Value>::new()),
    }
}

/// What Handlebars takes as true: all but missing, null, false, 0, '' and the empty list.
fn filled(value: Value) -> bool {
    value.kind() == ValueKind::Map || value.is_true()
}
