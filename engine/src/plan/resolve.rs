//! From a selection of plugins to the order in which they load, or to everything that is wrong with it.

use super::{
    Link, Options, Problem, Reason, Selected, Step, Wanter,
    cycle::cycles,
    needs::{Needs, Node},
};
use crate::{
    definition::{Strength, Target},
    registry::Registry,
};
use semver::{Version, VersionReq};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque},
};

/// The load order of a selection: what a plugin needs stands before it; among plugins that this leaves free, higher
/// priority goes first, then the name. The same selection gives the same order on every machine.
///
/// # Errors
/// Every problem there is, in a fixed order: unknown plugins, missing ones, cycles, versions, unserved model kinds.
pub fn resolve(
    registry: &Registry,
    selected: &[Selected<'_>],
    options: &Options,
) -> Result<Vec<Step>, Vec<Problem>> {
    let needs = Needs::of(registry, selected, options);
    let mut problems = unknown(registry, selected);
    problems.extend(missing(&needs));
    problems.extend(cycles(&needs.nodes).into_iter().map(|path| Problem::Cycle { path }));
    problems.extend(wrong_versions(registry, &needs, selected, options));
    problems.extend(unserved(registry, &needs));
    if problems.is_empty() { Ok(steps(&needs.nodes, selected)) } else { Err(problems) }
}

fn unknown(registry: &Registry, selected: &[Selected<'_>]) -> Vec<Problem> {
    let names: BTreeSet<&str> =
        selected.iter().map(|s| s.name).filter(|name| registry.get(name).is_none()).collect();
    names.into_iter().map(|name| Problem::Unknown { plugin: name.to_owned() }).collect()
}

/// Walks from the selected plugins along what is required, nearest first, and notes what nobody selected.
fn missing(needs: &Needs) -> Vec<Problem> {
    let nodes = &needs.nodes;
    let mut came_from: Vec<Option<usize>> = vec![None; nodes.len()];
    let mut users: Vec<Vec<&'static str>> = vec![Vec::new(); nodes.len()];
    let mut open: VecDeque<usize> = (0..nodes.len()).filter(|node| nodes[*node].selected).collect();
    let mut found = Vec::new();
    while let Some(at) = open.pop_front() {
        let required = nodes[at].needs.iter().filter(|(_, link)| matches!(link, Link::Required | Link::Test));
        for &(to, _) in required.filter(|(to, _)| !nodes[*to].selected) {
            if nodes[at].selected {
                users[to].push(nodes[at].def.name);
            }
            if came_from[to].is_none() {
                came_from[to] = Some(at);
                open.push_back(to);
                found.push(to);
            }
        }
    }
    let chain = |mut at: usize| {
        let mut chain = vec![nodes[at].def.name];
        while let Some(before) = came_from[at] {
            chain.push(nodes[before].def.name);
            at = before;
        }
        chain.reverse();
        chain
    };
    let linked = found.into_iter().map(|node| {
        let chain = chain(node);
        let also = users[node].iter().copied().filter(|user| *user != chain[0]).collect();
        Problem::Missing { plugin: nodes[node].def.name, chain, also, linked: true }
    });
    let mut problems: Vec<Problem> = linked.collect();
    let mut unlinked: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for (user, name) in &needs.unlinked {
        unlinked.entry(name).or_default().push(user);
    }
    for (plugin, mut users) in unlinked {
        users.sort_unstable();
        users.dedup();
        let first = nodes.binary_search_by_key(&users[0], |node| node.def.name);
        let mut chain = first.map(chain).unwrap_or_default();
        chain.push(plugin);
        let also = users.into_iter().skip(1).collect();
        problems.push(Problem::Missing { plugin, chain, also, linked: false });
    }
    problems
}

fn wrong_versions(
    registry: &Registry,
    needs: &Needs,
    selected: &[Selected<'_>],
    options: &Options,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for choice in selected {
        let (Some(range), Some(plugin)) = (choice.versions, registry.get(choice.name)) else {
            continue;
        };
        let (plugin, found) = (plugin.def.name, plugin.def.version);
        let wanted = range.to_owned();
        match VersionReq::parse(range) {
            Err(error) => problems.push(Problem::Range { plugin, range: wanted, why: error.to_string() }),
            Ok(range) if accepts(&range, found) => {}
            Ok(_) => problems.push(Problem::Version { plugin, wanted, found, by: Wanter::Character }),
        }
    }
    for node in &needs.nodes {
        let by = node.def.name;
        if let Some(wanted) = node.def.engine.filter(|range| !fits(range, options.engine)) {
            problems.push(Problem::Engine { plugin: by, wanted, found: options.engine.to_owned() });
        }
        for requirement in node.def.requirements {
            let (Target::Plugin(name), Some(range)) = (requirement.target, requirement.versions) else {
                continue;
            };
            let counts = options.tests || requirement.strength != Strength::Test;
            let other = needs.nodes.binary_search_by_key(&name, |node| node.def.name).ok().filter(|_| counts);
            let Some(other) = other.map(|number| needs.nodes[number].def) else {
                continue;
            };
            if !fits(range, other.version) {
                let (plugin, found) = (other.name, other.version);
                problems.push(Problem::Version {
                    plugin,
                    wanted: range.to_owned(),
                    found,
                    by: Wanter::Plugin(by),
                });
            }
        }
    }
    problems
}

/// Ranges and versions of definitions were read once by the registry; one that cannot be read fits nothing.
fn fits(range: &str, version: &str) -> bool {
    VersionReq::parse(range).is_ok_and(|range| accepts(&range, version))
}

fn accepts(range: &VersionReq, version: &str) -> bool {
    Version::parse(version).is_ok_and(|version| range.matches(&version))
}

fn unserved(registry: &Registry, needs: &Needs) -> Vec<Problem> {
    let pairs: BTreeSet<(&'static str, &'static str)> = needs.unserved.iter().copied().collect();
    let problem = |(plugin, kind)| {
        let known =
            registry.serving(kind).map(|other| other.def.name).filter(|name| *name != plugin).collect();
        Problem::Unserved { plugin, kind, known }
    };
    pairs.into_iter().map(problem).collect()
}

/// Kahn's algorithm; the heap holds what may load next. There is no cycle in `nodes`.
fn steps(nodes: &[Node], selected: &[Selected<'_>]) -> Vec<Step> {
    let mut waits: Vec<usize> = nodes.iter().map(|node| node.needs.len()).collect();
    let mut users: Vec<Vec<(usize, Link)>> = vec![Vec::new(); nodes.len()];
    for (user, node) in nodes.iter().enumerate() {
        for (needed, link) in &node.needs {
            users[*needed].push((user, *link));
        }
    }
    // Numbers follow names, so they break ties; the heap gives its greatest first.
    let entry = |node: usize| (nodes[node].def.priority, Reverse(node));
    let mut ready: BinaryHeap<_> = (0..nodes.len()).filter(|node| waits[*node] == 0).map(entry).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some((_, Reverse(node))) = ready.pop() {
        order.push(node);
        for (user, _) in &users[node] {
            waits[*user] -= 1;
            if waits[*user] == 0 {
                ready.push(entry(*user));
            }
        }
    }
    let lines: BTreeMap<&str, Option<usize>> = selected.iter().map(|s| (s.name, s.line)).collect();
    let step = |(position, node): (usize, &usize)| {
        let def = nodes[*node].def;
        let part_of = nodes[*node].part_of.clone();
        let selected = lines.get(def.name).map(|line| Reason::Selected { line: *line });
        let member = part_of.last().map(|composed| Reason::PartOf(composed));
        let mut why = vec![selected.or(member).unwrap_or(Reason::Tested)];
        why.extend(
            users[*node]
                .iter()
                .filter(|(_, link)| *link != Link::Member)
                .map(|(user, link)| Reason::NeededBy { plugin: nodes[*user].def.name, link: *link }),
        );
        why.extend(order.get(position + 1).and_then(|next| before(nodes, *node, *next)));
        let needs =
            nodes[*node].needs.iter().map(|(needed, link)| (nodes[*needed].def.name, *link)).collect();
        Step { plugin: def, needs, part_of, why }
    };
    order.iter().enumerate().map(step).collect()
}

/// Why a plugin stands before the next one, where need does not say so.
fn before(nodes: &[Node], this: usize, next: usize) -> Option<Reason> {
    if nodes[next].needs.iter().any(|(needed, _)| *needed == this) {
        return None;
    }
    let (own, other) = (nodes[this].def.priority, nodes[next].def.priority);
    let priorities = (own != other).then_some((own, other));
    Some(Reason::Before { plugin: nodes[next].def.name, priorities })
}
