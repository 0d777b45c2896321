//! Reads elizaOS JSON characters (0.x and 1.x) into Galatea's TOML, and writes them back as 1.x JSON.
//!
//! Nothing is lost on the way: every leaf of the JSON (a scalar, a null, an empty list or object) has exactly one
//! [`Note`] that says where it went, and what has no place in a character file is kept under `[imported]`.
//! The one exception is meant: the clear text of a secret never reaches the TOML.
//!
//! Who calls this: `galatea import`, `galatea export` and the console. Everything here is pure; files are read and
//! written by the caller.

mod convert;
mod draft;
mod error;
mod export;
mod fields;
mod json;
mod merge;
mod messages;
mod path;
mod plugins;
mod report;
mod secrets;
mod settings;
mod shape;
mod text;
mod write;

use std::collections::BTreeSet;

pub use error::ImportError;
pub use export::export;
pub use plugins::normalize_plugin_name;
pub use report::{Note, Outcome};

/// One character read from a JSON file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The character's name as the JSON has it.
    pub name: String,
    /// The name in kebab-case, for the file `characters/STEM.toml`; unique among the characters of one JSON file.
    pub file_stem: String,
    /// The whole character file, ready to be written.
    pub toml: String,
    /// What became of each leaf of the JSON, in the order of the JSON's fields as they were read.
    pub report: Vec<Note>,
}

/// Reads `json`: one character, an array of characters, or `{"agents": [{"character": …}]}`.
///
/// `known_plugins` are the names of the plugins of this build; a plugin outside of it is kept under `[imported]`, so
/// that the written file passes `galatea check`.
///
/// # Errors
/// [`ImportError::Json`] for text that is not JSON, [`ImportError::NotACharacter`] where name or bio is missing,
/// [`ImportError::NoCharacter`] for an empty list.
pub fn import(json: &str, known_plugins: &BTreeSet<&str>) -> Result<Vec<Imported>, ImportError> {
    let file = json::read(json)?;
    let mut stems = BTreeSet::new();
    let mut imported = Vec::new();
    for found in shape::characters(&file)? {
        let name = shape::name_of(&found)?;
        let draft = fields::read(&found, known_plugins);
        let file_stem = unique_stem(&text::file_stem(&name), &mut stems);
        let (toml, report) = write::finish(draft);
        imported.push(Imported { name, file_stem, toml, report });
    }
    Ok(imported)
}

/// `stem`, or `stem-2`, `stem-3` … where an earlier character of the same file has it.
fn unique_stem(stem: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = stem.to_owned();
    let mut count = 1;
    while !taken.insert(candidate.clone()) {
        count += 1;
        candidate = format!("{stem}-{count}");
    }
    candidate
}
