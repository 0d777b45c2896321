//! Compares a character file with the schema of a build's plugins.
//!
//! [`jsonschema`] finds the mistakes; `explain` puts each into words, `alternative` those of values that may
//! have several shapes, `secret` finds secrets in clear, `plugin` speaks of unknown plugins and useless grants,
//! `template` of templates, `name` of names.

mod alternative;
mod explain;
mod middleware;
mod name;
mod plugin;
mod secret;
mod template;
mod value;

use super::{Character, Document, character_schema, walk::shown};
use crate::{
    diagnostic::{Code, Diagnostic},
    registry::Registry,
};
use serde_json::{Map, Value};
use std::ops::Range;

/// What is wrong with a character as its schema can tell: every mistake, in the order of their places. Secrets
/// in clear among them: the diagnostics hide these.
///
/// Where the file is not valid TOML, only what could be made out is checked, and nothing is said to be missing.
#[must_use]
pub fn check(registry: &Registry, document: &Document) -> Vec<Diagnostic> {
    let schema = character_schema(registry);
    let checker = Checker { registry, document, schema: &schema };
    let secrets = secret::Secrets::find(&checker);
    let mut diagnostics = checker.schema_errors(&secrets);
    diagnostics.extend(checker.fractions());
    diagnostics.extend(secrets.diagnostics);
    diagnostics.extend(plugin::useless_grants(&checker));
    diagnostics.extend(middleware::of_strangers(&checker));
    diagnostics.extend(template::faults(&checker));
    diagnostics.retain(|diagnostic| !checker.stands_in_broken_text(diagnostic));
    for diagnostic in &mut diagnostics {
        diagnostic.hidden = secrets.hidden.clone();
    }
    sorted_and_merged(diagnostics)
}

/// The character of a document that [`check`] found no error in.
///
/// # Errors
/// When the document is not a character after all; the diagnostic names the key at fault.
pub fn read_character(document: &Document) -> Result<Character, Diagnostic> {
    Character::deserialize_from(&document.json).map_err(|error| {
        let keys = document.json.as_object().into_iter().flatten();
        let is_at_fault = |(key, value): &(&String, &Value)| {
            let mut alone = Map::new();
            alone.insert("name".to_owned(), Value::String(String::new()));
            alone.insert((*key).clone(), (*value).clone());
            Character::deserialize_from(&Value::Object(alone)).is_err()
        };
        let key = keys.into_iter().find(is_at_fault).map(|(key, _)| key.clone());
        let code = if key.is_some() { Code::WrongValue } else { Code::MissingKey };
        let diagnostic = Diagnostic::error(code, format!("not a character: {error}"));
        match key.and_then(|key| document.value_span(&[&key]).zip(Some(key))) {
            Some((span, key)) => diagnostic.at(span, format!("the mistake is in `{key}`")),
            None => diagnostic,
        }
    })
}

impl Character {
    fn deserialize_from(json: &Value) -> Result<Self, serde_json::Error> {
        serde::Deserialize::deserialize(json)
    }
}

/// A character file and what it is held against.
struct Checker<'a> {
    registry: &'a Registry,
    document: &'a Document,
    schema: &'a Value,
}

impl Checker<'_> {
    /// What the validator finds, apart from secrets in clear and from numbers that are reported already.
    fn schema_errors(&self, secrets: &secret::Secrets) -> Vec<Diagnostic> {
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft7)
            .with_format("semver-range", |text: &str| semver::VersionReq::parse(text).is_ok())
            .with_format("uuid", |text: &str| uuid::Uuid::parse_str(text).is_ok())
            .should_validate_formats(true)
            .build(self.schema);
        let validator = match validator {
            Ok(validator) => validator,
            Err(error) => {
                let title = format!("the plugins of this build do not make a schema: {error}");
                return vec![Diagnostic::error(Code::BrokenRegistry, title)];
            }
        };
        (validator.iter_errors(&self.document.json))
            .filter(|error| !secrets.cover(error.instance_path().as_str()) && !error.instance().is_null())
            .flat_map(|error| self.explain(&error))
            .collect()
    }

    /// Where a value stands; of a table that has a header, its last word. Of what is not there, the table around it.
    fn place(&self, path: &[String]) -> Range<usize> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let is_table = self.value_at(&path).is_some_and(|value| value.is_object() || value.is_array());
        let value = self.document.value_span(&path).unwrap_or(0..0);
        let is_inline = self.document.source.text.get(value.clone()).is_some_and(|text| {
            text.starts_with('{') || (text.starts_with('[') && !text.starts_with("[[") && self.is_list(&path))
        });
        if is_table && !is_inline { self.document.key_span(&path).unwrap_or(value) } else { value }
    }

    /// Where a key stands.
    fn key_place(&self, path: &[String]) -> Range<usize> {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        self.document.key_span(&keys).unwrap_or_else(|| self.place(path))
    }

    fn is_list(&self, path: &[&str]) -> bool {
        self.value_at(path).is_some_and(Value::is_array)
    }

    fn value_at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(&self.document.json, |value, key| match value {
            Value::Array(items) => items.get(key.parse::<usize>().ok()?),
            other => other.get(key),
        })
    }

    /// `6.0` is a whole number for JSON Schema, but not for TOML and not for a plugin.
    fn fractions(&self) -> Vec<Diagnostic> {
        let (mut whole, mut any) = (Vec::new(), Vec::new());
        super::walk::walk(self.schema, &self.document.json, &mut |place| {
            if place.value.is_f64() && place.value.as_f64().is_some_and(|number| number.fract() == 0.0) {
                match place.schema.get("type").and_then(Value::as_str) {
                    Some("integer") => whole.push(place.path.to_vec()),
                    Some("number") => any.push(place.path.to_vec()),
                    _ => {}
                }
            }
        });
        whole.retain(|path| !any.contains(path));
        let diagnostic = |path: Vec<String>| {
            Diagnostic::error(Code::WrongType, format!("wrong type for `{}`", shown(&path)))
                .at(self.place(&path), "expected a whole number, found one with a fraction")
                .help("leave out the point and what follows it")
        };
        whole.into_iter().map(diagnostic).collect()
    }

    /// Where TOML could not be read, its reader guesses. What follows from a guess is not worth saying.
    fn stands_in_broken_text(&self, diagnostic: &Diagnostic) -> bool {
        let broken = self.document.broken();
        if broken.is_empty() {
            return false;
        }
        let text = &self.document.source.text;
        let line =
            |offset: usize| text.get(..offset).map_or(usize::MAX, |before| before.matches('\n').count());
        let on_broken_line = |span: &Range<usize>| {
            broken.iter().any(|b| (line(b.start)..=line(b.end)).contains(&line(span.start)))
        };
        let perhaps_unread = diagnostic.code == Code::MissingKey && self.document.is_incomplete();
        perhaps_unread || diagnostic.span.as_ref().is_some_and(on_broken_line)
    }
}

/// In the order of their places; what says the same of the same place only once.
fn sorted_and_merged(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|d| (d.span.as_ref().map(|s| (s.start, s.end)), d.code, d.title.clone()));
    diagnostics.dedup_by(|later, kept| {
        let same = (&later.span, later.code, &later.title) == (&kept.span, kept.code, &kept.title);
        if same {
            kept.help
                .extend(later.help.drain(..).filter(|help| !kept.help.contains(help)).collect::<Vec<_>>());
        }
        same
    });
    diagnostics
}
