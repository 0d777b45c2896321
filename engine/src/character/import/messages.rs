//! `messageExamples`: conversations, each a list of messages.

use serde_json::{Map, Value as Json};
use toml_edit::{Array, InlineTable, Item, Value};

use super::convert::Keeping;
use super::draft::Draft;
use super::path::Path;
use super::secrets;

impl Draft<'_> {
    /// Reads every conversation; one that is no list is kept as imported.
    pub(super) fn read_message_examples(&mut self, json: &Json, from: &Path) {
        let Json::Array(conversations) = json else {
            return self.keep(json, from);
        };
        let to = Path::root("message-examples");
        let mut list = Array::new();
        if conversations.is_empty() {
            self.mapped(from, &to);
        }
        for (position, conversation) in conversations.iter().enumerate() {
            let (from, to) = (from.index(position), to.index(list.len()));
            match conversation {
                Json::Array(messages) => {
                    let messages = self.conversation(messages, &from, &to);
                    list.push_formatted(Value::Array(messages));
                }
                other => self.keep(other, &from),
            }
        }
        let examples = Item::Value(Value::Array(list));
        self.root.insert("message-examples", examples);
    }

    fn conversation(&mut self, messages: &[Json], from: &Path, to: &Path) -> Array {
        let mut list = Array::new();
        if messages.is_empty() {
            self.mapped(from, to);
        }
        for (position, message) in messages.iter().enumerate() {
            let (from, to) = (from.index(position), to.index(list.len()));
            match Message::of(message) {
                Some(parts) => list.push_formatted(self.message(&parts, &from, &to)),
                None => self.keep(message, &from),
            }
        }
        list
    }

    fn message(&mut self, message: &Message<'_>, from: &Path, to: &Path) -> Value {
        let mut table = InlineTable::new();
        let speaker = message.speaker_key;
        let how = (speaker == "user").then_some("`user` is called `name` now");
        for (key, value) in message.fields {
            let from = from.key(key);
            if key == speaker {
                if let Some(name) = self.text(value, &from, &to.key("name"), how) {
                    table.insert("name", Value::from(name));
                }
            } else if key != "content" {
                self.keep(value, &from);
            }
        }
        let from = from.key("content");
        match message.content {
            Json::Object(content) => self.content(&mut table, content, &from, to),
            other => {
                let how = Some("content was the text alone");
                if let Some(text) = self.text(other, &from, &to.key("text"), how) {
                    table.insert("text", Value::from(text));
                }
            }
        }
        Value::InlineTable(table)
    }

    fn content(&mut self, table: &mut InlineTable, content: &Map<String, Json>, from: &Path, to: &Path) {
        if content.is_empty() {
            self.converted(from, to.key("text"), "empty content, written as empty text");
        }
        let text = content.get("text").and_then(|text| {
            let text = self.text(text, &from.key("text"), &to.key("text"), None)?;
            Some(text)
        });
        table.insert("text", Value::from(text.unwrap_or_default()));
        self.actions(table, content, from, to);
        for (key, value) in content {
            let (from, to) = (from.key(key), to.key(key));
            match key.as_str() {
                "text" | "action" | "actions" => {}
                // A message of ours has one name, the speaker's.
                "name" => self.keep(value, &from),
                key => {
                    let value = if secrets::is_section(key) {
                        self.hidden(value, &from, &to, "")
                    } else {
                        self.value(value, &from, &to, Keeping::Own)
                    };
                    if let Some(value) = value {
                        table.insert(key, value);
                    }
                }
            }
        }
    }

    /// `actions` of 1.x and, after them, the `action` of 0.x.
    fn actions(&mut self, table: &mut InlineTable, content: &Map<String, Json>, from: &Path, to: &Path) {
        let to = to.key("actions");
        let mut names = Array::new();
        let mut present = false;
        for key in ["actions", "action"] {
            let from = from.key(key);
            match content.get(key) {
                None => {}
                Some(Json::Array(items)) if key == "actions" => {
                    present = true;
                    if items.is_empty() {
                        self.converted(&from, &to, "no actions of its own");
                    }
                    for (position, item) in items.iter().enumerate() {
                        let to = to.index(names.len());
                        if let Some(name) = self.text(item, &from.index(position), &to, None) {
                            names.push(name);
                        }
                    }
                }
                Some(Json::String(name)) => {
                    let same = names.iter().position(|n| n.as_str() == Some(name));
                    let to = to.index(same.unwrap_or(names.len()));
                    self.converted(&from, to, "one action, written as a list");
                    if same.is_none() {
                        names.push(name);
                    }
                }
                Some(other) => self.keep(other, &from),
            }
        }
        if present || !names.is_empty() {
            table.insert("actions", Value::Array(names));
        }
    }
}

/// A message that can be written: somebody says something.
struct Message<'a> {
    fields: &'a Map<String, Json>,
    /// `name`, or `user` where there is no usable name.
    speaker_key: &'static str,
    content: &'a Json,
}

impl<'a> Message<'a> {
    fn of(json: &'a Json) -> Option<Self> {
        let fields = json.as_object()?;
        let is_scalar = |value: &Json| value.is_string() || value.is_number() || value.is_boolean();
        let speaker_key = ["name", "user"].into_iter().find(|key| fields.get(*key).is_some_and(is_scalar))?;
        let content = fields.get("content")?;
        (content.is_object() || is_scalar(content)).then_some(Self { fields, speaker_key, content })
    }
}
