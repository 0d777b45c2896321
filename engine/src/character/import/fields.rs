//! The fields of a character, one by one, in the order of the JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};
use toml_edit::{Array, Item, Table, Value};
use uuid::Uuid;

use super::convert::Keeping;
use super::draft::Draft;
use super::path::Path;
use super::secrets;
use super::shape::Found;

/// Reads everything of one character.
pub(super) fn read<'a>(found: &Found<'_>, known: &'a BTreeSet<&'a str>) -> Draft<'a> {
    let mut draft = Draft::new(&found.place, known);
    for (key, value) in found.fields {
        draft.read_field(key, value, found.fields);
    }
    for around in &found.around {
        draft.keep_around(around.value, &around.from, around.under, around.key);
    }
    draft
}

impl Draft<'_> {
    fn read_field(&mut self, key: &str, json: &Json, fields: &Map<String, Json>) {
        let from = Path::root(key);
        match key {
            "name" | "username" | "system" => self.read_text(key, json, &from),
            "id" => self.read_id(json, &from),
            "bio" => self.read_bio(json, fields.get("lore"), &from),
            // Read together with the bio, which every character has.
            "lore" => {}
            "topics" | "adjectives" => self.read_texts(key, json, &from),
            "postExamples" => self.read_texts("post-examples", json, &from),
            "knowledge" => self.read_knowledge(json, &from),
            "messageExamples" => self.read_message_examples(json, &from),
            "style" => self.read_style(json, &from),
            "templates" => self.read_templates(json, &from),
            "settings" => self.read_settings(json, &from),
            "secrets" => self.secret_section(json, &from),
            "plugins" | "clients" => self.read_plugins(key, json, &from),
            "modelProvider" => self.read_model_provider(json, &from),
            key if secrets::looks_secret(key) && json.is_string() => self.secret(key, json, &from),
            _ => self.keep(json, &from),
        }
    }

    fn read_text(&mut self, key: &str, json: &Json, from: &Path) {
        if let Some(text) = self.text(json, from, &Path::root(key), None) {
            self.root.insert(key, Item::Value(Value::from(text)));
        }
    }

    fn read_id(&mut self, json: &Json, from: &Path) {
        match json {
            Json::String(id) if id.len() == 36 && Uuid::try_parse(id).is_ok() => {
                self.read_text("id", json, from);
            }
            other => self.keep(other, from),
        }
    }

    /// The bio and, after its own lines, the lore of 0.x.
    fn read_bio(&mut self, json: &Json, lore: Option<&Json>, from: &Path) {
        let to = Path::root("bio");
        let lore_from = Path::root("lore");
        let Some(lore) = lore.filter(|lore| !lore.is_null()) else {
            if lore.is_some() {
                self.null(&lore_from);
            }
            if json.is_array() || json.is_object() {
                return self.read_texts("bio", json, from);
            }
            return self.read_text("bio", json, from);
        };
        let mut lines = Array::new();
        if json.as_array().is_some_and(Vec::is_empty) {
            self.converted(from, &to, "it was empty; its lines are the lore");
        } else {
            self.texts_into(&mut lines, json, from, &to, None);
        }
        let how = "a line of lore, added to the bio";
        self.texts_into(&mut lines, lore, &lore_from, &to, Some(how));
        self.root.insert("bio", Item::Value(Value::Array(lines)));
    }

    fn read_texts(&mut self, key: &str, json: &Json, from: &Path) {
        if json.is_null() {
            return self.null(from);
        }
        let mut list = Array::new();
        self.texts_into(&mut list, json, from, &Path::root(key), None);
        // Where nothing could be read there is no list to speak of; a character without bio would not load, though.
        if !list.is_empty() || json.is_array() || key == "bio" {
            self.root.insert(key, Item::Value(Value::Array(list)));
        }
    }

    /// Adds the texts of a list, or a single text, to `list`; what is not text is kept as imported.
    fn texts_into(&mut self, list: &mut Array, json: &Json, from: &Path, to: &Path, how: Option<&str>) {
        let Json::Array(items) = json else {
            let one = how.unwrap_or("one text, written as a list");
            if let Some(text) = self.text(json, from, &to.index(list.len()), Some(one)) {
                list.push(text);
            }
            return;
        };
        if items.is_empty() {
            match how {
                Some(_) => self.converted(from, to, "it was empty"),
                None => self.mapped(from, to),
            }
        }
        for (position, item) in items.iter().enumerate() {
            let to = to.index(list.len());
            if let Some(text) = self.text(item, &from.index(position), &to, how) {
                list.push(text);
            }
        }
    }

    /// A text, with its note: converted for the reason `how`, or mapped. Numbers and the like become text.
    pub(super) fn text(&mut self, json: &Json, from: &Path, to: &Path, how: Option<&str>) -> Option<String> {
        match json {
            Json::String(text) => {
                match how {
                    Some(how) => self.converted(from, to, how),
                    None => self.mapped(from, to),
                }
                Some(text.clone())
            }
            Json::Number(_) | Json::Bool(_) => {
                self.converted(from, to, "written as text");
                Some(json.to_string())
            }
            Json::Null | Json::Array(_) | Json::Object(_) => {
                self.keep(json, from);
                None
            }
        }
    }

    /// Texts, and references to files and folders.
    fn read_knowledge(&mut self, json: &Json, from: &Path) {
        let Json::Array(items) = json else {
            return self.read_texts("knowledge", json, from);
        };
        let to = Path::root("knowledge");
        let mut list = Array::new();
        if items.is_empty() {
            self.mapped(from, &to);
        }
        for (position, item) in items.iter().enumerate() {
            let (from, to) = (from.index(position), to.index(list.len()));
            if is_knowledge_reference(item) {
                if let Some(value) = self.value(item, &from, &to, Keeping::Own) {
                    list.push_formatted(value);
                }
            } else if let Some(text) = self.text(item, &from, &to, None) {
                list.push(text);
            }
        }
        if !list.is_empty() {
            self.select_knowledge();
        }
        self.root.insert("knowledge", Item::Value(Value::Array(list)));
    }

    fn read_style(&mut self, json: &Json, from: &Path) {
        let Json::Object(object) = json else {
            return self.keep(json, from);
        };
        if object.is_empty() {
            self.mapped(from, "style");
            self.style.get_or_insert_with(Table::new);
        }
        for (key, value) in object {
            let from = from.key(key);
            if value.is_null() || !matches!(key.as_str(), "all" | "chat" | "post") {
                self.keep(value, &from);
                continue;
            }
            let mut list = Array::new();
            let to = Path::root("style").key(key);
            self.texts_into(&mut list, value, &from, &to, None);
            if !list.is_empty() || value.is_array() {
                let style = self.style.get_or_insert_with(Table::new);
                style.insert(key, Item::Value(Value::Array(list)));
            }
        }
    }
}

/// Whether an entry is `{path, shared?}` or `{directory, shared?}` and nothing more.
fn is_knowledge_reference(json: &Json) -> bool {
    json.as_object().is_some_and(|entry| {
        (entry.contains_key("path") != entry.contains_key("directory"))
            && entry.iter().all(|(key, value)| match key.as_str() {
                "path" | "directory" => value.is_string(),
                "shared" => value.is_boolean(),
                _ => false,
            })
    })
}
