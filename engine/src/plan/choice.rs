//! The plugins that a character selects: by a table of their own, or as members of a composed plugin.

use super::Condition;
use crate::{
    definition::PluginDef,
    registry::{RegisteredPlugin, Registry},
};
use serde_json::{Map, Value};
use std::sync::LazyLock;

static NO_TABLE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// A selected plugin of this build.
#[derive(Clone)]
pub(super) struct Choice<'a> {
    pub(super) plugin: &'a RegisteredPlugin,
    /// The keys of its config.
    pub(super) config: &'a Map<String, Value>,
    /// The table whose engine keys count for it: its own, or that of the composed plugin that it came with.
    pub(super) table: &'a Map<String, Value>,
    /// Where its config stands: `plugins`, `suite`, `geo`.
    pub(super) path: Vec<&'a str>,
}

impl Choice<'_> {
    pub(super) fn condition(&self) -> Condition {
        Condition::of(self.table)
    }

    /// Its config, as written. That of a composed plugin is that of its members.
    pub(super) fn config(&self) -> Value {
        if self.plugin.def.members.is_empty() {
            super::config::with_defaults(self.plugin.def, self.config)
        } else {
            Value::Object(Map::new())
        }
    }

    /// The plugin whose table selects it.
    pub(super) fn selected_by(&self) -> &str {
        self.path.get(1).copied().unwrap_or_default()
    }
}

/// The selected plugins of this build, each followed by its members. A plugin that is selected twice, which the
/// examination reports, stands here twice.
pub(super) fn choices<'a>(
    registry: &'a Registry,
    tables: impl Iterator<Item = (&'a str, &'a Map<String, Value>)>,
) -> Vec<Choice<'a>> {
    let mut found = Vec::new();
    for (name, table) in tables {
        if let Some(plugin) = registry.get(name) {
            let path = vec!["plugins", name];
            add(registry, Choice { plugin, config: table, table, path }, &mut found);
        }
    }
    found
}

fn add<'a>(registry: &'a Registry, choice: Choice<'a>, found: &mut Vec<Choice<'a>>) {
    let members: &'static [&'static PluginDef] = choice.plugin.def.members;
    found.push(choice.clone());
    for member in members {
        let Some(plugin) = registry.get(member.name) else { continue };
        let config = choice.config.get(member.name).and_then(Value::as_object).unwrap_or(&NO_TABLE);
        let path = choice.path.iter().copied().chain([member.name]).collect();
        add(registry, Choice { plugin, config, table: choice.table, path }, found);
    }
}
