//! Who needs whom: the selection and all it requires, as a graph of numbers.

use super::{Options, Selected, composed};
use crate::{
    definition::{PluginDef, Strength, Target},
    registry::Registry,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How one plugin is tied to another that loads before it. The strongest stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// It does not load without it.
    Required,
    /// It is composed of it.
    Member,
    /// It does not load without some plugin that serves this model kind, and the other one does.
    Capability(&'static str),
    /// Its tests require it.
    Test,
    /// The composed plugin of this name lists the other one before it.
    Listed(&'static str),
    /// It loads after it where both are selected.
    Optional,
}

/// A plugin of the graph.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) def: &'static PluginDef,
    /// Selected by the character or by its tests; otherwise only required.
    pub(super) selected: bool,
    /// The selected composed plugins that it came with, outermost first.
    pub(super) part_of: Vec<&'static str>,
    /// What it needs: number of the other plugin and how; sorted, each other plugin once.
    pub(super) needs: Vec<(usize, Link)>,
}

/// The selection with everything it requires, sorted by name.
#[derive(Debug, Default)]
pub(super) struct Needs {
    pub(super) nodes: Vec<Node>,
    /// Model kinds and kinds of service that selected plugins need and nothing of the graph serves: plugin and kind.
    pub(super) unserved: Vec<(&'static str, &'static str)>,
    /// Required plugins that this build does not have: plugin, required name.
    pub(super) unlinked: Vec<(&'static str, &'static str)>,
}

impl Needs {
    pub(super) fn of(registry: &Registry, selected: &[Selected<'_>], options: &Options) -> Self {
        let composed = composed::members(registry, selected);
        let chosen: BTreeSet<&str> =
            selected.iter().map(|s| s.name).chain(composed.keys().copied()).collect();
        let mut needs = Self::default();
        let mut defs = needs.closure(registry, &chosen, options);
        let with_tests = if options.tests { tests_of(registry, &chosen) } else { BTreeSet::new() };
        for def in with_tests.iter().filter_map(|name| registry.get(name)) {
            defs.insert(def.def.name, def.def);
        }
        let chosen: BTreeSet<&str> = chosen.union(&with_tests).copied().collect();
        let index: BTreeMap<&str, usize> =
            defs.keys().enumerate().map(|(number, name)| (*name, number)).collect();
        let serving = serving(registry, &index);
        let listed = composed::orders(defs.values().copied());
        for def in defs.values() {
            let mut links = needs.links(def, &index, &serving, options);
            let listed = listed.get(def.name).into_iter().flatten();
            links.extend(listed.filter_map(|(name, link)| Some((*index.get(name)?, *link))));
            links.sort_unstable();
            links.dedup_by_key(|(to, _)| *to);
            let part_of = composed.get(def.name).cloned().unwrap_or_default();
            needs.nodes.push(Node { def, selected: chosen.contains(def.name), part_of, needs: links });
        }
        needs
    }

    /// The selected plugins of this build and all that they require, by name.
    fn closure(
        &mut self,
        registry: &Registry,
        chosen: &BTreeSet<&str>,
        options: &Options,
    ) -> BTreeMap<&'static str, &'static PluginDef> {
        let mut defs = BTreeMap::new();
        let mut open: VecDeque<&'static PluginDef> =
            chosen.iter().filter_map(|name| registry.get(name)).map(|plugin| plugin.def).collect();
        while let Some(def) = open.pop_front() {
            if defs.insert(def.name, def).is_some() {
                continue;
            }
            for name in required(def, options) {
                match registry.get(name) {
                    Some(plugin) => open.push_back(plugin.def),
                    None => self.unlinked.push((def.name, name)),
                }
            }
        }
        defs
    }

    fn links(
        &mut self,
        def: &'static PluginDef,
        index: &BTreeMap<&str, usize>,
        serving: &BTreeMap<&str, Vec<usize>>,
        options: &Options,
    ) -> Vec<(usize, Link)> {
        let mut links = Vec::new();
        for requirement in def.requirements {
            let test = requirement.strength == Strength::Test;
            if test && !options.tests {
                continue;
            }
            match requirement.target {
                Target::Plugin(name) => {
                    let link = match requirement.strength {
                        Strength::Required => Link::Required,
                        Strength::Optional => Link::Optional,
                        Strength::Test => Link::Test,
                    };
                    links.extend(index.get(name).map(|to| (*to, link)));
                }
                Target::Capability(kind) => {
                    let others = serving.get(kind).into_iter().flatten();
                    let before = links.len();
                    links.extend(
                        others
                            .filter(|to| index.get(def.name) != Some(*to))
                            .map(|to| (*to, Link::Capability(kind))),
                    );
                    if links.len() == before && requirement.strength != Strength::Optional {
                        self.unserved.push((def.name, kind));
                    }
                }
            }
        }
        links
    }
}

/// The plugins without which `def` does not load.
fn required<'a>(def: &'a PluginDef, options: &'a Options) -> impl Iterator<Item = &'static str> + 'a {
    let required = def.requirements.iter().filter_map(move |requirement| {
        match (requirement.target, requirement.strength) {
            (Target::Plugin(name), Strength::Required) => Some(name),
            (Target::Plugin(name), Strength::Test) if options.tests => Some(name),
            _ => None,
        }
    });
    required.chain(def.members.iter().map(|member| member.name))
}

/// What the tests of the selected plugins require, with all that this requires in turn: selected by the tests.
fn tests_of(registry: &Registry, chosen: &BTreeSet<&str>) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    let of = |name: &str, strength: Strength| {
        let requirements = registry.get(name).map_or(&[][..], |plugin| plugin.def.requirements);
        requirements.iter().filter(move |r| r.strength == strength).filter_map(|r| match r.target {
            Target::Plugin(name) => Some(name),
            Target::Capability(_) => None,
        })
    };
    let mut open: Vec<&'static str> = chosen.iter().flat_map(|name| of(name, Strength::Test)).collect();
    while let Some(name) = open.pop() {
        if names.insert(name) {
            open.extend(of(name, Strength::Required));
        }
    }
    names
}

/// The plugins of the graph by the model kinds and the kinds of service that they serve.
fn serving<'a>(registry: &'a Registry, index: &BTreeMap<&str, usize>) -> BTreeMap<&'a str, Vec<usize>> {
    let mut serving: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (name, number) in index {
        let Some(plugin) = registry.get(name) else { continue };
        let models = plugin.models.iter().flat_map(|model| model.kinds).map(|kind| kind.name());
        for kind in models.chain(plugin.service_kinds()) {
            let plugins = serving.entry(kind).or_default();
            if plugins.last() != Some(number) {
                plugins.push(*number);
            }
        }
    }
    serving
}
