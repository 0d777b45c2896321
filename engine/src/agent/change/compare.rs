//! What a new plan means for the plugins that run.

use super::{Change, ChangeError, ChangeReport, Draft, PluginChange, TakenOut, mark::settings};
use crate::{
    agent::{
        Agent, Parts,
        load::{ReadConfig, read_config},
        reach::is_reachable,
    },
    plan::{Activation, Plan, PlannedPlugin, Surroundings},
    registry::{RegisteredPlugin, Registry},
};
use futures_util::future::join_all;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What a new plan means for the plugins that run.
pub(super) struct Comparison {
    pub(super) plan: Arc<Plan>,
    /// What becomes of each plugin of the new plan, in its order.
    pub(super) fates: Vec<(&'static str, Change)>,
    /// The plugins that run now and are not in the new plan.
    pub(super) taken_out: Vec<TakenOut>,
    /// The configs of those that are loaded.
    pub(super) configs: BTreeMap<&'static str, ReadConfig>,
    character: Vec<String>,
}

/// Compares a draft with what runs. Configs are read, nothing is loaded.
pub(super) async fn compare(agent: &Agent, running: &Parts, draft: Draft) -> Result<Comparison, ChangeError> {
    let Draft { plan, reload } = draft;
    let registry = &agent.0.registry;
    same_agent(&running.plan, &plan)?;
    let off = switched_off(registry, &plan)?;
    let mut configs = read(agent, &plan, &off).await?;
    let mut fates = Vec::new();
    for planned in &plan.plugins {
        let was_running = running.loads.contains_key(planned.name);
        let fate = match (off.get(planned.name), configs.get(planned.name), running.loads.get(planned.name)) {
            (Some(why), _, _) => Change::Off { why: why.clone(), was_running },
            (None, Some(config), Some(load)) if config.mark == load.mark => {
                if reload.contains(planned.name) {
                    Change::Reloaded { why: vec!["asked for".to_owned()] }
                } else {
                    Change::Kept
                }
            }
            (None, _, Some(_)) => Change::Reloaded { why: different(&running.plan, planned) },
            (None, _, None) => Change::Added,
        };
        fates.push((planned.name, fate));
    }
    let gone = running.plan.plugins.iter().filter(|old| plan.plugin(old.name).is_none());
    let gone = gone.map(|old| TakenOut {
        plugin: old.name.to_owned(),
        was_running: running.loads.contains_key(old.name),
    });
    let character = different_keys(&running.plan, &plan);
    let mut comparison =
        Comparison { fates, taken_out: gone.collect(), configs: BTreeMap::new(), character, plan };
    comparison.reload_dependants(registry, &running.plan);
    comparison.same_storage(registry)?;
    configs.retain(|name, _| comparison.loads(name));
    comparison.configs = configs;
    Ok(comparison)
}

impl Comparison {
    /// Whether a plugin is loaded by the change.
    fn loads(&self, plugin: &str) -> bool {
        let loads = |change: &Change| matches!(change, Change::Added | Change::Reloaded { .. });
        self.fates.iter().any(|(name, change)| *name == plugin && loads(change))
    }

    /// Whether a plugin runs on as it is.
    pub(super) fn keeps(&self, plugin: &str) -> bool {
        self.fates.iter().any(|(name, change)| *name == plugin && *change == Change::Kept)
    }

    /// Loads those anew that may hold on to services which are replaced, come or go.
    fn reload_dependants(&mut self, registry: &Registry, before: &Plan) {
        let has_services = |name: &str| {
            registry.get(name).is_some_and(|plugin: &RegisteredPlugin| !plugin.services.is_empty())
        };
        let gone = self.taken_out.iter().filter(|gone| gone.was_running);
        let mut touched: BTreeMap<String, &str> =
            gone.map(|gone| (gone.plugin.clone(), "taken out")).collect();
        touched.retain(|name, _| has_services(name));
        // What a plugin needs stands before it, so one pass finds those that need it only through others.
        for (planned, (name, fate)) in self.plan.plugins.iter().zip(&mut self.fates) {
            if *fate == Change::Kept {
                let before = before.plugin(name).map(|old| old.optional.as_slice()).unwrap_or_default();
                let uses: BTreeSet<&String> =
                    planned.requires.iter().chain(&planned.optional).chain(before).collect();
                let by_name = touched.iter().filter(|(used, _)| uses.contains(used));
                let serves = |used: &str, kind: &String| {
                    registry.get(used).is_some_and(|plugin| plugin.service_kinds().contains(&kind.as_str()))
                };
                let by_kind = touched
                    .iter()
                    .filter(|(used, _)| planned.requires_kinds.iter().any(|kind| serves(used, kind)));
                let used: BTreeMap<&String, &&str> = by_name.chain(by_kind).collect();
                let why: Vec<String> =
                    used.into_iter().map(|(used, how)| format!("`{used}` {how}")).collect();
                if !why.is_empty() {
                    *fate = Change::Reloaded { why };
                }
            }
            let how = match fate {
                Change::Added => "added",
                Change::Reloaded { .. } => "reloaded",
                Change::Off { was_running: true, .. } => "off",
                Change::Kept | Change::Off { was_running: false, .. } => continue,
            };
            if has_services(name) {
                touched.insert((*name).to_owned(), how);
            }
        }
    }

    /// The storage stays what it is: what was written is in it, and turns write to it at every moment.
    fn same_storage(&self, registry: &Registry) -> Result<(), ChangeError> {
        let stores = |name: &str| registry.get(name).is_some_and(|plugin| plugin.storage.is_some());
        let storage =
            |plugin: &str, why: &str| ChangeError::Storage { plugin: plugin.to_owned(), why: why.to_owned() };
        for (name, fate) in self.fates.iter().filter(|(name, _)| stores(name)) {
            match fate {
                Change::Kept | Change::Off { was_running: false, .. } => {}
                Change::Added => return Err(storage(name, "it would be new")),
                Change::Reloaded { why } => {
                    return Err(storage(name, &format!("different: {}", why.join(", "))));
                }
                Change::Off { why, .. } => return Err(storage(name, why)),
            }
        }
        match self.taken_out.iter().find(|gone| gone.was_running && stores(&gone.plugin)) {
            Some(gone) => Err(storage(&gone.plugin, "it would be taken out")),
            None => Ok(()),
        }
    }

    /// What the change is; the time is added when it is made.
    pub(super) fn report(&self) -> ChangeReport {
        let change = |(name, change): &(&str, Change)| PluginChange {
            plugin: (*name).to_owned(),
            change: change.clone(),
        };
        ChangeReport {
            plugins: self.fates.iter().map(change).collect(),
            taken_out: self.taken_out.clone(),
            character: self.character.clone(),
            time: std::time::Duration::ZERO,
        }
    }
}

fn same_agent(running: &Plan, wanted: &Plan) -> Result<(), ChangeError> {
    let (old, new) = (&running.character, &wanted.character);
    if old.name == new.name && old.id == new.id {
        return Ok(());
    }
    let shown = |character: &crate::character::Character| match character.id {
        Some(id) => format!("{} ({id})", character.name),
        None => character.name.clone(),
    };
    Err(ChangeError::AnotherAgent { running: shown(old), wanted: shown(new) })
}

/// The plugins that do not run, with the reason. Every other one can be loaded and has what it requires.
fn switched_off(registry: &Registry, plan: &Plan) -> Result<BTreeMap<&'static str, String>, ChangeError> {
    let there = Surroundings { lookup: &|name| std::env::var(name).ok(), reachable: &is_reachable };
    let activations = plan.activate_in(there).map_err(ChangeError::Conflicts)?;
    let mut off = BTreeMap::new();
    for planned in &plan.plugins {
        if let Some(Activation::Disabled { why }) = activations.get(planned.name) {
            off.insert(planned.name, why.clone());
        } else if registry.get(planned.name).is_none() {
            return Err(ChangeError::Unknown { plugin: planned.name.to_owned(), near: None });
        } else if let Some(missing) = planned.requires.iter().find(|name| plan.plugin(name).is_none()) {
            let by = dependants(plan, missing, |_| true);
            return Err(ChangeError::Required { plugin: missing.clone(), by });
        }
    }
    Ok(off)
}

/// The plugins of a plan that require another one, directly or through others, in load order.
pub(super) fn dependants(plan: &Plan, plugin: &str, counts: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = vec![plugin.to_owned()];
    for planned in plan.plugins.iter().filter(|planned| counts(planned.name)) {
        if planned.requires.iter().any(|required| found.contains(required)) {
            found.push(planned.name.to_owned());
        }
    }
    found.split_off(1)
}

/// The configs of the plugins that run, read side by side: a secret may take its time.
async fn read(
    agent: &Agent,
    plan: &Plan,
    off: &BTreeMap<&'static str, String>,
) -> Result<BTreeMap<&'static str, ReadConfig>, ChangeError> {
    let on = plan.plugins.iter().filter(|planned| !off.contains_key(planned.name));
    let defs = on.filter_map(|planned| Some((planned, agent.0.registry.get(planned.name)?.def)));
    let reading = join_all(defs.map(async |(planned, def)| {
        let config = read_config(agent, def, planned).await;
        config.map(|config| (def.name, config)).map_err(|refusal| ChangeError::refused(def.name, refusal))
    }));
    tokio::select! {
        configs = reading => configs.into_iter().collect(),
        () = agent.ending().cancelled() => Err(ChangeError::Stopping),
    }
}

/// What is different of a plugin: the keys of its config, and what else its plan says.
fn different(before: &Plan, planned: &PlannedPlugin) -> Vec<String> {
    let Some(old) = before.plugin(planned.name) else {
        return Vec::new();
    };
    let mut keys = unequal(&old.config, &planned.config);
    keys.extend(unequal(&Value::Object(settings(old)), &Value::Object(settings(planned))));
    if keys.is_empty() {
        keys.push("a secret".to_owned());
    }
    keys
}

fn different_keys(before: &Plan, plan: &Plan) -> Vec<String> {
    let json = |plan: &Plan| serde_json::to_value(plan.character.as_ref()).unwrap_or_default();
    let mut keys = unequal(&json(before), &json(plan));
    keys.retain(|key| key != "plugins" && key != "grants");
    keys
}

/// The keys of two tables whose values are not equal, sorted.
fn unequal(one: &Value, other: &Value) -> Vec<String> {
    let keys = |value: &Value| value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
    let mut all: BTreeSet<String> = keys(one);
    all.append(&mut keys(other));
    all.into_iter().filter(|key| one.get(key) != other.get(key)).collect()
}
