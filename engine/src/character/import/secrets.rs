//! Secrets: their text stays in the JSON file, the character file gets a reference to the environment.

use serde_json::Value as Json;
use toml_edit::{Array, InlineTable, Item, Table, Value};

use super::convert::Keeping;
use super::draft::Draft;
use super::path::Path;

/// Whether a key holds secrets and nothing else.
pub(super) fn is_section(key: &str) -> bool {
    key.eq_ignore_ascii_case("secrets")
}

/// Whether a setting of this name is a secret even outside of `secrets`: `OPENAI_API_KEY`, `TWITTER_PASSWORD`.
pub(super) fn looks_secret(key: &str) -> bool {
    let endings = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSPHRASE", "MNEMONIC"];
    let is_ending = |word: &str| endings.contains(&word);
    is_upper_case(key)
        && !key.split('_').any(|word| word == "PUBLIC")
        && key.rsplit('_').next().is_some_and(is_ending)
}

/// Whether a key is written like an environment variable.
pub(super) fn is_upper_case(key: &str) -> bool {
    key.chars().any(|c| c.is_ascii_uppercase())
        && key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

impl Draft<'_> {
    /// Reads the character's secrets, from `secrets` or `settings.secrets`, into `[secrets]`.
    pub(super) fn secret_section(&mut self, json: &Json, from: &Path) {
        match json {
            Json::Object(object) => {
                self.secrets.get_or_insert_with(Table::new);
                if object.is_empty() {
                    self.mapped(from, "secrets");
                }
                for (key, value) in object {
                    self.secret(key, value, &from.key(key));
                }
            }
            other => self.secret("secrets", other, from),
        }
    }

    /// Reads one secret, or the secrets nested in it, into `[secrets]`.
    pub(super) fn secret(&mut self, name: &str, json: &Json, from: &Path) {
        match json {
            Json::Null => self.null(from),
            Json::Object(object) if object.is_empty() => self.keep(json, from),
            Json::Array(items) if items.is_empty() => self.keep(json, from),
            Json::Object(object) => {
                for (key, value) in object {
                    self.secret(&format!("{name}_{key}"), value, &from.key(key));
                }
            }
            Json::Array(items) => {
                for (position, value) in items.iter().enumerate() {
                    self.secret(&format!("{name}_{position}"), value, &from.index(position));
                }
            }
            Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                let key = self.secret_key(name, from);
                let to = Path::root("secrets").key(&key);
                let variable = variable(&key);
                self.converted(from, to, &how(&variable));
                self.insert_secret(&key, reference(&variable));
            }
        }
    }

    /// Secrets within a value that is kept as it is: the same value, with references for texts.
    pub(super) fn hidden(&mut self, json: &Json, from: &Path, to: &Path, name: &str) -> Option<Value> {
        let below = |part: &str| match name {
            "" => part.to_owned(),
            name => format!("{name}_{part}"),
        };
        match json {
            Json::Object(object) if !object.is_empty() => {
                let mut table = InlineTable::new();
                for (key, value) in object {
                    let (from, to) = (from.key(key), to.key(key));
                    if let Some(value) = self.hidden(value, &from, &to, &below(key)) {
                        table.insert(key, value);
                    }
                }
                Some(Value::InlineTable(table))
            }
            Json::Array(items) if !items.is_empty() => {
                let mut list = Array::new();
                for (position, value) in items.iter().enumerate() {
                    let (from, to) = (from.index(position), to.index(list.len()));
                    let part = below(&position.to_string());
                    if let Some(value) = self.hidden(value, &from, &to, &part) {
                        list.push_formatted(value);
                    }
                }
                Some(Value::Array(list))
            }
            Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                let variable = variable(if name.is_empty() { "SECRETS" } else { name });
                self.converted(from, to, &how(&variable));
                Some(reference(&variable))
            }
            other => self.value(other, from, to, Keeping::Imported),
        }
    }

    /// The key of `[secrets]` for a secret; two secrets of one name get two keys, unless they are the same setting.
    fn secret_key(&mut self, name: &str, from: &Path) -> String {
        let whole = from.to_string();
        let setting = whole.strip_prefix("settings.").unwrap_or(&whole);
        let setting = setting.strip_prefix("secrets.").unwrap_or(setting);
        let mut key = name.to_owned();
        let mut count = 1;
        // Keys are compared by their variable: two keys must not read the same one by accident.
        while self.secret_keys.get(&variable(&key)).is_some_and(|owner| owner != setting) {
            count += 1;
            key = format!("{name}_{count}");
        }
        self.secret_keys.insert(variable(&key), setting.to_owned());
        key
    }

    fn insert_secret(&mut self, key: &str, value: Value) {
        let secrets = self.secrets.get_or_insert_with(Table::new);
        secrets.insert(key, Item::Value(value));
    }
}

fn reference(variable: &str) -> Value {
    let mut table = InlineTable::new();
    table.insert("env", Value::from(variable));
    Value::InlineTable(table)
}

/// The environment variable for a secret of this name.
fn variable(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut variable: String = name.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    if !variable.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        variable.insert(0, '_');
    }
    variable
}

fn how(variable: &str) -> String {
    format!("set the environment variable {variable}; its value stays in the JSON file")
}
