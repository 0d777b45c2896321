//! The manager of single plugins.

use super::{ChangeError, ChangeReport, Draft, compare::dependants, draft::redrawn};
use crate::{
    agent::Agent,
    definition::RESERVED_CONFIG_KEYS,
    plan::Plan,
    registry::Registry,
    text::name::{NameMatch, match_name},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::Arc};

/// Changes the plugins of a running agent one by one, as [`Agent::apply`] changes all of them: turns that run end
/// with what they began with, and a change that is refused leaves everything as it was.
///
/// A handler may take it as a parameter. That asks for no permission, since `Agent` offers the same: what a
/// plugin may touch outside the engine is up to the character's grants, which this cannot change. In `on_load`
/// and in the `start` of a service every change is refused.
///
/// What is changed here is not written to the character file: the next change of the file decides anew.
#[derive(Clone, Debug)]
pub struct Plugins(Agent);

/// Whether a plugin runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It runs.
    Running,
    /// The character selects it, and it does not run.
    Off,
    /// The character does not select it.
    NotSelected,
}

/// How a plugin of the build stands in an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PluginState {
    /// The plugin.
    pub plugin: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Whether it runs.
    pub standing: Standing,
    /// Why: why the plan has it, or why it does not run.
    pub why: String,
    /// Since when it runs as it does, or is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

impl Agent {
    /// The manager of its plugins.
    #[must_use]
    pub fn plugins(&self) -> Plugins {
        Plugins(self.clone())
    }
}

impl Plugins {
    pub(super) fn agent(&self) -> &Agent {
        &self.0
    }

    /// Lets a plugin run whatever its table says of when it does: `enabled` and `fallback` go. One that the character
    /// does not select is added, with the defaults of its config.
    ///
    /// # Errors
    /// [`ChangeError`]: among others [`Rejected`](ChangeError::Rejected) where its config has keys without default,
    /// or it wants what the character does not grant.
    pub async fn enable(&self, plugin: &str) -> Result<ChangeReport, ChangeError> {
        self.edit(plugin, |_, plugins, plugin| {
            switch_on(plugins, plugin);
            Ok(())
        })
        .await
    }

    /// [`enable`](Self::enable) with this config, which takes the place of the one it had.
    ///
    /// # Errors
    /// As [`enable`](Self::enable).
    pub async fn enable_with(&self, plugin: &str, config: Value) -> Result<ChangeReport, ChangeError> {
        self.edit(plugin, |_, plugins, plugin| {
            configure(plugins, plugin, config);
            if plugins.get(plugin).is_some_and(Value::is_object) {
                switch_on(plugins, plugin);
            }
            Ok(())
        })
        .await
    }

    /// Switches a plugin off, as `enabled = false` does.
    ///
    /// # Errors
    /// [`Required`](ChangeError::Required) with the plugins that run and require it, and the other [`ChangeError`]s.
    pub async fn disable(&self, plugin: &str) -> Result<ChangeReport, ChangeError> {
        let live = self.0.live();
        self.edit(plugin, move |plan, plugins, plugin| {
            let by = running_dependants(&live, plan, plugin)?;
            if !by.is_empty() {
                return Err(ChangeError::Required { plugin: plugin.to_owned(), by });
            }
            switch_off(plugins, plugin);
            Ok(())
        })
        .await
    }

    /// Switches a plugin off, and every one that requires it, directly or through others.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn disable_with_dependants(&self, plugin: &str) -> Result<ChangeReport, ChangeError> {
        let live = self.0.live();
        self.edit(plugin, move |plan, plugins, plugin| {
            let mut off = running_dependants(&live, plan, plugin)?;
            off.push(plugin.to_owned());
            off.iter().for_each(|plugin| switch_off(plugins, plugin));
            Ok(())
        })
        .await
    }

    /// Loads a plugin anew, with the config that it has; its secrets are read again. Those that depend on its
    /// services are loaded anew too.
    ///
    /// # Errors
    /// [`NotRunning`](ChangeError::NotRunning) and the other [`ChangeError`]s.
    pub async fn reload(&self, plugin: &str) -> Result<ChangeReport, ChangeError> {
        let (live, plugin) = (self.0.live(), plugin.to_owned());
        self.0
            .change(move |registry, plan| {
                known(registry, &plugin)?;
                must_run(&live, &plugin)?;
                Ok(Draft { plan: Arc::new(plan.clone()), reload: BTreeSet::from([plugin]) })
            })
            .await
    }

    /// Gives a plugin that the character selects another config: all its keys, as they would stand in the
    /// character file, but the engine's own (`enabled` …), which stay.
    ///
    /// # Errors
    /// [`Rejected`](ChangeError::Rejected) where the config is not in order, with what `galatea check` would say;
    /// and the other [`ChangeError`]s.
    pub async fn reconfigure(&self, plugin: &str, config: Value) -> Result<ChangeReport, ChangeError> {
        self.edit(plugin, |plan, plugins, plugin| {
            if plan.plugin(plugin).is_none() {
                return Err(not_selected(plugin));
            }
            configure(plugins, plugin, config);
            Ok(())
        })
        .await
    }

    /// How every plugin of the build stands: those of the plan in load order, then the others by name.
    #[must_use]
    pub fn list(&self) -> Vec<PluginState> {
        let parts = self.0.live().parts();
        let selected = parts.plan.plugins.iter().map(|planned| {
            let (plugin, version) = (planned.name, planned.version);
            if let Some((why, since)) = parts.off.get(plugin) {
                let (why, since) = (why.clone(), Some(*since));
                return PluginState { plugin, version, standing: Standing::Off, why, since };
            }
            let why = planned.why.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let load = parts.loads.get(plugin);
            let standing = if load.is_some() { Standing::Running } else { Standing::Off };
            PluginState { plugin, version, standing, why, since: load.map(|load| load.at) }
        });
        let others = self.0.0.registry.iter().map(|plugin| plugin.def);
        let others = others.filter(|def| parts.plan.plugin(def.name).is_none()).map(|def| PluginState {
            plugin: def.name,
            version: def.version,
            standing: Standing::NotSelected,
            why: NOT_SELECTED.to_owned(),
            since: None,
        });
        selected.chain(others).collect()
    }

    /// Changes the plugins' tables of the character that runs when the turn of this change comes.
    async fn edit(
        &self,
        plugin: &str,
        edit: impl FnOnce(&Plan, &mut Map<String, Value>, &str) -> Result<(), ChangeError> + Send + 'static,
    ) -> Result<ChangeReport, ChangeError> {
        let plugin = plugin.to_owned();
        self.0
            .change(move |registry, plan| {
                known(registry, &plugin)?;
                let mut outcome = Ok(());
                let drawn = redrawn(registry, plan, |plugins| outcome = edit(plan, plugins, &plugin));
                outcome?;
                Ok(Draft { plan: Arc::new(drawn?), reload: BTreeSet::new() })
            })
            .await
    }
}

const NOT_SELECTED: &str = "the character does not select it";

fn not_selected(plugin: &str) -> ChangeError {
    ChangeError::NotRunning { plugin: plugin.to_owned(), why: NOT_SELECTED.to_owned() }
}

pub(super) fn known(registry: &Registry, plugin: &str) -> Result<(), ChangeError> {
    if registry.get(plugin).is_some() {
        return Ok(());
    }
    let none: &[&str] = &[];
    let near = match match_name(plugin, registry.names().map(|name| (name, none))) {
        NameMatch::None { nearest } => registry.names().find(|name| Some(*name) == nearest.as_deref()),
        found => found.index().and_then(|index| registry.names().nth(index)),
    };
    Err(ChangeError::Unknown { plugin: plugin.to_owned(), near })
}

fn must_run(agent: &Agent, plugin: &str) -> Result<(), ChangeError> {
    let parts = agent.parts();
    if parts.loads.contains_key(plugin) {
        return Ok(());
    }
    let why = parts.off.get(plugin).map_or_else(|| NOT_SELECTED.to_owned(), |(why, _)| why.clone());
    Err(ChangeError::NotRunning { plugin: plugin.to_owned(), why })
}

/// The plugins that run and require this one, which is selected.
fn running_dependants(agent: &Agent, plan: &Plan, plugin: &str) -> Result<Vec<String>, ChangeError> {
    if plan.plugin(plugin).is_none() {
        return Err(not_selected(plugin));
    }
    let parts = agent.parts();
    Ok(dependants(plan, plugin, |name| parts.loads.contains_key(name)))
}

/// Changes the table of a plugin; an empty one where there is none.
fn change_table(
    plugins: &mut Map<String, Value>,
    plugin: &str,
    change: impl FnOnce(&mut Map<String, Value>),
) {
    let mut table = plugins.get(plugin).and_then(Value::as_object).cloned().unwrap_or_default();
    change(&mut table);
    plugins.insert(plugin.to_owned(), Value::Object(table));
}

/// Lets a plugin run whatever else is so.
pub(super) fn switch_on(plugins: &mut Map<String, Value>, plugin: &str) {
    change_table(plugins, plugin, |table| table.retain(|key, _| key != "enabled" && key != "fallback"));
}

fn switch_off(plugins: &mut Map<String, Value>, plugin: &str) {
    change_table(plugins, plugin, |table| drop(table.insert("enabled".to_owned(), Value::Bool(false))));
}

/// Puts a config into the table of a plugin; the engine's keys stay. Checking says what is wrong with it.
pub(super) fn configure(plugins: &mut Map<String, Value>, plugin: &str, config: Value) {
    match config {
        Value::Object(config) => change_table(plugins, plugin, |table| {
            table.retain(|key, _| RESERVED_CONFIG_KEYS.contains(&key.as_str()));
            table.extend(config);
        }),
        Value::Null => configure(plugins, plugin, Value::Object(Map::new())),
        other => drop(plugins.insert(plugin.to_owned(), other)),
    }
}
