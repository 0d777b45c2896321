//! What a change did.

use serde::Serialize;
use std::{fmt, time::Duration};

/// What became of a plugin of the new plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It runs on as it is.
    Kept,
    /// It was not loaded before.
    Added,
    /// It was loaded anew.
    Reloaded {
        /// What was different: keys of its config, `grants`, `a secret`, or the plugin that it depends on.
        why: Vec<String>,
    },
    /// It does not run.
    Off {
        /// Why, as half a sentence.
        why: String,
        /// It ran before.
        was_running: bool,
    },
}

/// A plugin of the new plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PluginChange {
    /// The plugin.
    pub plugin: String,
    /// What became of it.
    pub change: Change,
}

/// A plugin that the new plan does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TakenOut {
    /// The plugin.
    pub plugin: String,
    /// It ran before.
    pub was_running: bool,
}

/// What a change did. `Display` is one line: `weather reloaded (units); notes added; http, sql kept`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ChangeReport {
    /// The plugins of the new plan, in load order.
    pub plugins: Vec<PluginChange>,
    /// The plugins that are in the new plan no more.
    pub taken_out: Vec<TakenOut>,
    /// The keys of the character that are different, such as `bio`; without `plugins` and `grants`.
    pub character: Vec<String>,
    /// How long it took until the next turn sees it.
    pub time: Duration,
}

impl ChangeReport {
    /// Whether anything is different for turns to come.
    #[must_use]
    pub fn is_change(&self) -> bool {
        let quiet = |change: &Change| matches!(change, Change::Kept | Change::Off { was_running: false, .. });
        let kept = self.plugins.iter().all(|plugin| quiet(&plugin.change));
        !kept || self.taken_out.iter().any(|plugin| plugin.was_running) || !self.character.is_empty()
    }

    /// What became of a plugin; `None` where the new plan does not have it.
    #[must_use]
    pub fn of(&self, plugin: &str) -> Option<&Change> {
        self.plugins.iter().find(|change| change.plugin == plugin).map(|change| &change.change)
    }
}

impl fmt::Display for ChangeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut parts, mut kept) = (Vec::new(), Vec::new());
        for PluginChange { plugin, change } in &self.plugins {
            match change {
                Change::Kept => kept.push(plugin.as_str()),
                Change::Added => parts.push(format!("{plugin} added")),
                Change::Reloaded { why } => parts.push(format!("{plugin} reloaded ({})", why.join(", "))),
                Change::Off { why, was_running: true } => parts.push(format!("{plugin} off ({why})")),
                Change::Off { was_running: false, .. } => {}
            }
        }
        let gone = self.taken_out.iter().filter(|plugin| plugin.was_running);
        parts.extend(gone.map(|plugin| format!("{} taken out", plugin.plugin)));
        if !self.character.is_empty() {
            parts.push(format!("{} of the character changed", self.character.join(", ")));
        }
        if parts.is_empty() {
            return f.write_str("nothing changed");
        }
        if !kept.is_empty() {
            parts.push(format!("{} kept", kept.join(", ")));
        }
        f.write_str(&parts.join("; "))
    }
}
