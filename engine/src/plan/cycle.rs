//! Circles in the graph of needs.

use super::{Edge, needs::Node};
use std::collections::{BTreeMap, VecDeque, btree_map::Entry};

/// One true circle for every group of plugins that need each other, in the order of their first names.
///
/// Of each group, the circle is a shortest one through the plugin whose name comes first.
pub(super) fn cycles(nodes: &[Node]) -> Vec<Vec<Edge>> {
    let group = groups(nodes);
    let mut seen = vec![false; nodes.len()];
    let mut found = Vec::new();
    // Nodes are sorted by name: the first of a group is met first.
    for start in 0..nodes.len() {
        if !std::mem::replace(&mut seen[group[start]], true) {
            found.extend(circle(nodes, &group, start));
        }
    }
    found
}

/// The shortest way from a plugin back to itself without leaving its group.
fn circle(nodes: &[Node], group: &[usize], start: usize) -> Option<Vec<Edge>> {
    // Sparse: nearly every group is one plugin of many.
    let mut came_from = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for &(to, _) in nodes[at].needs.iter().filter(|(to, _)| group[*to] == group[start]) {
            if to == start {
                return Some(path(nodes, &came_from, start, at));
            }
            if let Entry::Vacant(entry) = came_from.entry(to) {
                entry.insert(at);
                open.push_back(to);
            }
        }
    }
    None
}

fn path(nodes: &[Node], came_from: &BTreeMap<usize, usize>, start: usize, last: usize) -> Vec<Edge> {
    let mut way = vec![start, last];
    let mut at = last;
    while let Some(&before) = came_from.get(&at).filter(|_| at != start) {
        way.push(before);
        at = before;
    }
    way.reverse();
    way.windows(2).filter_map(|pair| edge(nodes, pair[0], pair[1])).collect()
}

fn edge(nodes: &[Node], from: usize, to: usize) -> Option<Edge> {
    let (_, link) = nodes[from].needs.iter().find(|(other, _)| *other == to)?;
    Some(Edge { from: nodes[from].def.name, to: nodes[to].def.name, link: *link })
}

/// The strongly connected component of every node (Tarjan's algorithm, without recursion: graphs may be deep).
fn groups(nodes: &[Node]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let mut order = vec![UNSEEN; nodes.len()];
    let mut low = vec![0; nodes.len()];
    let mut group = vec![UNSEEN; nodes.len()];
    let (mut clock, mut groups, mut stack) = (0, 0, Vec::new());
    for root in 0..nodes.len() {
        if order[root] != UNSEEN {
            continue;
        }
        // The call stack of the recursive form: a node and how many of its edges are done.
        let mut calls = vec![(root, 0)];
        while let Some((at, done)) = calls.pop() {
            if done == 0 {
                (order[at], low[at]) = (clock, clock);
                clock += 1;
                stack.push(at);
            } else {
                let (child, _) = nodes[at].needs[done - 1];
                low[at] = low[at].min(low[child]);
            }
            let (mut next, mut descends) = (done, false);
            while let Some(&(to, _)) = nodes[at].needs.get(next).filter(|_| !descends) {
                next += 1;
                if order[to] == UNSEEN {
                    calls.extend([(at, next), (to, 0)]);
                    descends = true;
                } else if group[to] == UNSEEN {
                    low[at] = low[at].min(order[to]);
                }
            }
            if descends || low[at] != order[at] {
                continue;
            }
            while let Some(node) = stack.pop() {
                group[node] = groups;
                if node == at {
                    break;
                }
            }
            groups += 1;
        }
    }
    group
}
