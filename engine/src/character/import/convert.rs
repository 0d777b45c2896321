//! JSON values as TOML values, unchanged but for what TOML cannot say.

use serde_json::{Number, Value as Json};
use toml_edit::{Array, InlineTable, Item, Table, Value};

use super::Outcome;
use super::draft::Draft;
use super::path::Path;
use super::secrets;

/// Whether a value goes to its own place or to `[imported]`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keeping {
    /// To its own place in the character file.
    Own,
    /// Under `[imported]`.
    Imported,
}

impl Draft<'_> {
    /// The value of `key` in an object; none where it is null. Text under a key `secrets` becomes a reference.
    pub(super) fn member(
        &mut self,
        key: &str,
        json: &Json,
        from: &Path,
        to: &Path,
        keeping: Keeping,
    ) -> Option<Item> {
        if secrets::is_section(key) {
            return self.hidden(json, from, to, "").map(Item::Value);
        }
        match json {
            Json::Object(object) => {
                let mut table = Table::new();
                if object.is_empty() {
                    self.leaf(from, to, keeping);
                }
                for (key, value) in object {
                    let (from, to) = (from.key(key), to.key(key));
                    if let Some(item) = self.member(key, value, &from, &to, keeping) {
                        table.insert(key, item);
                    }
                }
                Some(Item::Table(table))
            }
            other => self.value(other, from, to, keeping).map(Item::Value),
        }
    }

    /// A value written on one line or as a list; none where it is null.
    pub(super) fn value(&mut self, json: &Json, from: &Path, to: &Path, keeping: Keeping) -> Option<Value> {
        let value = match json {
            Json::Null => {
                self.null(from);
                return None;
            }
            Json::Bool(flag) => Value::from(*flag),
            Json::String(text) => Value::from(text),
            Json::Number(number) => match toml_number(number) {
                Some(value) => value,
                None => {
                    self.converted(from, to, "too large for a TOML number, written as text");
                    return Some(Value::from(number.to_string()));
                }
            },
            Json::Array(items) => return Some(self.list(items, from, to, keeping)),
            Json::Object(object) => {
                let mut table = InlineTable::new();
                if object.is_empty() {
                    self.leaf(from, to, keeping);
                }
                for (key, value) in object {
                    let (from, to) = (from.key(key), to.key(key));
                    let value = if secrets::is_section(key) {
                        self.hidden(value, &from, &to, "")
                    } else {
                        self.value(value, &from, &to, keeping)
                    };
                    if let Some(value) = value {
                        table.insert(key, value);
                    }
                }
                return Some(Value::InlineTable(table));
            }
        };
        self.leaf(from, to, keeping);
        Some(value)
    }

    fn list(&mut self, items: &[Json], from: &Path, to: &Path, keeping: Keeping) -> Value {
        let mut list = Array::new();
        if items.is_empty() {
            self.leaf(from, to, keeping);
        }
        for (position, item) in items.iter().enumerate() {
            let to = to.index(list.len());
            if let Some(value) = self.value(item, &from.index(position), &to, keeping) {
                list.push_formatted(value);
            }
        }
        Value::Array(list)
    }

    /// Notes a leaf that was written unchanged.
    fn leaf(&mut self, from: &Path, to: &Path, keeping: Keeping) {
        let to = to.to_string();
        let outcome = match keeping {
            Keeping::Own => Outcome::Mapped { to },
            Keeping::Imported => Outcome::KeptAsImported { to },
        };
        self.note(from, outcome);
    }
}

/// TOML's integers are 64 bits with a sign.
fn toml_number(number: &Number) -> Option<Value> {
    if let Some(integer) = number.as_i64() {
        return Some(Value::from(integer));
    }
    if number.is_u64() {
        return None;
    }
    number.as_f64().map(Value::from)
}
