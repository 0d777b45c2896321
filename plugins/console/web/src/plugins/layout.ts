import dagre from "@dagrejs/dagre";
import type { Graph } from "../core/types";

export const HEIGHT = 48;
const GAP = 14;

export interface Placed {
  id: string;
  x: number;
  y: number;
}

export interface Line {
  from: string;
  to: string;
  kind: string;
  path: string;
}

export interface Picture {
  /** How wide a node is. */
  node: number;
  width: number;
  height: number;
  nodes: Placed[];
  lines: Line[];
}

/** Places plugins: what is needed stands before what needs it; those that stand alone come below, in rows. */
export function layout(graph: Graph, wide: number): Picture {
  const isNarrow = wide < 480;
  const size = { width: isNarrow ? 128 : 152, height: HEIGHT };
  const bound = new Set(graph.edges.flatMap((edge) => [edge.from, edge.to]));
  const drawing = new dagre.graphlib.Graph({ multigraph: true });
  drawing.setGraph({ rankdir: "LR", nodesep: GAP, ranksep: isNarrow ? 40 : 104, marginx: 2, marginy: 2 });
  drawing.setDefaultEdgeLabel(() => ({}));
  const ordered = [...graph.nodes].sort((a, b) => (a.order ?? 1e9) - (b.order ?? 1e9));
  const together = ordered.filter((node) => bound.has(node.id));
  const alone = ordered.filter((node) => !bound.has(node.id));
  for (const node of together) drawing.setNode(node.id, { ...size });
  const known = new Set(together.map((node) => node.id));
  const edges = graph.edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  for (const edge of edges) drawing.setEdge(edge.to, edge.from, {}, edge.kind);
  if (together.length > 0) dagre.layout(drawing);
  const whole = together.length > 0 ? drawing.graph() : { width: 0, height: 0 };
  const nodes = together.map(({ id }): Placed => {
    const { x, y } = drawing.node(id) as unknown as { x: number; y: number };
    return { id, x: x - size.width / 2, y: y - size.height / 2 };
  });
  const lines = edges.map((edge): Line => {
    const { points } = drawing.edge(edge.to, edge.from, edge.kind) as { points: { x: number; y: number }[] };
    return { ...edge, path: curve(points) };
  });
  const top = together.length > 0 ? (whole.height ?? 0) + GAP * 1.5 : 2;
  const room = Math.max(whole.width ?? 0, wide);
  const columns = Math.max(1, Math.floor((room + GAP) / (size.width + GAP)));
  alone.forEach(({ id }, n) => nodes.push({ id, x: 2 + (n % columns) * (size.width + GAP), y: top + Math.floor(n / columns) * (size.height + GAP) }));
  return {
    node: size.width,
    width: Math.max(...nodes.map((node) => node.x + size.width), 0) + 2,
    height: Math.max(...nodes.map((node) => node.y + size.height), 0) + 2,
    nodes,
    lines,
  };
}

function curve(points: { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${round(first.x)} ${round(first.y)}`;
  for (let n = 0; n < rest.length; n += 1) {
    const point = rest[n]!;
    const next = rest[n + 1];
    if (!next) path += `L${round(point.x)} ${round(point.y)}`;
    else path += `Q${round(point.x)} ${round(point.y)} ${round((point.x + next.x) / 2)} ${round((point.y + next.y) / 2)}`;
  }
  return path;
}

const round = (value: number) => Math.round(value * 10) / 10;

/** The node next to another in the direction of an arrow key. */
export function neighbour(picture: Picture, id: string, key: string): string | undefined {
  const from = picture.nodes.find((node) => node.id === id);
  const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key] ?? [0, 0];
  if (!from || (dx === 0 && dy === 0)) return undefined;
  let best: { id: string; cost: number } | undefined;
  for (const node of picture.nodes) {
    const along = (node.x - from.x) * dx! + (node.y - from.y) * dy!;
    const aside = Math.abs((node.x - from.x) * dy!) + Math.abs((node.y - from.y) * dx!);
    if (along <= 1) continue;
    const cost = along + aside * 2;
    if (!best || cost < best.cost) best = { id: node.id, cost };
  }
  return best?.id;
}
