//! Puts the parts of a new generation together.

use crate::agent::{Parts, PluginReport};
use std::collections::BTreeMap;

impl Parts {
    /// Takes away everything of a plugin, its running services too: for a copy of parts, where they run on in
    /// the parts that it was copied from.
    pub(super) fn leave_out(&mut self, plugin: &str) {
        self.remove(plugin);
        self.services.retain(|service| service.plugin.name != plugin);
    }

    /// Takes over the services of plugins that are kept as they are `now`: since this copy was made some may have
    /// been started, and others replaced by new ones of their kind.
    pub(super) fn take_services(&mut self, now: &Self, keeps: impl Fn(&str) -> bool) {
        self.services.retain(|service| !keeps(service.plugin.name));
        self.services.extend(now.services.iter().filter(|service| keeps(service.plugin.name)).cloned());
    }

    /// Puts every list into the plan's order: what was loaded anew stands where a start would have put it.
    pub(in crate::agent) fn arrange(&mut self) {
        let order: BTreeMap<&str, usize> =
            self.plan.plugins.iter().enumerate().map(|(place, planned)| (planned.name, place)).collect();
        let place = |plugin: &str| order.get(plugin).copied().unwrap_or(usize::MAX);
        // Sorting is stable: the order within a plugin stays.
        self.plugins.sort_by_key(|def| place(def.name));
        self.actions.sort_by_key(|part| place(part.plugin.name));
        self.providers.sort_by_key(|part| place(part.plugin.name));
        self.evaluators.sort_by_key(|part| place(part.plugin.name));
        self.models.sort_by_key(|part| place(part.plugin.name));
        self.component_types.sort_by_key(|part| place(part.plugin.name));
        std::sync::Arc::make_mut(&mut self.routes).sort_by_key(|part| place(part.plugin.name));
        self.tasks.sort_by_key(|part| place(part.plugin.name));
        self.services.sort_by_key(|part| place(part.plugin.name));
        for listeners in self.listeners.values_mut() {
            listeners.sort_by_key(|(owner, _)| place(owner.name));
        }
        self.configs.sort_by_key(|(plugin, _)| place(plugin));
        self.hooks.sort_by_key(|hook| place(hook.plugin));
        self.lazy.sort_by_key(|lazy| place(lazy.plugin.name));
    }
}

/// The entries of a load report in the order of a plan: those of this change, else those of before.
pub(super) fn entries(
    names: impl Iterator<Item = &'static str>,
    mut anew: Vec<PluginReport>,
    mut before: Vec<PluginReport>,
) -> Vec<PluginReport> {
    let take = |list: &mut Vec<PluginReport>, name: &str| {
        let place = list.iter().position(|entry| entry.plugin == name)?;
        Some(list.swap_remove(place))
    };
    names.filter_map(|name| take(&mut anew, name).or_else(|| take(&mut before, name))).collect()
}
