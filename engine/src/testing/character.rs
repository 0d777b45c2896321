//! The character of a test's agent: what the test says, with the plugins that are required and the grants that are asked
//! for, as the text of a file, so that it is checked like any other.

use super::{secrets::SecretFiles, stand_in};
use crate::{
    definition::{PermissionScope, Strength, Target},
    plan::{wanted_scope, with_defaults},
    registry::{RegisteredPlugin, Registry},
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a test says of its character.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// The keys of the character but `plugins`.
    keys: Map<String, Value>,
    /// The plugins' tables.
    plugins: BTreeMap<String, Map<String, Value>>,
    /// Scopes by plugin and kind of permission.
    grants: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Nothing is granted but that.
    pub(super) grants_only: bool,
    /// The number of the double that answers.
    pub(super) double: Option<u64>,
}

impl Wanted {
    /// Puts keys over those that are there, tables into tables.
    pub(super) fn add(&mut self, mut keys: Map<String, Value>) {
        match keys.remove("plugins") {
            Some(Value::Object(plugins)) if plugins.values().all(Value::is_object) => {
                for (name, table) in plugins {
                    merge(self.plugin(&name), table.as_object().cloned().unwrap_or_default());
                }
            }
            // No table of tables: checking reports it.
            Some(wrong) => drop(keys.insert("plugins".to_owned(), wrong)),
            None => {}
        }
        merge(&mut self.keys, keys);
    }

    /// The table of a plugin, made if there is none.
    pub(super) fn plugin(&mut self, name: &str) -> &mut Map<String, Value> {
        self.plugins.entry(name.to_owned()).or_default()
    }

    /// The scopes that are granted to a plugin, of a kind of permission.
    pub(super) fn scopes(&mut self, plugin: &str, kind: &str) -> &mut Vec<String> {
        self.grants.entry(plugin.to_owned()).or_default().entry(kind.to_owned()).or_default()
    }

    /// Takes out which plugin serves which kind of model: where a double answers, it answers everything.
    pub(super) fn take_picked(&mut self) -> BTreeMap<String, String> {
        let models = self.keys.get_mut("models").and_then(Value::as_object_mut);
        let picked = models.and_then(|models| models.remove("provider"));
        picked.and_then(|picked| serde_json::from_value(picked).ok()).unwrap_or_default()
    }

    /// Puts secrets that stand in clear into files.
    pub(super) fn hide_secrets(&mut self, registry: &Registry) -> std::io::Result<SecretFiles> {
        let mut files = SecretFiles::default();
        for (name, table) in &mut self.plugins {
            if let Some(plugin) = registry.get(name) {
                files.hide(plugin, table)?;
            }
        }
        Ok(files)
    }

    /// The text of the character's file.
    pub(super) fn toml(mut self, registry: &Registry) -> Result<String, toml::ser::Error> {
        self.keys.entry("name").or_insert_with(|| "Tess".into());
        if let Some(number) = self.double {
            self.plugin(stand_in::NAME).insert("double".to_owned(), number.into());
            // What a test writes down is said once, failures too, unless it says otherwise.
            let mut limits = json!({ "model-retries": 0 });
            if let (Value::Object(limits), Some(Value::Object(own))) =
                (&mut limits, self.keys.remove("limits"))
            {
                limits.extend(own);
            }
            self.keys.insert("limits".to_owned(), limits);
        }
        self.add_required(registry);
        if !self.grants_only {
            self.grant_what_is_declared(registry);
        }
        let grants = self.granted();
        merge(&mut self.keys, Map::from_iter([("grants".to_owned(), grants)]));
        let plugins = self.plugins.into_iter().map(|(name, table)| (name, Value::Object(table)));
        // What is there already is wrong, and stays so that it is reported.
        self.keys.entry("plugins").or_insert_with(|| Value::Object(plugins.collect()));
        toml::to_string(&self.keys)
    }

    /// The table of grants: what the character says itself, and what else is to be granted.
    fn granted(&self) -> Value {
        let mut all = self.keys.get("grants").cloned().unwrap_or_else(|| json!({}));
        for (plugin, kinds) in &self.grants {
            for (kind, scopes) in kinds.iter().filter(|(_, scopes)| !scopes.is_empty()) {
                let mut granted = all.get(plugin).and_then(|grants| grants.get(kind)).cloned();
                let granted = granted.get_or_insert_with(|| json!([]));
                if let Some(granted) = granted.as_array_mut() {
                    granted.extend(scopes.iter().map(|scope| Value::from(scope.as_str())));
                    let mut seen = BTreeSet::new();
                    granted.retain(|scope| seen.insert(scope.to_string()));
                }
                let one = json!({ plugin.as_str(): { kind.as_str(): granted } });
                if let (Some(all), Value::Object(one)) = (all.as_object_mut(), one) {
                    merge(all, one);
                }
            }
        }
        all
    }

    /// Adds a table for every plugin that is required, and for one of those that serve a model kind that is.
    fn add_required(&mut self, registry: &Registry) {
        let mut open: Vec<String> = self.plugins.keys().cloned().collect();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        while let Some(name) = open.pop() {
            // A plugin that this build does not have is reported with the character.
            let Some(plugin) = registry.get(&name).filter(|_| seen.insert(name.clone())) else { continue };
            for requirement in plugin.def.requirements.iter().filter(|one| one.strength == Strength::Required)
            {
                let needed = match requirement.target {
                    Target::Plugin(name) => Some(name),
                    Target::Capability(kind) => self.serving(registry, kind),
                };
                if let Some(needed) = needed {
                    self.plugin(needed);
                    open.push(needed.to_owned());
                }
            }
        }
    }

    /// A plugin to add so that a model kind is served; `None` if one is there, or none exists.
    fn serving(&self, registry: &Registry, kind: &str) -> Option<&'static str> {
        if self.double.is_some() && stand_in::serves(kind) {
            return None;
        }
        let serving: Vec<&'static str> = registry.serving(kind).map(|plugin| plugin.def.name).collect();
        if serving.iter().any(|name| self.plugins.contains_key(*name)) {
            return None;
        }
        // The one that needs neither key nor network, where there is a choice.
        serving.iter().copied().find(|name| *name == "offline").or_else(|| serving.first().copied())
    }

    fn grant_what_is_declared(&mut self, registry: &Registry) {
        for (name, config) in self.plugins.clone() {
            let Some(plugin) = registry.get(&name) else { continue };
            for (kind, scopes) in declared(plugin, &config) {
                self.scopes(&name, &kind).extend(scopes);
            }
        }
    }
}

/// What a plugin and its actions declare to touch: the kind of permission and its scopes. An open one is granted wholly.
fn declared(plugin: &RegisteredPlugin, config: &Map<String, Value>) -> Vec<(String, Vec<String>)> {
    let config = with_defaults(plugin.def, config);
    let scopes = |permission: &crate::definition::PermissionDef| match permission.scope {
        PermissionScope::Open => vec!["*".to_owned()],
        PermissionScope::Fixed(scope) => vec![scope.to_owned()],
        PermissionScope::Of(find) => find(&config),
        PermissionScope::Config(key) => {
            let value = key.split('.').try_fold(&config, |value, key| value.get(key));
            let mut texts = Vec::new();
            collect(value, &mut texts);
            texts.iter().map(|text| wanted_scope(permission.kind, text)).collect()
        }
    };
    plugin.permissions().map(|permission| (permission.kind.key().to_owned(), scopes(permission))).collect()
}

fn collect<'a>(value: Option<&'a Value>, texts: &mut Vec<&'a str>) {
    match value {
        Some(Value::String(text)) => texts.push(text),
        Some(Value::Array(values)) => values.iter().for_each(|value| collect(Some(value), texts)),
        // A reference to a secret may turn out to be anything.
        Some(Value::Object(_)) => texts.push("*"),
        _ => {}
    }
}

/// Puts the keys of one table over those of another, tables within tables likewise.
pub(super) fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}
