//! Configs as people and programs outside may see them: a secret is told to be one, and where it is.

use super::{Reference, SECRET_MARK};
use crate::character::walk::{Place, walk};
use serde_json::{Map, Value, json};

/// A config with `{"secret": true, "source": "environment variable `KEY`"}` in the place of every secret, whether it is a
/// reference or, what `check` warns of, written out.
#[must_use]
pub fn masked_config(schema: &Value, config: &Value) -> Value {
    let mut shown = config.clone();
    for pointer in secrets(schema, config) {
        if let Some(value) = shown.pointer_mut(&pointer).filter(|value| !value.is_null()) {
            *value = json!({ "secret": true, "source": source(value) });
        }
    }
    shown
}

fn source(secret: &Value) -> String {
    serde_json::from_value::<Reference>(secret.clone())
        .map_or_else(|_| "written in the character".to_owned(), |reference| reference.to_string())
}

/// What somebody who saw a config masked gives back: where a secret is masked still, it is put in again as it is.
#[must_use]
pub fn unmasked_config(current: &Value, mut given: Value) -> Value {
    put_back(current, &mut given);
    given
}

fn put_back(current: &Value, given: &mut Value) {
    match given {
        Value::Object(table) if is_mask(table) => *given = current.clone(),
        Value::Object(table) => {
            for (key, value) in table {
                put_back(current.get(key).unwrap_or(&Value::Null), value);
            }
        }
        Value::Array(items) => {
            let current = current.as_array().map(Vec::as_slice).unwrap_or_default();
            let own: Vec<_> = (0..items.len()).map(|at| same_item(current, at, items)).collect();
            for (item, own) in items.iter_mut().zip(own) {
                if let Some(own) = own {
                    put_back(own, item);
                }
            }
        }
        _ => {}
    }
}

/// The item that one of a list was before: items may have been taken out, moved or changed, and nobody is to get the secret of
/// another. It is the only one that fits; else the one at its place, if all others are where they were; else one whose secrets
/// are the references that its masks name. `None` where that is not clear; then the mask stays, and the check refuses it.
fn same_item<'v>(current: &'v [Value], at: usize, given: &[Value]) -> Option<&'v Value> {
    let item = given.get(at)?;
    let fitting: Vec<&Value> = current.iter().filter(|known| fits(known, item)).collect();
    let stays = |(other, (known, given)): (usize, (&Value, &Value))| other == at || fits(known, given);
    match fitting.as_slice() {
        [one] => Some(one),
        _ if current.len() == given.len() && current.iter().zip(given).enumerate().all(stays) => {
            current.get(at)
        }
        _ => current.iter().find(|known| is_named(known, item)),
    }
}

/// Whether every mask of a value names a reference, and it is the one that stands there.
fn is_named(current: &Value, given: &Value) -> bool {
    match given {
        Value::Object(table) if is_mask(table) => {
            serde_json::from_value::<Reference>(current.clone()).is_ok() && fits(current, given)
        }
        Value::Object(table) => {
            table.iter().all(|(key, value)| is_named(current.get(key).unwrap_or(&Value::Null), value))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .all(|(at, value)| is_named(current.get(at).unwrap_or(&Value::Null), value)),
        _ => true,
    }
}

/// Whether a value is what was given, where this has no mask.
fn fits(current: &Value, given: &Value) -> bool {
    match (current, given) {
        (known, Value::Object(table)) if is_mask(table) => {
            !known.is_null() && table.get("source") == Some(&source(known).into())
        }
        (Value::Object(known), Value::Object(table)) => {
            known.len() == table.len()
                && table.iter().all(|(key, value)| known.get(key).is_some_and(|known| fits(known, value)))
        }
        (Value::Array(known), Value::Array(items)) => {
            known.len() == items.len() && known.iter().zip(items).all(|(known, item)| fits(known, item))
        }
        _ => current == given,
    }
}

fn is_mask(table: &Map<String, Value>) -> bool {
    table.len() == 2 && table.get("secret") == Some(&Value::Bool(true)) && table.contains_key("source")
}

fn secrets(schema: &Value, config: &Value) -> Vec<String> {
    let mut pointers: Vec<String> = Vec::new();
    walk(schema, config, &mut |place: &Place<'_>| {
        if place.schema.get(SECRET_MARK) == Some(&Value::Bool(true)) {
            pointers.push(place.pointer());
        }
    });
    pointers.sort();
    pointers.dedup();
    pointers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_come_back() {
        let secret = json!({ "x-secret": true });
        let schema = json!({ "properties": {
            "key": secret, "name": { "type": "string" },
            "accounts": { "items": { "properties": { "token": secret } } },
        } });
        let config = json!({
            "key": { "env": "KEY" }, "name": "n", "accounts": [{ "token": "in clear" }, { "token": null }],
        });
        let shown = masked_config(&schema, &config);
        let masked = |source: &str| json!({ "secret": true, "source": source });
        let wanted = json!({
            "key": masked("environment variable `KEY`"), "name": "n",
            "accounts": [{ "token": masked("written in the character") }, { "token": null }],
        });
        assert_eq!(shown, wanted);
        assert_eq!(unmasked_config(&config, shown.clone()), config);
        let mut changed = shown;
        changed["key"] = json!({ "file": "key" });
        changed["name"] = json!("m");
        let back = unmasked_config(&config, changed);
        assert_eq!((&back["key"], &back["name"]), (&json!({ "file": "key" }), &json!("m")));
        assert_eq!(back["accounts"], config["accounts"]);
    }

    #[test]
    fn no_item_of_a_list_gets_the_secret_of_another() {
        let config = json!([{ "url": "a", "token": "A" }, { "url": "b", "token": "B" }]);
        let mask = json!({ "secret": true, "source": "written in the character" });
        let item = |url: &str| json!({ "url": url, "token": mask });
        let own = |url: &str, token: &str| json!({ "url": url, "token": token });
        for (given, wanted) in [
            (vec![item("a"), item("b")], vec![own("a", "A"), own("b", "B")]),
            (vec![item("b"), item("a")], vec![own("b", "B"), own("a", "A")]),
            (vec![item("b")], vec![own("b", "B")]),
            (vec![item("c"), item("a"), item("b")], vec![item("c"), own("a", "A"), own("b", "B")]),
            (vec![item("a"), item("c")], vec![own("a", "A"), own("c", "B")]),
            (vec![item("c"), item("a")], vec![item("c"), own("a", "A")]),
            (vec![item("b"), item("c")], vec![own("b", "B"), item("c")]),
        ] {
            assert_eq!(
                unmasked_config(&config, Value::from(given.clone())),
                Value::from(wanted),
                "{given:?}"
            );
        }
        let of = |name: &str| json!({ "env": name });
        let shown = |name: &str| json!({ "secret": true, "source": source(&of(name)) });
        let moved = unmasked_config(&json!([of("A"), of("B")]), json!([shown("B"), shown("A")]));
        assert_eq!(moved, json!([of("B"), of("A")]), "a source tells which one");
        let server = |url: &str, token: Value| json!({ "url": url, "token": token });
        let servers = json!([server("a", of("A")), server("b", of("B"))]);
        let changed = unmasked_config(&servers, json!([server("b2", shown("B")), server("a2", shown("A"))]));
        assert_eq!(changed, json!([server("b2", of("B")), server("a2", of("A"))]), "whatever else changed");
        let one = unmasked_config(&json!(["A", "B"]), json!([mask, of("C")]));
        assert_eq!(one, json!([mask, of("C")]), "which one stayed is not known");
        let one = unmasked_config(&json!([{ "token": "S" }, { "token": null }]), json!([{ "token": mask }]));
        assert_eq!(one, json!([{ "token": "S" }]));
        let tokens = json!(["A", "B"]);
        assert_eq!(unmasked_config(&tokens, json!([mask, mask])), tokens);
        assert_eq!(unmasked_config(&tokens, json!([mask])), json!([mask]), "which one is not known");
    }
}
