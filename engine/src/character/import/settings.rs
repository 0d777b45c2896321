//! `settings` and `templates`.

use serde_json::Value as Json;
use toml_edit::{Item, Table, Value};

use super::convert::Keeping;
use super::draft::Draft;
use super::path::Path;
use super::{secrets, text};

impl Draft<'_> {
    /// Reads `settings`: its secrets to `[secrets]`, the rest unchanged to `[settings]`.
    pub(super) fn read_settings(&mut self, json: &Json, from: &Path) {
        let Json::Object(object) = json else {
            return self.keep(json, from);
        };
        if object.is_empty() {
            self.settings.get_or_insert_with(Table::new);
            self.mapped(from, "settings");
        }
        for (key, value) in object {
            let from = from.key(key);
            if key == "secrets" {
                self.secret_section(value, &from);
            } else if secrets::looks_secret(key) && value.is_string() {
                self.secret(key, value, &from);
            } else {
                let to = Path::root("settings").key(key);
                if let Some(item) = self.member(key, value, &from, &to, Keeping::Own) {
                    let settings = self.settings.get_or_insert_with(Table::new);
                    settings.insert(key, item);
                }
            }
        }
    }

    /// Reads `templates`, whose names lose the ending `Template`.
    pub(super) fn read_templates(&mut self, json: &Json, from: &Path) {
        let Json::Object(object) = json else {
            return self.keep(json, from);
        };
        if object.is_empty() {
            self.mapped(from, "templates");
            self.templates.get_or_insert_with(Table::new);
        }
        for (key, value) in object {
            let from = from.key(key);
            let name = template_name(key);
            let taken = self.templates.as_ref().is_some_and(|all| all.contains_key(&name));
            let Json::String(template) = value else {
                self.keep(value, &from);
                continue;
            };
            if name.is_empty() || taken {
                self.keep(value, &from);
                continue;
            }
            let to = Path::root("templates").key(&name);
            if upstream_template_name(&name) == *key {
                self.mapped(&from, to);
            } else {
                self.converted(&from, to, &format!("its name was `{key}`"));
            }
            let templates = self.templates.get_or_insert_with(Table::new);
            templates.insert(&name, Item::Value(Value::from(template)));
        }
    }
}

/// `messageHandlerTemplate` → `message-handler`.
fn template_name(key: &str) -> String {
    text::kebab(key.strip_suffix("Template").unwrap_or(key))
}

/// `message-handler` → `messageHandlerTemplate`.
pub(super) fn upstream_template_name(name: &str) -> String {
    format!("{}Template", text::camel(name))
}
