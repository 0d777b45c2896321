//! Secrets that stand in the file instead of references to them.

use super::{Checker, value};
use crate::{
    character::{
        Reference,
        secret::SECRET_MARK,
        walk::{Place, shown, walk},
    },
    diagnostic::{Code, Diagnostic, holds_password, looks_like_secret},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// What stands in clear where it should not.
pub(super) struct Secrets {
    /// One for each secret in clear.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What no diagnostic of the file may show.
    pub(super) hidden: Vec<Range<usize>>,
    /// Their JSON pointers.
    covered: BTreeSet<String>,
}

impl Secrets {
    /// Looks wherever the schema says that a secret belongs, in `[secrets]`, and in `[settings]` for what looks
    /// like a key.
    pub(super) fn find(checker: &Checker<'_>) -> Self {
        let (mut places, mut addresses) = (BTreeSet::new(), BTreeMap::new());
        walk(checker.schema, &checker.document.json, &mut |place| {
            let is_secret = place.schema.get(SECRET_MARK).is_some()
                || matches!(place.path, [first, _] if first == "secrets");
            if is_secret {
                places.insert((place.pointer(), place.path.to_vec()));
            }
            note_addresses(place, &mut addresses);
        });
        let mut found = Self { diagnostics: Vec::new(), hidden: Vec::new(), covered: BTreeSet::new() };
        for (pointer, path) in places {
            found.look_at_secret(checker, pointer, &path);
        }
        for section in ["settings", "imported"] {
            if let Some(section_value) = checker.document.json.get(section) {
                found.look_at_settings(checker, &mut vec![section.to_owned()], section_value);
            }
        }
        for (path, instead) in addresses {
            found.look_at_address(checker, &path, instead);
        }
        found
    }

    /// Whether this place, or one around it, holds a secret in clear.
    pub(super) fn cover(&self, pointer: &str) -> bool {
        self.covered.iter().any(|covered| {
            pointer
                .strip_prefix(covered.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn look_at_secret(&mut self, checker: &Checker<'_>, pointer: String, path: &[String]) {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some(value) = checker.value_at(&keys) else {
            return;
        };
        let is_reference = value.is_object() && serde_json::from_value::<Reference>(value.clone()).is_ok();
        if is_reference || value.is_null() {
            return;
        }
        // Whatever it is, it was written where a secret belongs.
        let place = checker.document.value_span(&keys).unwrap_or(0..0);
        self.hide_values(checker, path, value);
        if value.is_object() || value.is_array() {
            return;
        }
        let name = value::variable(path);
        let diagnostic =
            Diagnostic::error(Code::SecretInClear, format!("the secret `{}` stands in clear", shown(path)))
                .at(place, "a secret must be a reference")
                .help(format!(
                    "put it into the environment and write\n`{}{{ env = \"{name}\" }}`",
                    assignment(path)
                ))
                .help("if this file was ever shared, ask for a new secret");
        self.diagnostics.push(diagnostic);
        self.covered.insert(pointer);
    }

    /// A password in an address that is no secret as a whole.
    fn look_at_address(&mut self, checker: &Checker<'_>, path: &[String], instead: Option<String>) {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let place = checker.document.value_span(&keys).unwrap_or(0..0);
        if self.hidden.contains(&place) {
            return;
        }
        self.hidden.push(place.clone());
        let title = format!("`{}` holds a password", shown(path));
        let diagnostic = Diagnostic::error(Code::SecretInClear, title)
            .warning()
            .at(place, "whoever reads this file reads it")
            .help(instead.unwrap_or_else(|| "leave it out of the address".to_owned()))
            .help("if this file was ever shared, ask for a new secret");
        self.diagnostics.push(diagnostic);
    }

    /// Hides the texts and numbers within a value, but not its keys, so that a misspelt key can be shown.
    fn hide_values(&mut self, checker: &Checker<'_>, path: &[String], value: &Value) {
        let mut inner = path.to_vec();
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    inner.push(key.clone());
                    self.hide_values(checker, &inner, value);
                    inner.pop();
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    inner.push(index.to_string());
                    self.hide_values(checker, &inner, value);
                    inner.pop();
                }
            }
            _ => {
                let keys: Vec<&str> = path.iter().map(String::as_str).collect();
                self.hidden.extend(checker.document.value_span(&keys));
            }
        }
    }

    fn look_at_settings(&mut self, checker: &Checker<'_>, path: &mut Vec<String>, value: &Value) {
        match value {
            Value::String(text) if looks_like_secret(text) => {
                self.hide_values(checker, path, value);
                let name = value::variable(path);
                let title = format!("`{}` looks like a secret", shown(path));
                self.diagnostics.push(
                    Diagnostic::error(Code::SecretInClear, title)
                        .warning()
                        .at(checker.place(path), "a secret must be a reference")
                        .help(format!(
                            "move it to `[secrets]`: `{}{{ env = \"{name}\" }}`",
                            assignment(path)
                        )),
                );
            }
            Value::Object(object) => {
                for (key, inner) in object {
                    path.push(key.clone());
                    self.look_at_settings(checker, path, inner);
                    path.pop();
                }
            }
            Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    path.push(index.to_string());
                    self.look_at_settings(checker, path, inner);
                    path.pop();
                }
            }
            _ => {}
        }
    }
}

/// Where a table holds addresses with passwords in them, and where the plugin would have these instead.
fn note_addresses(place: &Place<'_>, found: &mut BTreeMap<Vec<String>, Option<String>>) {
    let parts: Vec<(String, &Value)> = match place.value {
        Value::Object(table) => table.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => {
            list.iter().enumerate().map(|(number, value)| (number.to_string(), value)).collect()
        }
        _ => return,
    };
    for (key, value) in parts {
        if value.as_str().is_some_and(holds_password) {
            let path: Vec<String> = place.path.iter().cloned().chain([key.clone()]).collect();
            let instead = instead(place.schema, &key, &value::variable(&path));
            let noted = found.entry(path).or_default();
            *noted = noted.take().or(instead);
        }
    }
}

/// What a table takes in the place of an address with a password.
fn instead(schema: &Value, key: &str, variable: &str) -> Option<String> {
    let takes = |key: &str| schema.get("properties").is_some_and(|known| known.get(key).is_some());
    let whole = format!("{key}-from");
    if takes(&whole) {
        return Some(format!(
            "put the address into the environment and write, in the place of `{key}`,\n`{whole} = {{ env = \"{variable}\" }}`"
        ));
    }
    takes("password").then(|| {
        format!("leave it out of the address and write\n`password = {{ env = \"{variable}_PASSWORD\" }}`")
    })
}

/// `key = `, or nothing for an element of a list.
fn assignment(path: &[String]) -> String {
    match path.last() {
        Some(key) if key.parse::<usize>().is_err() => format!("{} = ", shown(&[key])),
        _ => String::new(),
    }
}
