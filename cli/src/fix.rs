//! Adds to a character file what is missing and can only be meant one way: the tables of required plugins.

use crate::{failure::Failure, locate};
use galatea::{
    character::Document,
    diagnostic::Source,
    plan::{Options, Problem, Selected, resolve},
    registry::Registry,
};
use serde_json::Value;
use std::{fs, path::Path};

/// Adds an empty table for every plugin that is required and not selected; their names. Grants are never added:
/// what a plugin may touch is for a person to say.
pub(crate) fn add_required(registry: &Registry, path: &Path) -> Result<Vec<&'static str>, Failure> {
    let found = locate::read(path)?;
    let names = missing(registry, &found.document);
    if !found.syntax.is_empty() || names.is_empty() {
        return Ok(Vec::new());
    }
    let mut text = found.document.source.text.trim_end().to_owned();
    text.push('\n');
    for name in &names {
        text.push_str(&format!("\n[plugins.{name}]\n"));
    }
    let source = Source { path: path.display().to_string(), text: text.as_str().into() };
    if !Document::parse(source).1.is_empty() {
        // `plugins = { … }` on one line cannot be added to from outside.
        return Ok(Vec::new());
    }
    fs::write(path, text).map_err(|error| Failure::file("written", path, error))?;
    Ok(names)
}

fn missing(registry: &Registry, document: &Document) -> Vec<&'static str> {
    let tables = document.json.get("plugins").and_then(Value::as_object);
    let selected: Vec<Selected<'_>> =
        tables.into_iter().flatten().map(|(name, _)| Selected::new(name)).collect();
    let problems = resolve(registry, &selected, &Options::default()).err().unwrap_or_default();
    let missing = problems.into_iter().filter_map(|problem| match problem {
        Problem::Missing { plugin, linked: true, .. } => Some(plugin),
        _ => None,
    });
    missing.collect()
}
