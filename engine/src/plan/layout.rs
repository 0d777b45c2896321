//! Where the boxes and lines of a picture go: columns by rank, what is needed on the left.
//!
//! The usual way for layered graphs: a line that passes a column gets a place in it, the places of a column are
//! sorted by the middle of their neighbours, a few times over, so that few lines cross. Whole numbers only: the
//! same on every machine.

use super::graph::{Graph, GraphNode, lines};

const MARGIN: i32 = 20;
const BETWEEN_COLUMNS: i32 = 70;
const BETWEEN_ROWS: i32 = 18;
const BOX_HEIGHT: i32 = 44;
const LINE_HEIGHT: i32 = 12;
/// The width of a letter, in the first and in the second line of a box.
const LETTERS: [i32; 2] = [8, 6];
/// The letters of a line that a box makes room for.
const LONGEST: i32 = 200;
const SWEEPS: usize = 6;

/// A picture's measures, in pixels.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) width: i32,
    pub(super) height: i32,
    /// For every node, in the order of nodes.
    pub(super) boxes: Vec<Rectangle>,
    /// For every edge, in the order of edges: from the box that needs to the box that is needed.
    pub(super) routes: Vec<Vec<Point>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i32,
    pub(super) y: i32,
}

/// A place in a column: a box, or where a line passes.
#[derive(Default)]
struct Place {
    is_box: bool,
    column: usize,
    /// Neighbours in the columns to the left and to the right, as numbers of places.
    left: Vec<usize>,
    right: Vec<usize>,
    y: i32,
}

impl Layout {
    pub(super) fn of(graph: &Graph) -> Self {
        let (mut places, passages) = places(graph);
        let count = graph.nodes.iter().map(|node| node.rank + 1).max().unwrap_or(0);
        let mut columns: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (number, place) in places.iter().enumerate() {
            columns[place.column].push(number);
        }
        sort(&mut columns, &places);
        let height = columns.iter().map(|column| height(column, &places)).max().unwrap_or(0);
        for column in &columns {
            let mut y = MARGIN + (height - self::height(column, &places)) / 2;
            for number in column {
                let tall = tall(&places[*number]);
                places[*number].y = y + tall / 2;
                y += tall + BETWEEN_ROWS;
            }
        }
        let spans = spans(graph, count);
        let right = spans.last().map_or(MARGIN, |(x, width)| x + width);
        let boxes = graph.nodes.iter().zip(&places).map(|(node, place)| {
            let (x, width) = spans[node.rank];
            Rectangle { x, y: place.y - BOX_HEIGHT / 2, width, height: BOX_HEIGHT }
        });
        let boxes = boxes.collect();
        let routes = graph
            .edges
            .iter()
            .zip(&passages)
            .map(|(edge, passages)| route(edge.from, edge.to, passages, &places, &spans));
        let routes = routes.collect();
        Self { width: right + MARGIN, height: height + 2 * MARGIN, boxes, routes }
    }
}

/// The nodes' places, then those of passing lines; and which of these every edge passes, from right to left.
fn places(graph: &Graph) -> (Vec<Place>, Vec<Vec<usize>>) {
    let node = |node: &GraphNode| Place { is_box: true, column: node.rank, ..Place::default() };
    let mut places: Vec<Place> = graph.nodes.iter().map(node).collect();
    let mut passages = Vec::new();
    for edge in &graph.edges {
        let (from, to) = (graph.nodes[edge.from].rank, graph.nodes[edge.to].rank);
        let first = places.len();
        places.extend((to + 1..from).rev().map(|column| Place { column, ..Place::default() }));
        let passed: Vec<usize> = (first..places.len()).collect();
        let way: Vec<usize> =
            [edge.from].into_iter().chain(passed.iter().copied()).chain([edge.to]).collect();
        for pair in way.windows(2) {
            places[pair[0]].left.push(pair[1]);
            places[pair[1]].right.push(pair[0]);
        }
        passages.push(passed);
    }
    (places, passages)
}

/// Sorts every column by the middle of the neighbours, sweeping right and left.
fn sort(columns: &mut [Vec<usize>], places: &[Place]) {
    let mut row = vec![0_i64; places.len()];
    let number = |row: &mut Vec<i64>, column: &[usize]| {
        for (place, at) in column.iter().enumerate() {
            row[*at] = i64::try_from(place).unwrap_or(i64::MAX);
        }
    };
    for column in columns.iter() {
        number(&mut row, column);
    }
    for sweep in 0..SWEEPS {
        let is_right = sweep % 2 == 0;
        for step in 0..columns.len() {
            let at = if is_right { step } else { columns.len() - 1 - step };
            let middle = |place: &usize| {
                let near = if is_right { &places[*place].left } else { &places[*place].right };
                let sum: i64 = near.iter().map(|other| row[*other] * 1000).sum();
                i64::try_from(near.len())
                    .ok()
                    .filter(|len| *len > 0)
                    .map_or(row[*place] * 1000, |len| sum / len)
            };
            columns[at].sort_by_cached_key(middle);
            number(&mut row, &columns[at]);
        }
    }
}

fn tall(place: &Place) -> i32 {
    if place.is_box { BOX_HEIGHT } else { LINE_HEIGHT }
}

fn height(column: &[usize], places: &[Place]) -> i32 {
    column.iter().map(|number| tall(&places[*number]) + BETWEEN_ROWS).sum::<i32>() - BETWEEN_ROWS
}

/// The left edge and the width of every column.
fn spans(graph: &Graph, count: usize) -> Vec<(i32, i32)> {
    let mut x = MARGIN;
    let mut spans = Vec::new();
    for rank in 0..count {
        let labels =
            graph.nodes.iter().filter(|node| node.rank == rank).flat_map(|node| lines(node).zip(LETTERS));
        let widths = labels.map(|(line, letter)| {
            i32::try_from(line.chars().count()).map_or(LONGEST, |n| n.min(LONGEST)) * letter
        });
        let width = widths.max().unwrap_or(0) + 24;
        spans.push((x, width));
        x += width + BETWEEN_COLUMNS;
    }
    spans
}

/// From the left side of the one box, level across the columns it passes, to the right side of the other.
fn route(from: usize, to: usize, passed: &[usize], places: &[Place], spans: &[(i32, i32)]) -> Vec<Point> {
    let point = |number: usize, is_right: bool| {
        let (x, width) = spans[places[number].column];
        Point { x: if is_right { x + width } else { x }, y: places[number].y }
    };
    let mut route = vec![point(from, false)];
    route.extend(passed.iter().flat_map(|place| [point(*place, true), point(*place, false)]));
    route.push(point(to, true));
    route
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::GraphEdge;

    #[test]
    fn boxes_stand_apart_and_lines_join_them() {
        let mut graph = Graph { title: String::new(), nodes: Vec::new(), edges: Vec::new() };
        for from in 0..40_usize {
            let needed = [from / 2, from / 3, from.saturating_sub(7)];
            let mut needed: Vec<usize> =
                needed.into_iter().filter(|to| *to < from && from % 5 != 0).collect();
            needed.dedup();
            let rank = needed.iter().map(|to| graph.nodes[*to].rank + 1).max().unwrap_or(0);
            let name = "p".repeat(from);
            graph.nodes.push(GraphNode {
                name,
                version: String::new(),
                rank,
                condition: None,
                part_of: None,
            });
            graph.edges.extend(needed.into_iter().map(|to| GraphEdge {
                from,
                to,
                kind: None,
                optional: false,
            }));
        }
        let layout = Layout::of(&graph);
        let ends = |one: &Rectangle| (one.x + one.width, one.y + one.height);
        for (number, one) in layout.boxes.iter().enumerate() {
            let (right, bottom) = ends(one);
            assert!(one.x >= MARGIN && one.y >= MARGIN && right <= layout.width && bottom <= layout.height);
            for other in &layout.boxes[number + 1..] {
                let (other_right, other_bottom) = ends(other);
                let apart =
                    right < other.x || other_right < one.x || bottom < other.y || other_bottom < one.y;
                assert!(apart, "{one:?} {other:?}");
            }
        }
        for (edge, route) in graph.edges.iter().zip(&layout.routes) {
            let (from, to) = (layout.boxes[edge.from], layout.boxes[edge.to]);
            assert_eq!(route.first().map(|point| point.x), Some(from.x));
            assert_eq!(route.last().map(|point| point.x), Some(to.x + to.width));
        }
    }
}
