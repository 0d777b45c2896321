//! How two values differ, in words.

use serde_json::Value;
use std::{collections::BTreeSet, fmt};

/// How much of a text is shown on each side of the first character that differs.
const AROUND: usize = 60;

/// One place where two values differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where, e.g. `lines[2].text`.
    pub path: String,
    /// What was recorded; `None` if nothing was.
    pub recorded: Option<Value>,
    /// What there is now; `None` if nothing is.
    pub now: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (recorded, now) = match (&self.recorded, &self.now) {
            (Some(Value::String(recorded)), Some(Value::String(now))) => apart(recorded, now),
            (recorded, now) => (shown(recorded.as_ref()), shown(now.as_ref())),
        };
        write!(f, "{}\n  - {recorded}\n  + {now}", self.path)
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(nothing)".to_owned(), |value| shortened(&value.to_string(), 0))
}

/// Two texts, from a little before the first character that differs.
fn apart(recorded: &str, now: &str) -> (String, String) {
    let same = recorded.chars().zip(now.chars()).take_while(|(a, b)| a == b).count();
    (shortened(&format!("{recorded:?}"), same), shortened(&format!("{now:?}"), same))
}

fn shortened(text: &str, at: usize) -> String {
    let from = at.saturating_sub(AROUND);
    let mut part: String = text.chars().skip(from).take(2 * AROUND).collect();
    if from > 0 {
        part.insert(0, '…');
    }
    if text.chars().count() > from + 2 * AROUND {
        part.push('…');
    }
    part
}

/// Every place where two values differ, in the order of the first one's keys.
#[must_use]
pub(super) fn differences(recorded: &Value, now: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", Some(recorded), Some(now), &mut found);
    found
}

fn compare(path: &str, recorded: Option<&Value>, now: Option<&Value>, found: &mut Vec<Difference>) {
    match (recorded, now) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let mut seen = BTreeSet::new();
            for key in a.keys().chain(b.keys()).filter(|key| seen.insert(key.as_str())) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&path, a.get(key), b.get(key), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for index in 0..a.len().max(b.len()) {
                compare(&format!("{path}[{index}]"), a.get(index), b.get(index), found);
            }
        }
        (recorded, now) if recorded == now => {}
        (recorded, now) => {
            found.push(Difference { path: path.to_owned(), recorded: recorded.cloned(), now: now.cloned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_name_their_place() {
        let recorded = json!({ "a": 1, "lines": [{ "text": "Hello, Ann." }, 2], "gone": true });
        let now = json!({ "a": 1, "lines": [{ "text": "Hello, Bob." }], "new": null });
        let told: Vec<String> = differences(&recorded, &now).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "lines[0].text\n  - \"Hello, Ann.\"\n  + \"Hello, Bob.\"",
                "lines[1]\n  - 2\n  + (nothing)",
                "gone\n  - true\n  + (nothing)",
                "new\n  - (nothing)\n  + null",
            ]
        );
        assert!(differences(&recorded, &recorded).is_empty());
    }
}
