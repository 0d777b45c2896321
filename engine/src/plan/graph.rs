//! The plugins of a plan and what they need of each other, as a picture in several languages.

use super::{Plan, layout::Layout, svg};
use serde::Serialize;
use std::fmt::Write;

/// A picture of a plan. Serialised in kebab-case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Graph {
    /// The name of the character.
    pub title: String,
    /// The plugins in load order.
    pub nodes: Vec<GraphNode>,
    /// What they need, in the order of the plugins that need it.
    pub edges: Vec<GraphEdge>,
}

/// A plugin in a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct GraphNode {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The number of edges on the longest way from it to a plugin that needs nothing.
    pub rank: usize,
    /// The composed plugin that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
    /// When it runs; `None` for always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// A need in a picture. The numbers count nodes from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct GraphEdge {
    /// The plugin that needs.
    pub from: usize,
    /// The plugin that is needed; always a smaller number.
    pub to: usize,
    /// The model kind for which it is needed, where it is for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// It only loads after it; it does not need it.
    pub optional: bool,
}

impl Plan {
    /// The picture of this plan.
    #[must_use]
    pub fn graph(&self) -> Graph {
        let mut graph = Graph { title: self.character.name.clone(), nodes: Vec::new(), edges: Vec::new() };
        for plugin in &self.plugins {
            let from = graph.nodes.len();
            let before = &self.plugins[..from];
            let mut edges: Vec<GraphEdge> = Vec::new();
            for (to, other) in before.iter().enumerate() {
                let serves = |kind: &&String| other.components.models.contains(*kind);
                let is_required = plugin.requires.iter().any(|name| name == other.name);
                let kind = plugin.requires_kinds.iter().find(serves).cloned().filter(|_| !is_required);
                let is_optional = plugin.optional.iter().any(|name| name == other.name);
                if is_required || is_optional || kind.is_some() {
                    let optional = is_optional && !is_required && kind.is_none();
                    edges.push(GraphEdge { from, to, kind, optional });
                }
            }
            let rank = edges.iter().map(|edge| graph.nodes[edge.to].rank + 1).max().unwrap_or(0);
            let condition = (!plugin.condition.is_always()).then(|| plugin.condition.to_string());
            let (name, version) = (plugin.name.to_owned(), plugin.version.to_owned());
            let part_of = plugin.part_of.last().map(|&composed| composed.to_owned());
            graph.nodes.push(GraphNode { name, version, rank, part_of, condition });
            graph.edges.extend(edges);
        }
        graph
    }
}

impl GraphEdge {
    /// The need in words, without the names.
    pub(super) fn words(&self) -> String {
        match &self.kind {
            Some(kind) => format!("needs {kind} of"),
            None if self.optional => "can use".to_owned(),
            None => "requires".to_owned(),
        }
    }

    /// Whether, as the resolver ties them.
    pub(super) fn class(&self) -> &'static str {
        match (&self.kind, self.optional) {
            (Some(_), _) => "capability",
            (None, true) => "optional",
            (None, false) => "required",
        }
    }
}

impl Graph {
    /// As lines: every plugin in load order, below it what it needs.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (number, node) in self.nodes.iter().enumerate() {
            let condition =
                node.condition.as_ref().map(|condition| format!("  (runs {condition})")).unwrap_or_default();
            let part_of =
                node.part_of.as_ref().map(|composed| format!("  (part of {composed})")).unwrap_or_default();
            text.push_str(&format!("{} {}{part_of}{condition}\n", node.name, node.version));
            let needs: Vec<&GraphEdge> = self.edges.iter().filter(|edge| edge.from == number).collect();
            for (place, edge) in needs.iter().enumerate() {
                let branch = if place + 1 == needs.len() { "└─" } else { "├─" };
                text.push_str(&format!("{branch} {} {}\n", edge.words(), self.nodes[edge.to].name));
            }
        }
        text
    }

    /// As a Mermaid flowchart.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart RL\n");
        for (number, node) in self.nodes.iter().enumerate() {
            let lines = lines(node).map(|line| mermaid_text(&line)).collect::<Vec<_>>().join("<br/>");
            push(&mut text, format_args!("  n{number}[\"{lines}\"]\n"));
        }
        for GraphEdge { from, to, kind, optional } in &self.edges {
            let arrow = if *optional { "-.->" } else { "-->" };
            let label = kind.as_ref().map(|kind| format!("|\"{}\"|", mermaid_text(kind))).unwrap_or_default();
            push(&mut text, format_args!("  n{from} {arrow}{label} n{to}\n"));
        }
        text
    }

    /// In the DOT language of Graphviz.
    #[must_use]
    pub fn dot(&self) -> String {
        let mut text = format!("digraph {} {{\n", dot_text(&self.title));
        text.push_str("  rankdir=RL;\n  node [shape=box, style=rounded];\n");
        for (number, node) in self.nodes.iter().enumerate() {
            let label = lines(node).collect::<Vec<_>>().join("\n");
            push(&mut text, format_args!("  n{number} [label={}];\n", dot_text(&label)));
        }
        for GraphEdge { from, to, kind, optional } in &self.edges {
            let style = match kind {
                Some(kind) => format!(" [label={}]", dot_text(kind)),
                None if *optional => " [style=dashed]".to_owned(),
                None => String::new(),
            };
            push(&mut text, format_args!("  n{from} -> n{to}{style};\n"));
        }
        text.push_str("}\n");
        text
    }

    /// As an SVG picture that reads well on light and on dark ground.
    #[must_use]
    pub fn svg(&self) -> String {
        svg::draw(self, &Layout::of(self))
    }
}

/// What stands in the box of a plugin.
pub(super) fn lines(node: &GraphNode) -> impl Iterator<Item = String> {
    let part_of = node.part_of.as_ref().map(|composed| format!("part of {composed}"));
    [Some(format!("{} {}", node.name, node.version)), part_of, node.condition.clone()].into_iter().flatten()
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(line);
}

fn mermaid_text(text: &str) -> String {
    text.replace('#', "#35;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}

fn dot_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
