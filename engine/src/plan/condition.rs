//! Which plugins of a plan run here and now: `enabled` and `fallback` of a plugin's table.
//!
//! Pure: what the environment says comes in as a function.

use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// When a plugin is switched on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enabled {
    /// Always; the default.
    #[default]
    Always,
    /// Never.
    Never,
    /// Where this environment variable is set and not blank.
    Env(String),
    /// Where something takes connections at this address, e.g. `http://127.0.0.1:11434`, at the moment of starting.
    Reachable(String),
}

/// The reserved keys of a plugin's table that decide whether it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Condition {
    /// When it is switched on.
    pub enabled: Enabled,
    /// Where not empty: only if one of these model kinds would otherwise be served by nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<String>,
}

impl Condition {
    /// The condition that a plugin's table says. What is malformed counts as not said: checking reports it.
    #[must_use]
    pub fn of(table: &Map<String, Value>) -> Self {
        let enabled = match table.get("enabled") {
            Some(Value::Bool(false)) => Enabled::Never,
            Some(Value::Object(condition)) => {
                let said = |key: &str| condition.get(key).and_then(Value::as_str).map(str::to_owned);
                let env = said("env").map(Enabled::Env);
                env.or_else(|| said("reachable").map(Enabled::Reachable)).unwrap_or_default()
            }
            _ => Enabled::Always,
        };
        let fallback = match table.get("fallback") {
            Some(Value::String(kind)) => vec![kind.clone()],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        Self { enabled, fallback }
    }

    /// Whether the plugin runs whatever the environment and the other plugins are.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.enabled == Enabled::Always && self.fallback.is_empty()
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fallback = self.fallback.join("`, `");
        match (&self.enabled, fallback.is_empty()) {
            (Enabled::Always, true) => f.write_str("always"),
            (Enabled::Always, false) => write!(f, "if nothing else serves `{fallback}`"),
            (Enabled::Never, _) => f.write_str("never"),
            (Enabled::Env(name), true) => write!(f, "if {name} is set"),
            (Enabled::Reachable(address), true) => write!(f, "if {address} answers"),
            (Enabled::Reachable(address), false) => {
                write!(f, "if {address} answers and nothing else serves `{fallback}`")
            }
            (Enabled::Env(name), false) => write!(f, "if {name} is set and nothing else serves `{fallback}`"),
        }
    }
}

/// What deciding has to know of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Its name.
    pub name: &'a str,
    /// The composed plugin that it came with, else its own name: plugins of one group run together or not at all.
    pub group: &'a str,
    /// Its priority; decides between fallbacks.
    pub priority: i32,
    /// When it runs.
    pub condition: &'a Condition,
    /// The model kinds and kinds of service it serves.
    pub serves: Vec<&'a str>,
    /// The plugins it does not run without.
    pub requires: &'a [String],
    /// The model kinds and kinds of service it does not run without.
    pub requires_kinds: &'a [String],
}

/// Whether a plugin runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activation {
    /// It runs.
    Enabled,
    /// It does not.
    Disabled {
        /// The reason, as half a sentence: `OPENAI_API_KEY is not set`.
        why: String,
    },
}

/// A plugin that would run without something it requires.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// It requires a plugin that is switched off.
    #[error(
        "plugin `{plugin}` requires `{required}`, which is switched off: {why}; give both the same `enabled`"
    )]
    Disabled {
        /// The plugin that runs.
        plugin: String,
        /// The one that does not.
        required: String,
        /// Why it does not.
        why: String,
    },
    /// Every plugin that serves a model kind it requires is switched off.
    #[error(
        "plugin `{plugin}` needs a plugin that serves `{kind}`, and all that do are switched off; enable one of: {known}"
    )]
    Unserved {
        /// The plugin that runs.
        plugin: String,
        /// The model kind.
        kind: String,
        /// The plugins that would serve it, separated by commas.
        known: String,
    },
}

/// What is asked of where a plan shall run.
#[derive(Clone, Copy)]
pub struct Surroundings<'s> {
    /// Reads an environment variable.
    pub lookup: &'s dyn Fn(&str) -> Option<String>,
    /// Whether something takes connections at an address.
    pub reachable: &'s dyn Fn(&str) -> bool,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Surroundings")
    }
}

/// Decides for every plugin, in the order given. A fallback runs where one of its kinds is served by no other running
/// plugin; of several fallbacks the one with the highest priority goes first, then the name.
///
/// # Errors
/// Every plugin that would run without something it requires.
pub fn decide<'a>(
    plugins: &[Candidate<'a>],
    there: Surroundings<'_>,
) -> Result<BTreeMap<&'a str, Activation>, Vec<Conflict>> {
    let mut decided: BTreeMap<&str, Activation> =
        plugins.iter().map(|plugin| (plugin.name, switched(&plugin.condition.enabled, there))).collect();
    let on = plugins.iter().filter(|plugin| decided[plugin.name] == Activation::Enabled);
    let (mut fallbacks, certain): (Vec<_>, Vec<_>) =
        on.partition(|plugin| !plugin.condition.fallback.is_empty());
    fallbacks.sort_by_key(|plugin| (Reverse(plugin.priority), plugin.name));
    let mut served: BTreeSet<&str> = certain.iter().flat_map(|plugin| &plugin.serves).copied().collect();
    for group in groups(&fallbacks) {
        let fallback = &group[0].condition.fallback;
        if fallback.iter().all(|kind| served.contains(kind.as_str())) {
            let why = format!("another plugin serves `{}`", fallback.join("`, `"));
            decided.extend(group.iter().map(|one| (one.name, Activation::Disabled { why: why.clone() })));
        } else {
            served.extend(group.iter().flat_map(|one| &one.serves).copied());
        }
    }
    let conflicts = conflicts(plugins, &decided);
    if conflicts.is_empty() { Ok(decided) } else { Err(conflicts) }
}

/// The plugins that belong together, in the order of the first of each.
fn groups<'p, 'a>(plugins: &[&'p Candidate<'a>]) -> Vec<Vec<&'p Candidate<'a>>> {
    let mut groups: Vec<Vec<&Candidate<'_>>> = Vec::new();
    for &plugin in plugins {
        match groups.iter_mut().find(|group| group[0].group == plugin.group) {
            Some(group) => group.push(plugin),
            None => groups.push(vec![plugin]),
        }
    }
    groups
}

fn switched(enabled: &Enabled, there: Surroundings<'_>) -> Activation {
    match enabled {
        Enabled::Always => Activation::Enabled,
        Enabled::Never => Activation::Disabled { why: "the character says `enabled = false`".to_owned() },
        Enabled::Reachable(address) if (there.reachable)(address) => Activation::Enabled,
        Enabled::Reachable(address) => Activation::Disabled { why: format!("nothing answers at {address}") },
        Enabled::Env(name) => match (there.lookup)(name) {
            None => Activation::Disabled { why: format!("{name} is not set") },
            Some(value) if value.trim().is_empty() => {
                Activation::Disabled { why: format!("{name} is blank") }
            }
            Some(_) => Activation::Enabled,
        },
    }
}

fn conflicts(plugins: &[Candidate<'_>], decided: &BTreeMap<&str, Activation>) -> Vec<Conflict> {
    let runs = |plugin: &Candidate<'_>| decided.get(plugin.name) == Some(&Activation::Enabled);
    let mut conflicts = Vec::new();
    for plugin in plugins.iter().filter(|plugin| runs(plugin)) {
        for required in plugin.requires {
            if let Some(Activation::Disabled { why }) = decided.get(required.as_str()) {
                let (plugin, required) = (plugin.name.to_owned(), required.clone());
                conflicts.push(Conflict::Disabled { plugin, required, why: why.clone() });
            }
        }
        for kind in plugin.requires_kinds {
            let others = plugins
                .iter()
                .filter(|other| other.name != plugin.name && other.serves.contains(&kind.as_str()));
            let others: Vec<&Candidate<'_>> = others.collect();
            if !others.iter().any(|other| runs(other)) {
                let known = others.iter().map(|other| other.name).collect::<Vec<_>>().join(", ");
                conflicts.push(Conflict::Unserved {
                    plugin: plugin.name.to_owned(),
                    kind: kind.clone(),
                    known,
                });
            }
        }
    }
    conflicts
}
