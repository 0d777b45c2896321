//! What happened to each plugin: no silent skip, ever.

use serde::Serialize;
use std::{fmt, time::Duration};

/// The steps of loading a plugin, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadStep {
    /// Its config is read, secrets included.
    Config,
    /// Its `#[on_load]` ran.
    OnLoad,
    /// Its storage adapter is open.
    Storage,
    /// Its types of entity components are registered.
    ComponentTypes,
    /// Its actions are registered.
    Actions,
    /// Its evaluators are registered.
    Evaluators,
    /// Its providers are registered.
    Providers,
    /// Its model handlers are registered.
    Models,
    /// Its routes are registered.
    Routes,
    /// Its event handlers are registered.
    Events,
    /// Its tasks are registered.
    Tasks,
    /// Its services run.
    Services,
    /// Its services are stopped, its parts taken away, its `#[on_unload]` ran.
    Unloaded,
}

impl fmt::Display for LoadStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "config",
            Self::OnLoad => "on-load",
            Self::Storage => "storage",
            Self::ComponentTypes => "component-types",
            Self::Actions => "actions",
            Self::Evaluators => "evaluators",
            Self::Providers => "providers",
            Self::Models => "models",
            Self::Routes => "routes",
            Self::Events => "events",
            Self::Tasks => "tasks",
            Self::Services => "services",
            Self::Unloaded => "unloaded",
        })
    }
}

/// One step of one plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepReport {
    /// The step.
    pub step: LoadStep,
    /// How long it took.
    pub time: Duration,
    /// What it registered or opened, by name.
    pub registered: Vec<String>,
}

/// How it ended for a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is loaded.
    Loaded,
    /// The character's condition keeps it out; why.
    Disabled(String),
    /// It could not be loaded; everything it had registered is taken back.
    Refused {
        /// The step that failed.
        step: LoadStep,
        /// Why.
        why: String,
        /// What to do.
        help: String,
    },
    /// It was loaded, and unloaded again because a later plugin was refused.
    RolledBack,
    /// Its turn did not come because an earlier plugin was refused.
    NotReached,
}

/// What happened to a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PluginReport {
    /// The plugin.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// The composed plugin that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
    /// The steps that it reached.
    pub steps: Vec<StepReport>,
    /// How it ended.
    pub outcome: Outcome,
}

/// What happened to each plugin, in load order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LoadReport {
    /// One entry a plugin of the plan.
    pub plugins: Vec<PluginReport>,
    /// How rooms are shared between processes; empty until that is known.
    pub fabric: String,
    /// The whole time.
    pub time: Duration,
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for plugin in &self.plugins {
            let time: Duration = plugin.steps.iter().map(|step| step.time).sum();
            let outcome = match &plugin.outcome {
                Outcome::Loaded => "loaded".to_owned(),
                Outcome::Disabled(why) => format!("disabled: {why}"),
                Outcome::Refused { step, why, help } => format!("refused at {step}: {why}; {help}"),
                Outcome::RolledBack => "unloaded again".to_owned(),
                Outcome::NotReached => "not reached".to_owned(),
            };
            let part_of = plugin.part_of.as_ref().map(|composed| format!(", part of {composed}"));
            let part_of = part_of.unwrap_or_default();
            writeln!(f, "{} {}{part_of} ({time:.1?}): {outcome}", plugin.plugin, plugin.version)?;
        }
        if !self.fabric.is_empty() {
            writeln!(f, "rooms: {}", self.fabric)?;
        }
        Ok(())
    }
}
