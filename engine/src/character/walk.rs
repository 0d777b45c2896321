//! Goes through a schema and a value together.

use serde_json::Value;

/// How deep schemas may refer to each other at one place of the value. Deeper is a schema that refers to itself.
const DEEPEST: usize = 32;

/// A value and one of the schemas that speak of it.
pub(super) struct Place<'a> {
    /// What is said of the value; references are followed already.
    pub(super) schema: &'a Value,
    /// The value.
    pub(super) value: &'a Value,
    /// The way to the value: keys, and numbers of elements.
    pub(super) path: &'a [String],
}

impl Place<'_> {
    /// The way as a JSON pointer.
    pub(super) fn pointer(&self) -> String {
        self.path.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
    }

    /// The way as people write it: `accounts[1].token`.
    pub(super) fn shown(&self) -> String {
        shown(self.path)
    }
}

/// A path as people write it: `accounts[1].token`.
pub(super) fn shown(path: &[impl AsRef<str>]) -> String {
    let mut text = String::new();
    for key in path.iter().map(AsRef::as_ref) {
        let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if bare && key.bytes().all(|b| b.is_ascii_digit()) {
            text.push_str(&format!("[{key}]"));
            continue;
        }
        if !text.is_empty() {
            text.push('.');
        }
        if bare {
            text.push_str(key);
        } else {
            text.push_str(&format!("{key:?}"));
        }
    }
    text
}

/// Shows every pair of a value and a schema that speaks of it, also the schemas of alternatives that do not fit.
pub(super) fn walk(root: &Value, value: &Value, visit: &mut dyn FnMut(&Place<'_>)) {
    Walk { root, visit, path: Vec::new() }.go(root, value, 0);
}

/// Follows `$ref` within a schema.
pub(super) fn follow<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    for _ in 0..DEEPEST {
        let pointer = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
        match pointer.and_then(|pointer| root.pointer(pointer)) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

struct Walk<'a, 'v> {
    root: &'a Value,
    visit: &'v mut dyn FnMut(&Place<'_>),
    path: Vec<String>,
}

impl Walk<'_, '_> {
    fn go(&mut self, schema: &Value, value: &Value, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let schema = follow(self.root, schema);
        (self.visit)(&Place { schema, value, path: &self.path });
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for inner in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
                self.go(inner, value, depth + 1);
            }
        }
        match value {
            Value::Object(object) => {
                let (known, other) = (schema.get("properties"), schema.get("additionalProperties"));
                for (key, inner) in object {
                    if let Some(schema) = known.and_then(|known| known.get(key)).or(other) {
                        self.down(key.clone(), schema, inner);
                    }
                }
            }
            Value::Array(array) => {
                for (index, inner) in array.iter().enumerate() {
                    let schema = match schema.get("items") {
                        Some(Value::Array(each)) => each.get(index).or_else(|| schema.get("additionalItems")),
                        items => items,
                    };
                    if let Some(schema) = schema {
                        self.down(index.to_string(), schema, inner);
                    }
                }
            }
            _ => {}
        }
    }

    fn down(&mut self, key: String, schema: &Value, value: &Value) {
        self.path.push(key);
        self.go(schema, value, 0);
        self.path.pop();
    }
}
