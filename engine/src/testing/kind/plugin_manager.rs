//! Plugins that are only names.

use super::{Outcome, demand, given, lock, missing, not_found, refuse, refused};
use crate::service::kind::{KindFault, PluginInfo, PluginManager};
use async_trait::async_trait;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Mutex};

/// Loads and unloads names. A plugin may need others.
#[derive(Debug, Default)]
pub struct PluginsInMemory(Mutex<BTreeMap<String, (PluginInfo, Vec<String>)>>);

impl PluginsInMemory {
    /// Plugins that are there and not loaded: name, and the names of those it needs.
    #[must_use]
    pub fn new<'a>(plugins: impl IntoIterator<Item = (&'a str, &'a [&'a str])>) -> Self {
        let plugin = |(name, needs): (&str, &[&str])| {
            let info = PluginInfo {
                name: name.to_owned(),
                version: "1.0.0".to_owned(),
                description: String::new(),
                loaded: false,
                why_not: None,
            };
            (name.to_owned(), (info, needs.iter().map(|&need| need.to_owned()).collect()))
        };
        Self(Mutex::new(plugins.into_iter().map(plugin).collect()))
    }
}

#[async_trait]
impl PluginManager for PluginsInMemory {
    async fn plugins(&self) -> Result<Vec<PluginInfo>, KindFault> {
        Ok(lock(&self.0).values().map(|(info, _)| info.clone()).collect())
    }

    async fn load(&self, name: &str, config: &Value) -> Result<(), KindFault> {
        let mut plugins = lock(&self.0);
        let (info, needs) = plugins.get(name).ok_or_else(|| missing(name))?;
        if info.loaded {
            return refuse(format!("`{name}` is loaded already"));
        }
        if !config.is_object() {
            return refuse("a config is an object");
        }
        let is_loaded = |need: &String| plugins.get(need).is_some_and(|(info, _)| info.loaded);
        if let Some(need) = needs.iter().find(|need| !is_loaded(need)) {
            return refuse(format!("`{name}` needs `{need}`, which is not loaded"));
        }
        if let Some((info, _)) = plugins.get_mut(name) {
            info.loaded = true;
        }
        Ok(())
    }

    async fn unload(&self, name: &str) -> Result<(), KindFault> {
        let mut plugins = lock(&self.0);
        let (info, _) = plugins.get(name).ok_or_else(|| missing(name))?;
        if !info.loaded {
            return refuse(format!("`{name}` is not loaded"));
        }
        let user =
            plugins.values().find(|(info, needs)| info.loaded && needs.iter().any(|need| need == name));
        if let Some((user, _)) = user {
            return refuse(format!("`{}` needs it", user.name));
        }
        if let Some((info, _)) = plugins.get_mut(name) {
            info.loaded = false;
        }
        Ok(())
    }
}

/// Checks a manager of plugins. Neither `base` nor `user`, which needs it, is loaded; both take this config.
///
/// # Errors
/// What it did and should have done.
pub async fn check_plugin_manager(
    service: &dyn PluginManager,
    base: &str,
    user: &str,
    config: &Value,
) -> Outcome {
    let all = given(service.plugins().await, "plugins")?;
    demand(all.is_sorted_by(|a, b| a.name < b.name), "plugins are sorted by name, each once")?;
    not_found(service.load("no-such-plugin", config).await, "loading an unknown plugin")?;
    not_found(service.unload("no-such-plugin").await, "unloading an unknown plugin")?;
    refused(service.unload(base).await, "unloading what is not loaded")?;
    refused(service.load(user, config).await, "loading before what it needs")?;
    refused(service.load(base, &Value::from(1)).await, "a config that is no object")?;
    for name in [base, user] {
        given(service.load(name, config).await, "load")?;
    }
    let all = given(service.plugins().await, "plugins")?;
    let loaded = |name: &str| all.iter().any(|plugin| plugin.name == name && plugin.loaded);
    demand(loaded(base) && loaded(user), "what is loaded is told")?;
    refused(service.load(base, config).await, "loading twice")?;
    refused(service.unload(base).await, "unloading what another one needs")?;
    for name in [user, base] {
        given(service.unload(name).await, "unload")?;
    }
    let all = given(service.plugins().await, "plugins")?;
    demand(
        all.iter().all(|plugin| !plugin.loaded || (plugin.name != base && plugin.name != user)),
        "what is unloaded is told",
    )
}
