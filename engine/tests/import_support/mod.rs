//! What the tests of the importer share: fixtures, the check that nothing is lost, characters made at random.

use std::collections::{BTreeMap, BTreeSet};
use std::{fs, path};

use galatea::character::import::{Imported, Outcome, import};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use toml_edit::DocumentMut;

const KNOWN: [&str; 9] =
    ["sql", "bootstrap", "offline", "openai", "anthropic", "google-genai", "discord", "telegram", "weather"];

pub(crate) fn known() -> BTreeSet<&'static str> {
    KNOWN.into_iter().collect()
}

pub(crate) fn folder() -> path::PathBuf {
    path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import")
}

/// Every fixture: its stem and its text.
pub(crate) fn fixtures() -> BTreeMap<String, String> {
    fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (stem, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

pub(crate) fn read(json: &str) -> Vec<Imported> {
    import(json, &known()).unwrap_or_else(|error| panic!("{error}\n{json}"))
}

/// A path as the reports write it.
fn deeper(path: &str, key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let key =
        if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { Json::from(key).to_string() };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// Every leaf of a JSON value by its path: scalars, nulls, empty lists and objects.
fn leaves(json: &Json, path: &str, into: &mut BTreeMap<String, Json>) {
    match json {
        Json::Array(items) if !items.is_empty() => {
            for (position, item) in items.iter().enumerate() {
                leaves(item, &format!("{path}[{position}]"), into);
            }
        }
        Json::Object(object) if !object.is_empty() => {
            for (key, value) in object {
                leaves(value, &deeper(path, key), into);
            }
        }
        leaf => {
            into.insert(path.to_owned(), leaf.clone());
        }
    }
}

/// Every value of a TOML document by its path, tables and lists included.
fn toml_values(json: &Json, path: &str, into: &mut BTreeMap<String, Json>) {
    into.insert(path.to_owned(), json.clone());
    match json {
        Json::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                toml_values(item, &format!("{path}[{position}]"), into);
            }
        }
        Json::Object(object) => {
            for (key, value) in object {
                toml_values(value, &deeper(path, key), into);
            }
        }
        _ => {}
    }
}

fn as_json(toml: &str) -> Json {
    let document: DocumentMut = toml.parse().unwrap_or_else(|error| panic!("{error}\n{toml}"));
    table_json(document.as_table())
}

fn table_json(table: &dyn toml_edit::TableLike) -> Json {
    let entry = |(key, item): (&str, &toml_edit::Item)| {
        let value = match item.as_table_like() {
            Some(inner) => table_json(inner),
            None => value_json(item.as_value().unwrap()),
        };
        (key.to_owned(), value)
    };
    Json::Object(table.iter().map(entry).collect())
}

fn value_json(value: &toml_edit::Value) -> Json {
    use toml_edit::Value;
    match value {
        Value::String(text) => json!(text.value()),
        Value::Integer(number) => json!(number.value()),
        Value::Float(number) => json!(number.value()),
        Value::Boolean(flag) => json!(flag.value()),
        Value::Datetime(time) => json!(time.value().to_string()),
        Value::Array(list) => list.iter().map(value_json).collect(),
        Value::InlineTable(table) => table_json(table),
    }
}

/// What every import must keep: a note a leaf, every target there with the leaf's value, no secret in the text.
pub(crate) fn check(json: &str) {
    let file: Json = serde_json::from_str(json).unwrap();
    let mut expected = BTreeMap::new();
    leaves(&file, "", &mut expected);
    let mut noted = BTreeSet::new();
    for character in read(json) {
        let toml = as_json(&character.toml);
        let mut values = BTreeMap::new();
        toml_values(&toml, "", &mut values);
        for note in &character.report {
            assert!(noted.insert(note.path.clone()), "two notes: {note}");
            let leaf = expected.get(&note.path).unwrap_or_else(|| panic!("a note for no leaf: {note}"));
            let target = |to: &str| {
                values.get(to).unwrap_or_else(|| panic!("nothing there: {note}\n{}", character.toml))
            };
            match &note.outcome {
                Outcome::Mapped { to } if to.starts_with("plugins") => {}
                // An empty table may have been filled from elsewhere, like `secrets` from `settings.secrets`.
                Outcome::Mapped { to } if leaf.is_object() => assert!(target(to).is_object()),
                Outcome::Mapped { to } => assert_eq!(target(to), leaf, "{note}"),
                Outcome::KeptAsImported { to } if leaf.is_null() => {
                    assert!(note.path.ends_with(target(to).as_str().unwrap()), "{note}");
                }
                Outcome::KeptAsImported { to } => assert_eq!(target(to), leaf, "{note}"),
                Outcome::Converted { to, how } if how.contains("environment variable") => {
                    let variable = target(to).get("env").and_then(Json::as_str);
                    assert!(how.contains(variable.unwrap()), "{note}");
                }
                Outcome::Converted { to, .. } if to.starts_with("plugins") => {
                    target(to);
                }
                Outcome::Converted { to, .. } => match (target(to), leaf) {
                    (Json::String(text), Json::String(leaf)) => assert_eq!(text, leaf, "{note}"),
                    (Json::String(text), leaf) if leaf.is_number() || leaf.is_boolean() => {
                        assert_eq!(*text, leaf.to_string(), "{note}");
                    }
                    _ => {}
                },
                Outcome::Unsupported { why } => {
                    assert!(why.starts_with("no plugin `"), "{note}");
                    let kept =
                        values.iter().any(|(path, value)| path.starts_with("imported.") && value == leaf);
                    assert!(kept, "{note}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
    let expected: BTreeSet<String> = expected.into_keys().collect();
    let missing: Vec<_> = expected.difference(&noted).collect();
    assert!(missing.is_empty(), "no note: {missing:?}");
}

/// Any JSON at all, a few levels deep.
pub(crate) fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-1e9..1e9f64).prop_map(Json::from),
        any::<String>().prop_map(Json::from),
        "[\"\\\\\n\r\t a']{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(any_key(), inner, 0..4)
                .prop_map(|object| Json::Object(object.into_iter().collect())),
        ]
    })
}

/// Keys that mean something here, and others.
fn any_key() -> impl Strategy<Value = String> {
    let keys = [
        "name", "user", "content", "text", "action", "actions", "secrets", "path", "shared", "env", "all",
        "0", "1", "[0]", "nulls", "@agent", "voice", "API_KEY", "a.b", "",
    ];
    prop_oneof![
        4 => prop::sample::select(keys.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// A character with anything in any field.
pub(crate) fn any_character() -> impl Strategy<Value = Json> {
    let fields = [
        "username",
        "id",
        "system",
        "lore",
        "topics",
        "adjectives",
        "postExamples",
        "knowledge",
        "messageExamples",
        "style",
        "templates",
        "settings",
        "secrets",
        "plugins",
        "clients",
        "modelProvider",
        "people",
        "nulls",
        "imported",
        "@agent",
        "TWITTER_PASSWORD",
        "",
    ];
    let bio = any_json().prop_filter("a bio", |bio| !bio.is_null());
    let others = prop::collection::btree_map(prop::sample::select(fields.to_vec()), any_json(), 0..6);
    (bio, others).prop_map(|(bio, others)| {
        let mut character = json!({"name": "A", "bio": bio});
        for (key, value) in others {
            character[key] = value;
        }
        character
    })
}

/// A character as elizaOS 1.x accepts it, and nulls, which it does not; without what does not come back as it was:
/// secrets, and integers that TOML cannot write.
pub(crate) fn any_1x_character() -> impl Strategy<Value = Json> {
    let texts = || prop::collection::vec(any_text(), 0..4).prop_map(Json::from);
    let content = prop::collection::btree_map(any_key(), any_json(), 0..3);
    let message = (any_text(), any_text(), content).prop_map(|(name, text, more)| {
        let mut content = json!({"text": text});
        for (key, value) in more {
            if !matches!(key.as_str(), "text" | "action" | "actions") {
                content[key] = value;
            }
        }
        json!({"name": name, "content": content})
    });
    let examples = prop::collection::vec(prop::collection::vec(message, 0..3), 0..3);
    let settings = prop::collection::btree_map(any_key(), any_json(), 0..4);
    let extra = prop::collection::btree_map("[a-z.@ ]{0,6}", any_json(), 0..3);
    (texts(), texts(), examples, settings, extra).prop_map(|(bio, topics, examples, settings, extra)| {
        let mut character = json!({"name": "A", "bio": bio, "topics": topics});
        character["messageExamples"] = json!(examples);
        character["settings"] = json!(settings);
        for (key, value) in extra {
            character[format!("x{key}")] = value;
        }
        without_secrets(character)
    })
}

fn without_secrets(json: Json) -> Json {
    match json {
        Json::Number(number) if number.is_u64() && number.as_i64().is_none() => Json::from(1),
        Json::Array(items) => items.into_iter().map(without_secrets).collect(),
        Json::Object(object) => object
            .into_iter()
            .filter(|(key, _)| !matches!(key.as_str(), "secrets" | "API_KEY"))
            .map(|(key, value)| (key, without_secrets(value)))
            .collect(),
        other => other,
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[\"\\\\\n\r\t a']{0,12}"]
}
