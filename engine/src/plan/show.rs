//! Plans as JSON and as a table.

use super::{Plan, PlannedPlugin};
use serde_json::{Value, json};
use std::path::Path;

impl Plan {
    /// The plan as JSON: keys in kebab-case, the same bytes on every machine, without the folders of this one.
    /// Secrets are references.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut plan = json!({
            "name": self.name,
            "character": self.character.name,
            "file": self.file_name(),
            "schema-hash": self.schema_hash,
            "plugins": self.plugins,
        });
        if !self.middleware.is_empty() {
            plan["middleware"] = json!(self.middleware);
        }
        plan
    }

    /// The plan as a table for people: place, plugin, version and why it stands there.
    #[must_use]
    pub fn text(&self) -> String {
        let count = match self.plugins.len() {
            1 => "1 plugin".to_owned(),
            count => format!("{count} plugins"),
        };
        let names = column("plugin", self.plugins.iter().map(|plugin| plugin.name));
        let versions = column("version", self.plugins.iter().map(|plugin| plugin.version));
        let mut text = format!("{} ({}): {count}\n\n", self.character.name, self.file_name());
        let mut row = |place: &str, name: &str, version: &str, why: &str| {
            let line = format!("{place:>4}  {name:names$}  {version:versions$}  {why}");
            text.push_str(line.trim_end());
            text.push('\n');
        };
        row("#", "plugin", "version", "why");
        for plugin in &self.plugins {
            row(&plugin.position.to_string(), plugin.name, plugin.version, &reasons(plugin));
        }
        text
    }

    fn file_name(&self) -> String {
        Path::new(&self.path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

fn reasons(plugin: &PlannedPlugin) -> String {
    let condition = (!plugin.condition.is_always()).then(|| format!("runs {}", plugin.condition));
    let layers = plugin.middleware.iter().map(|layer| layer.name).collect::<Vec<_>>().join(", ");
    let layers = (!layers.is_empty()).then(|| format!("in {layers}"));
    let offers = plugin.components.offers.then(|| "offers actions at run time".to_owned());
    let whys = plugin.why.iter().map(ToString::to_string);
    whys.chain(condition).chain(layers).chain(offers).collect::<Vec<_>>().join("; ")
}

/// The width of a column.
fn column<'a>(title: &str, cells: impl Iterator<Item = &'a str>) -> usize {
    cells.map(|cell| cell.chars().count()).fold(title.len(), usize::max)
}
