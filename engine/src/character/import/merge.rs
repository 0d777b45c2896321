//! Puts what was kept under `[imported]` back into the JSON, where it came from.

use serde_json::{Map, Value as Json};

use super::path::{Path, Step};

/// A value and the place it goes back to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    /// The place; a list position at its end means "insert here".
    pub(super) path: Path,
    /// The value.
    pub(super) value: Json,
}

/// The edits that a table of `[imported]` stands for, with regard to the JSON there is at its place.
pub(super) fn edits(imported: &Map<String, Json>, place: &Path, json: &Json, into: &mut Vec<Edit>) {
    if let Json::Array(list) = json {
        return list_edits(imported, place, list, into);
    }
    for (key, value) in imported {
        let path = place.key(key);
        match (value, json.get(key)) {
            (Json::Object(table), Some(there)) => edits(table, &path, there, into),
            _ => into.push(Edit { path, value: value.clone() }),
        }
    }
}

fn list_edits(imported: &Map<String, Json>, place: &Path, list: &[Json], into: &mut Vec<Edit>) {
    if imported.keys().all(|key| element(key).is_some()) {
        for (key, value) in imported {
            if let Some(element) = element(key) {
                descend(value, place, list, element, into);
            }
        }
        return;
    }
    // The JSON had an object where a list belongs. It takes its place back, or the end of what is there now.
    let path = match list {
        [] => place.clone(),
        _ => place.index(list.len()),
    };
    let value = Json::Object(imported.clone());
    into.push(Edit { path, value });
}

/// What a key means where the JSON has a list.
enum Element {
    /// `2`: the value was taken out of the list there.
    Taken(usize),
    /// `[2]`: the value is a part of the element there.
    Within(usize),
}

fn element(key: &str) -> Option<Element> {
    if let Some(inner) = key.strip_prefix('[').and_then(|key| key.strip_suffix(']')) {
        return inner.parse().ok().map(Element::Within);
    }
    key.parse().ok().map(Element::Taken)
}

fn descend(value: &Json, place: &Path, list: &[Json], element: Element, into: &mut Vec<Edit>) {
    match (element, value) {
        (Element::Within(index), Json::Object(table)) => {
            // Elements taken out come back before this one is looked at, so its present position is not known yet;
            // what matters is only whether it is a list or an object, and that is the same for the elements of one list.
            let sample = list.get(index).or(list.last()).unwrap_or(&Json::Null);
            edits(table, &place.index(index), sample, into);
        }
        (Element::Within(index) | Element::Taken(index), value) => {
            into.push(Edit { path: place.index(index), value: value.clone() })
        }
    }
}

/// Applies edits in the order of their places, so that positions are right when they are used.
pub(super) fn apply(json: &mut Json, mut edits: Vec<Edit>) {
    edits.sort_by(|a, b| a.path.cmp(&b.path));
    for edit in edits {
        put(json, edit.path.steps(), edit.value);
    }
}

fn put(json: &mut Json, steps: &[Step], value: Json) {
    let Some((step, rest)) = steps.split_first() else {
        merge(json, value);
        return;
    };
    if json.is_null() {
        *json = match step {
            Step::Key(_) => Json::Object(Map::new()),
            Step::Index(_) => Json::Array(Vec::new()),
        };
    }
    match (json, step) {
        (Json::Object(object), Step::Key(key)) => {
            put(object.entry(key).or_insert(Json::Null), rest, value);
        }
        (Json::Array(list), Step::Index(index)) => {
            if rest.is_empty() {
                list.insert((*index).min(list.len()), value);
            } else if let Some(inner) = list.get_mut(*index) {
                put(inner, rest, value);
            }
        }
        // A place that is no longer what it was: a file edited by hand since. The value keeps its key.
        _ => {}
    }
}

/// Lists grow, everything else is replaced.
fn merge(there: &mut Json, value: Json) {
    match (there, value) {
        (Json::Array(list), Json::Array(more)) => list.extend(more),
        (there, value) => *there = value,
    }
}
