//! Writes a character file as elizaOS 1.x JSON.

use serde_json::{Map, Value as Json};
use toml_edit::{DocumentMut, Item, Table, Value};

use super::merge::{self, Edit};
use super::path::Path;
use super::settings::upstream_template_name;
use super::{ImportError, Note, Outcome, secrets};

/// Keys that both sides have in the same form, and those that only change their name.
const FIELDS: [(&str, &str); 11] = [
    ("id", "id"),
    ("name", "name"),
    ("username", "username"),
    ("system", "system"),
    ("bio", "bio"),
    ("topics", "topics"),
    ("adjectives", "adjectives"),
    ("post-examples", "postExamples"),
    ("knowledge", "knowledge"),
    ("style", "style"),
    ("settings", "settings"),
];

/// Plugins of Galatea that elizaOS has no counterpart of.
const OURS: [&str; 1] = ["offline"];

/// Reads a character file and gives the 1.x JSON character, with a note for each key.
///
/// Secrets are exported as empty texts to be filled in: the file holds references only.
///
/// # Errors
/// [`ImportError::Toml`] for text that is not TOML, [`ImportError::NoName`] for a file without a name.
pub fn export(toml: &str) -> Result<(Json, Vec<Note>), ImportError> {
    let document: DocumentMut = toml.parse().map_err(|error: toml_edit::TomlError| ImportError::Toml {
        message: error.to_string().trim_end().to_owned(),
    })?;
    if document.get("name").and_then(Item::as_str).is_none() {
        return Err(ImportError::NoName);
    }
    let mut export = Export::default();
    for (ours, theirs) in FIELDS {
        if let Some(item) = document.get(ours) {
            export.put(theirs, json_of(item));
            export.moved(ours, theirs);
        }
    }
    for (key, item) in document.iter() {
        match key {
            "message-examples" => export.message_examples(item),
            "templates" => export.templates(item),
            "secrets" => export.secrets(item),
            "plugins" => export.plugins(item),
            "imported" => {}
            key if FIELDS.iter().any(|(ours, _)| *ours == key) => {}
            key => export.unsupported(key, "elizaOS characters have no place for it"),
        }
    }
    if let Some(imported) = document.get("imported").and_then(Item::as_table_like) {
        let imported = imported.iter().map(|(k, v)| (k.to_owned(), json_of(v)));
        export.merge_imported(imported.collect());
    }
    Ok((Json::Object(export.json), export.notes))
}

/// The JSON so far and the notes about it.
#[derive(Default)]
struct Export {
    json: Map<String, Json>,
    notes: Vec<Note>,
}

impl Export {
    fn put(&mut self, key: &str, value: Json) {
        self.json.insert(key.to_owned(), value);
    }

    fn note(&mut self, path: &str, outcome: Outcome) {
        let path = path.to_owned();
        self.notes.push(Note { path, outcome });
    }

    fn moved(&mut self, from: &str, to: &str) {
        let to = to.to_owned();
        self.note(from, Outcome::Mapped { to });
    }

    fn unsupported(&mut self, from: &str, why: &str) {
        let why = why.to_owned();
        self.note(from, Outcome::Unsupported { why });
    }

    fn message_examples(&mut self, item: &Item) {
        let mut examples = json_of(item);
        for conversation in examples.as_array_mut().into_iter().flatten() {
            for message in conversation.as_array_mut().into_iter().flatten() {
                if let Json::Object(fields) = message {
                    let mut content = std::mem::take(fields);
                    if let Some(name) = content.shift_remove("name") {
                        fields.insert("name".to_owned(), name);
                    }
                    fields.insert("content".to_owned(), Json::Object(content));
                }
            }
        }
        self.put("messageExamples", examples);
        self.moved("message-examples", "messageExamples");
    }

    fn templates(&mut self, item: &Item) {
        let mut templates = Map::new();
        for (name, template) in entries(item) {
            let key = upstream_template_name(name);
            let from = Path::root("templates").key(name).to_string();
            let to = Path::root("templates").key(&key).to_string();
            self.moved(&from, &to);
            templates.insert(key, json_of(template));
        }
        self.put("templates", Json::Object(templates));
    }

    fn secrets(&mut self, item: &Item) {
        let mut secrets = Map::new();
        for (name, reference) in entries(item) {
            let to = Path::root("secrets").key(name).to_string();
            let how = match source(reference) {
                Some(source) => format!("fill in its value, from {source}"),
                None => "fill in its value".to_owned(),
            };
            self.note(&to.clone(), Outcome::Converted { to, how });
            secrets.insert(name.to_owned(), Json::String(String::new()));
        }
        self.put("secrets", Json::Object(secrets));
    }

    fn plugins(&mut self, item: &Item) {
        let mut plugins = Vec::new();
        for (name, config) in entries(item) {
            let from = Path::root("plugins").key(name);
            if OURS.contains(&name) {
                self.unsupported(&from.to_string(), "elizaOS has no such plugin");
                continue;
            }
            let to = Path::root("plugins").index(plugins.len()).to_string();
            plugins.push(Json::String(format!("@elizaos/plugin-{name}")));
            self.moved(&from.to_string(), &to);
            for (key, _) in entries(config) {
                let why = "elizaOS configures plugins by settings; set this there by hand";
                self.unsupported(&from.key(key).to_string(), why);
            }
        }
        self.put("plugins", Json::Array(plugins));
    }

    /// Puts `[imported]` back where it came from, nulls included.
    fn merge_imported(&mut self, mut imported: Map<String, Json>) {
        let mut edits = Vec::new();
        if let Some(Json::Array(nulls)) = imported.shift_remove("nulls") {
            let paths = nulls.iter().filter_map(Json::as_str).map(Path::parse);
            for path in paths.flatten() {
                let value = Json::Null;
                edits.push(Edit { path, value });
            }
            self.moved("imported.nulls", "the nulls it names");
        }
        let mut theirs = Map::new();
        for (key, value) in imported {
            let from = Path::root("imported").key(&key).to_string();
            if matches!(key.as_str(), "@agent" | "@project") {
                let why = "it belongs to the project around the character";
                self.unsupported(&from, why);
                continue;
            }
            // One `@` was added to what would have met a key of ours.
            let key = key.strip_prefix('@').unwrap_or(&key).to_owned();
            self.moved(&from, &Path::root(&key).to_string());
            theirs.insert(key, value);
        }
        let mut json = Json::Object(std::mem::take(&mut self.json));
        merge::edits(&theirs, &Path::default(), &json, &mut edits);
        merge::apply(&mut json, edits);
        if let Json::Object(object) = json {
            self.json = object;
        }
    }
}

/// The keys and values of a table of either kind; nothing for other values.
fn entries(item: &Item) -> impl Iterator<Item = (&str, &Item)> {
    item.as_table_like().into_iter().flat_map(|table| table.iter())
}

/// What a secret's reference points at, in words.
fn source(reference: &Item) -> Option<String> {
    let text = |key| reference.get(key).and_then(Item::as_str);
    let variable = text("env").map(|name| format!("the environment variable {name}"));
    let file = || text("file").map(|path| format!("the file {path}"));
    let command = || reference.get("command").map(|_| "what its command prints".to_owned());
    variable.or_else(file).or_else(command)
}

fn json_of_entry(key: &str, item: &Item) -> Json {
    without_references(key, json_of(item))
}

/// Under a key `secrets`, a reference becomes the empty text that elizaOS users fill in.
fn without_references(key: &str, mut json: Json) -> Json {
    if secrets::is_section(key) {
        empty_references(&mut json);
    }
    json
}

fn empty_references(json: &mut Json) {
    match json {
        Json::Object(object) => {
            let is_reference = object.len() == 1
                && object.iter().all(|(key, value)| match key.as_str() {
                    "env" | "file" => value.is_string(),
                    "command" => value.is_array(),
                    _ => false,
                });
            if is_reference {
                *json = Json::String(String::new());
            } else {
                object.values_mut().for_each(empty_references);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(empty_references),
        _ => {}
    }
}

fn json_of(item: &Item) -> Json {
    match item {
        Item::None => Json::Null,
        Item::Value(value) => json_of_value(value),
        Item::Table(table) => json_of_table(table),
        Item::ArrayOfTables(tables) => tables.iter().map(json_of_table).collect(),
    }
}

fn json_of_table(table: &Table) -> Json {
    let entries = table.iter();
    Json::Object(entries.map(|(k, v)| (k.to_owned(), json_of_entry(k, v))).collect())
}

fn json_of_value(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::from(text.value().as_str()),
        Value::Integer(number) => Json::from(*number.value()),
        Value::Boolean(flag) => Json::from(*flag.value()),
        Value::Datetime(time) => Json::from(time.value().to_string()),
        // JSON has neither infinity nor "not a number": those are written as text.
        Value::Float(number) => match serde_json::Number::from_f64(*number.value()) {
            Some(number) => Json::Number(number),
            None => Json::from(number.value().to_string()),
        },
        Value::Array(list) => list.iter().map(json_of_value).collect(),
        Value::InlineTable(table) => {
            let entries = table.iter();
            let entries = entries.map(|(key, value)| {
                let json = without_references(key, json_of_value(value));
                (key.to_owned(), json)
            });
            Json::Object(entries.collect())
        }
    }
}
