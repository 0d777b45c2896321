//! Composed plugins in the graph of needs: who came with whom, and the order in which they list their members.

use super::{Link, Selected};
use crate::{definition::PluginDef, registry::Registry};
use std::collections::BTreeMap;

/// The members of the selected composed plugins, each with the composed plugins that it came with, outermost
/// first.
pub(super) fn members(
    registry: &Registry,
    selected: &[Selected<'_>],
) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut found = BTreeMap::new();
    for plugin in selected.iter().filter_map(|choice| registry.get(choice.name)) {
        add(plugin.def, &mut Vec::new(), &mut found);
    }
    found
}

fn add(
    def: &'static PluginDef,
    around: &mut Vec<&'static str>,
    found: &mut BTreeMap<&'static str, Vec<&'static str>>,
) {
    around.push(def.name);
    for member in def.members {
        // One that came with two of them is reported by who examines the character.
        found.entry(member.name).or_insert_with(|| around.clone());
        add(member, around, found);
    }
    around.pop();
}

/// What must stand before each plugin because of the composed plugins among these: its members before a composed
/// plugin, and each member, with all of its own, behind the one listed before it.
pub(super) fn orders(
    defs: impl Iterator<Item = &'static PluginDef>,
) -> BTreeMap<&'static str, Vec<(&'static str, Link)>> {
    let mut orders: BTreeMap<&str, Vec<(&str, Link)>> = BTreeMap::new();
    for def in defs.filter(|def| !def.members.is_empty()) {
        let members = def.members.iter().map(|member| (member.name, Link::Member));
        orders.entry(def.name).or_default().extend(members);
        for pair in def.members.windows(2) {
            if let [before, after] = pair {
                let after = orders.entry(first(after).name).or_default();
                after.push((before.name, Link::Listed(def.name)));
            }
        }
    }
    orders
}

/// The plugin that loads first of a member and its own.
fn first(def: &'static PluginDef) -> &'static PluginDef {
    def.members.first().map_or(def, |member| first(member))
}
