//! What a plugin was made of, so short that it can be kept: secrets are in it, and nobody can read them out.

use crate::plan::{PlannedMiddleware, PlannedPlugin};
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};

/// What a planned plugin says that does not change the plugin itself: its place, why it is there, when it runs
/// and whom it needs. Its config is compared with the secrets in it.
const WITHOUT: [&str; 9] = [
    "components",
    "condition",
    "config",
    "optional",
    "position",
    "priority",
    "requires",
    "requires-kinds",
    "why",
];

/// A digest of all that a plugin is made of: config and settings of its layers with secrets, grants, version and whatever else its plan says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) struct Mark([u8; 20]);

impl Mark {
    /// The mark of a plugin whose config is read, with the settings of its layers.
    pub(in crate::agent) fn of(planned: &PlannedPlugin, config: &Value, layers: &[Value]) -> Self {
        let mut digest = Sha1::new();
        for (key, value) in settings(planned) {
            digest.update(key);
            feed(&mut digest, &value);
        }
        feed(&mut digest, config);
        layers.iter().for_each(|settings| feed(&mut digest, settings));
        Self(digest.finalize().into())
    }

    /// The mark of a layer whose settings are read.
    pub(in crate::agent) fn of_layer(planned: &PlannedMiddleware, settings: &Value) -> Self {
        let mut digest = Sha1::new();
        feed(&mut digest, &serde_json::to_value(planned).unwrap_or_default());
        feed(&mut digest, settings);
        Self(digest.finalize().into())
    }
}

/// What the plan says of a plugin besides its config, by key.
pub(super) fn settings(planned: &PlannedPlugin) -> Map<String, Value> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(planned) else {
        return Map::new();
    };
    all.retain(|key, _| !WITHOUT.contains(&key.as_str()));
    all
}

/// Feeds a value so that the order of keys does not matter, and no two values are fed alike.
fn feed(digest: &mut Sha1, value: &Value) {
    match value {
        Value::Object(table) => {
            let mut keys: Vec<&String> = table.keys().collect();
            keys.sort_unstable();
            digest.update(b"{");
            for key in keys {
                digest.update(Value::String(key.clone()).to_string());
                feed(digest, &table[key]);
            }
            digest.update(b"}");
        }
        Value::Array(items) => {
            digest.update(b"[");
            items.iter().for_each(|item| feed(digest, item));
            digest.update(b"]");
        }
        scalar => {
            digest.update(scalar.to_string());
            digest.update(b",");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_fed_alike_only_if_they_are_equal() {
        let mark = |value: Value| {
            let mut digest = Sha1::new();
            feed(&mut digest, &value);
            digest.finalize()
        };
        for (one, other, equal) in [
            (json!({ "a": 1, "b": 2 }), json!({ "b": 2, "a": 1 }), true),
            (json!({ "a": 1 }), json!({ "a": "1" }), false),
            (json!([1, 23]), json!([12, 3]), false),
            (json!([[1], 2]), json!([[1, 2]]), false),
            (json!({ "a": { "b": 1 } }), json!({ "a": {}, "b": 1 }), false),
            (json!(["x,y"]), json!(["x", "y"]), false),
        ] {
            assert_eq!(mark(one.clone()) == mark(other.clone()), equal, "{one} {other}");
        }
    }
}
