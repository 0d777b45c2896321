//! A laid-out picture as SVG.

use super::{
    graph::{Graph, GraphEdge, lines},
    layout::{Layout, Point, Rectangle},
};

const STYLE: &str = "\
text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; text-anchor: middle; }
.when { font-size: 11px; fill: #59636e; }
.box { fill: #f6f8fa; stroke: #818b98; }
.conditional { stroke-dasharray: 4 3; }
.edge { fill: none; stroke: #59636e; stroke-width: 1.5; }
.optional { stroke-dasharray: 5 4; }
.capability { stroke: #0969da; }
.head { fill: #59636e; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .when { fill: #9198a1; }
  .box { fill: #151b23; stroke: #656c76; }
  .edge { stroke: #9198a1; }
  .capability { stroke: #4493f8; }
  .head { fill: #9198a1; }
}
";

const HEAD: &str = "<marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
orient=\"auto\"><path class=\"head\" d=\"M0 0 L8 4 L0 8 Z\"/></marker>";

/// Draws a picture.
pub(super) fn draw(graph: &Graph, layout: &Layout) -> String {
    let Layout { width, height, boxes, routes } = layout;
    let title = escape(&format!("Plugins of {}", graph.title));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n<defs>{HEAD}</defs>\n"
    );
    for (edge, route) in graph.edges.iter().zip(routes) {
        svg.push_str(&line(graph, edge, route));
    }
    for (node, place) in graph.nodes.iter().zip(boxes) {
        let lines: Vec<String> = lines(node).collect();
        svg.push_str(&plugin(place, &lines));
    }
    svg.push_str("</svg>\n");
    svg
}

fn line(graph: &Graph, edge: &GraphEdge, route: &[Point]) -> String {
    let words = format!("{} {} {}", graph.nodes[edge.from].name, edge.words(), graph.nodes[edge.to].name);
    format!(
        "<path class=\"edge {}\" marker-end=\"url(#head)\" d=\"{}\"><title>{}</title></path>\n",
        edge.class(),
        path(route),
        escape(&words)
    )
}

/// Curves between columns, level lines across them.
fn path(route: &[Point]) -> String {
    let mut path = route.first().map(|start| format!("M{} {}", start.x, start.y)).unwrap_or_default();
    for (index, pair) in route.windows(2).enumerate() {
        let [one, other] = [pair[0], pair[1]];
        if index % 2 == 1 {
            path.push_str(&format!(" L{} {}", other.x, other.y));
        } else {
            let middle = i32::midpoint(one.x, other.x);
            path.push_str(&format!(" C{middle} {} {middle} {} {} {}", one.y, other.y, other.x, other.y));
        }
    }
    path
}

fn plugin(place: &Rectangle, lines: &[String]) -> String {
    let Rectangle { x, y, width, height } = place;
    let class = if lines.len() > 1 { "box conditional" } else { "box" };
    let mut svg = format!(
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n"
    );
    let middle = x + width / 2;
    let base = y + height / 2 + if lines.len() > 1 { -3 } else { 4 };
    for (index, (line, below)) in lines.iter().zip([0, 17]).enumerate() {
        let class = if index == 0 { "name" } else { "when" };
        let y = base + below;
        svg.push_str(&format!("<text class=\"{class}\" x=\"{middle}\" y=\"{y}\">{}</text>\n", escape(line)));
    }
    svg
}

fn escape(text: &str) -> String {
    let visible = text.chars().filter(|c| !c.is_control()).collect::<String>();
    visible.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
