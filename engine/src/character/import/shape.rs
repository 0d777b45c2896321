//! Finds the characters in a JSON file: one object, a list of them, or a project's `agents`.

use serde_json::{Map, Value};

use super::ImportError;
use super::path::Path;

/// One character object and what surrounds it.
pub(super) struct Found<'a> {
    /// Where it is in the file; empty where it is the whole file.
    pub(super) place: Path,
    /// The character itself.
    pub(super) fields: &'a Map<String, Value>,
    /// Values of the file around the character: path in the file, the name to keep them under, value.
    pub(super) around: Vec<Around<'a>>,
}

/// A value of a project file that is not part of a character.
pub(super) struct Around<'a> {
    /// Where it is in the file.
    pub(super) from: Path,
    /// Key of `[imported]` to keep it under: `@agent` or `@project`.
    pub(super) under: &'static str,
    /// Its key.
    pub(super) key: &'a str,
    /// Its value.
    pub(super) value: &'a Value,
}

/// Every character of `file`, each with a name and a bio.
pub(super) fn characters(file: &Value) -> Result<Vec<Found<'_>>, ImportError> {
    let found = match file {
        Value::Object(object) => match object.get("agents") {
            Some(Value::Array(agents)) if !object.contains_key("bio") => project(object, agents)?,
            _ if !object.contains_key("name") && object.get("character").is_some_and(Value::is_object) => {
                vec![agent(file, Path::default())?]
            }
            _ => vec![whole(object)],
        },
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(position, item)| single(item, Path::default().index(position)))
            .collect::<Result<_, _>>()?,
        other => return Err(no_character(&format!("it is {}", kind(other)))),
    };
    if found.is_empty() {
        return Err(no_character("the list is empty"));
    }
    for character in &found {
        check(character)?;
    }
    Ok(found)
}

/// The name as text; numbers count as text, as they do in every other field.
pub(super) fn name_of(found: &Found<'_>) -> Result<String, ImportError> {
    let name = match found.fields.get("name") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        None | Some(Value::Null) => return Err(not_a_character(&found.place, "`name` is missing")),
        Some(other) => {
            let problem = format!("`name` must be text, found {}", kind(other));
            return Err(not_a_character(&found.place, &problem));
        }
    };
    if name.is_empty() {
        return Err(not_a_character(&found.place, "`name` is empty"));
    }
    Ok(name)
}

/// What sort of JSON value this is, for messages.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn whole(fields: &Map<String, Value>) -> Found<'_> {
    Found { place: Path::default(), fields, around: Vec::new() }
}

fn single(item: &Value, place: Path) -> Result<Found<'_>, ImportError> {
    let Value::Object(fields) = item else {
        let problem = format!("expected an object, found {}", kind(item));
        return Err(not_a_character(&place, &problem));
    };
    Ok(Found { place, fields, around: Vec::new() })
}

/// The character of `{"character": …}`; the entry may also be the character itself.
fn agent(entry: &Value, place: Path) -> Result<Found<'_>, ImportError> {
    let Some(character) = entry.get("character") else { return single(entry, place) };
    let mut agent = single(character, place.key("character"))?;
    for (key, value) in entry.as_object().into_iter().flatten() {
        if key != "character" {
            agent.around.push(Around { from: place.key(key), under: "@agent", key, value });
        }
    }
    Ok(agent)
}

/// The characters of `{"agents": [{"character": …}]}`; an entry may also be the character itself.
fn project<'a>(object: &'a Map<String, Value>, agents: &'a [Value]) -> Result<Vec<Found<'a>>, ImportError> {
    let mut found = Vec::new();
    for (position, entry) in agents.iter().enumerate() {
        let place = Path::root("agents").index(position);
        found.push(agent(entry, place)?);
    }
    // The project's own values have to live somewhere: with its first character.
    if let Some(first) = found.first_mut() {
        for (key, value) in object.iter().filter(|(key, _)| *key != "agents") {
            first.around.push(Around { from: Path::root(key), under: "@project", key, value });
        }
    }
    Ok(found)
}

fn check(found: &Found<'_>) -> Result<(), ImportError> {
    let missing = |key| matches!(found.fields.get(key), None | Some(Value::Null));
    match (missing("name"), missing("bio")) {
        (true, true) => Err(not_a_character(&found.place, "`name` and `bio` are missing")),
        (false, true) => Err(not_a_character(&found.place, "`bio` is missing")),
        (_, false) => name_of(found).map(|_| ()),
    }
}

fn not_a_character(place: &Path, problem: &str) -> ImportError {
    let place = if place.steps().is_empty() { "the file".to_owned() } else { format!("`{place}`") };
    ImportError::NotACharacter {
        place,
        problem: format!("{problem}; a character has a `name` (text) and a `bio` (text or list of texts)"),
    }
}

fn no_character(found: &str) -> ImportError {
    ImportError::NoCharacter { found: found.to_owned() }
}
