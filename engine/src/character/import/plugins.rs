//! `plugins`, and what named plugins in 0.x: `clients` and `modelProvider`.

use serde_json::Value as Json;
use toml_edit::{Array, InlineTable, Item, Value};

use super::convert::Keeping;
use super::draft::Draft;
use super::path::Path;
use super::secrets;

/// Every imported character gets these, where the build has them, so that it runs at once.
pub(super) const ALWAYS: [&str; 3] = ["sql", "bootstrap", "offline"];

/// 0.x names of clients and model providers whose plugin is called something else.
const ALIASES: [(&str, &str); 10] = [
    ("claude", "anthropic"),
    ("gemini", "google-genai"),
    ("google", "google-genai"),
    ("google-generative-ai", "google-genai"),
    ("grok", "xai"),
    ("llama-local", "local-ai"),
    ("local", "local-ai"),
    ("node", "bootstrap"),
    ("sqlite", "sql"),
    ("x", "twitter"),
];

/// The name elizaOS compares plugins by: `@elizaos/plugin-discord` is `discord`, names without a scope stay.
#[must_use]
pub fn normalize_plugin_name(name: &str) -> &str {
    let scoped = name.strip_prefix('@').and_then(|rest| rest.split_once('/'));
    match scoped {
        Some((_, package)) => package.strip_prefix("plugin-").unwrap_or(name),
        None => name,
    }
}

impl Draft<'_> {
    /// Reads `plugins` or `clients` (`field` says which), each entry a name or an object with a name.
    pub(super) fn read_plugins(&mut self, field: &str, json: &Json, from: &Path) {
        let Json::Array(entries) = json else {
            return self.keep(json, from);
        };
        let mut kept = Array::new();
        if entries.is_empty() {
            self.mapped(from, "plugins");
        }
        for (position, entry) in entries.iter().enumerate() {
            let from = from.index(position);
            let to = Path::root("imported").key(field).index(kept.len());
            match entry {
                Json::String(name) => {
                    if !self.plugin(name, &from) {
                        kept.push(name);
                    }
                }
                Json::Object(_) => {
                    if let Some(rest) = self.plugin_object(entry, &from, &to) {
                        kept.push_formatted(rest);
                    }
                }
                other => {
                    if let Some(value) = self.value(other, &from, &to, Keeping::Imported) {
                        kept.push_formatted(value);
                    }
                }
            }
        }
        if !kept.is_empty() {
            let kept = Item::Value(Value::Array(kept));
            self.imported.insert(field, kept);
        }
    }

    /// Reads `modelProvider`, the plugin that serves the models.
    pub(super) fn read_model_provider(&mut self, json: &Json, from: &Path) {
        match json {
            Json::String(name) => {
                if !self.plugin(name, from) {
                    let kept = Item::Value(Value::from(name));
                    self.imported.insert("modelProvider", kept);
                }
            }
            other => self.keep(other, from),
        }
    }

    /// Selects the plugin of this name and notes it; false where this build has none.
    fn plugin(&mut self, name: &str, from: &Path) -> bool {
        let candidates = candidates(name);
        let known = candidates.iter().find(|candidate| self.known.contains(candidate.as_str()));
        let Some(plugin) = known else {
            let wanted = candidates.first().map_or(name, String::as_str);
            self.unsupported(from, format!("no plugin `{wanted}` in this build"));
            return false;
        };
        let to = Path::root("plugins").key(plugin);
        if plugin == name {
            self.mapped(from, to);
        } else {
            self.converted(from, to, &format!("it was `{name}`"));
        }
        if !self.plugins.contains(plugin) {
            self.plugins.push(plugin.clone());
        }
        true
    }

    /// Selects the plugin that reads what a character knows, where the build has it: elizaOS does so unasked.
    pub(super) fn select_knowledge(&mut self) {
        let name = "knowledge";
        if self.known.contains(name) && !self.plugins.iter().any(|plugin| plugin == name) {
            self.plugins.push(name.to_owned());
        }
    }

    /// Reads a plugin object of 0.x: the plugin by its name; returned is what else the object has, with the name.
    fn plugin_object(&mut self, json: &Json, from: &Path, to: &Path) -> Option<Value> {
        let object = json.as_object()?;
        let Some(Json::String(name)) = object.get("name") else {
            return self.value(json, from, to, Keeping::Imported);
        };
        let known = self.plugin(name, &from.key("name"));
        let mut rest = InlineTable::new();
        rest.insert("name", Value::from(name));
        for (key, value) in object.iter().filter(|(key, _)| *key != "name") {
            let (from, to) = (from.key(key), to.key(key));
            let value = if secrets::is_section(key) {
                self.hidden(value, &from, &to, "")
            } else {
                self.value(value, &from, &to, Keeping::Imported)
            };
            if let Some(value) = value {
                rest.insert(key, value);
            }
        }
        // A name alone says nothing that `[plugins.NAME]` does not.
        (!known || object.len() > 1).then_some(Value::InlineTable(rest))
    }
}

/// What a plugin of this name may be called here, the likeliest first.
fn candidates(name: &str) -> Vec<String> {
    let normal = normalize_plugin_name(name);
    let short = normal.strip_prefix("plugin-").unwrap_or(normal);
    let lower = short.to_lowercase().replace('_', "-");
    let mut candidates = vec![short.to_owned(), lower.clone()];
    // 0.x packages: `@elizaos-plugins/client-discord`, `@elizaos/adapter-sqlite`.
    let package = lower.rsplit('/').next().unwrap_or(&lower);
    for prefix in ["client-", "adapter-"] {
        candidates.extend(package.strip_prefix(prefix).map(str::to_owned));
    }
    let aliases: Vec<String> = ALIASES
        .iter()
        .filter(|(alias, _)| candidates.iter().any(|candidate| candidate == alias))
        .map(|(_, plugin)| (*plugin).to_owned())
        .collect();
    candidates.extend(aliases);
    candidates
}
