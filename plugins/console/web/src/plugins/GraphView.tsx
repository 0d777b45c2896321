import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Graph } from "../core/types";
import { toneOf } from "../ui/basic";
import { HEIGHT, layout, neighbour } from "./layout";

/** The load order as a picture: each plugin, and lines to what it needs. Arrow keys walk through it. */
export function GraphView({ graph, selected, select }: { graph: Graph; selected: string | undefined; select: (id: string) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const [wide, setWide] = useState(800);
  const [over, setOver] = useState<string>();
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWide(entry.contentRect.width));
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const picture = useMemo(() => layout(graph, wide), [graph, wide]);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const lit = over ?? selected;
  const near = new Set(graph.edges.filter((edge) => edge.from === lit || edge.to === lit).flatMap((edge) => [edge.from, edge.to]));
  const kinds = [...new Set(graph.edges.map((edge) => edge.kind))];
  const entry = selected && nodes.has(selected) ? selected : picture.nodes[0]?.id;
  const walk = (event: KeyboardEvent, id: string) => {
    const next = neighbour(picture, id, event.key);
    if (next !== undefined) {
      event.preventDefault();
      svg.current?.querySelector<SVGElement>(`[data-id="${CSS.escape(next)}"]`)?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      select(id);
    }
  };
  return (
    <div class="graph" ref={box}>
      <div class="graph-scroll">
        <svg ref={svg} width={picture.width} height={picture.height} viewBox={`0 0 ${picture.width} ${picture.height}`} role="group" aria-label="Plugins and what they need. Arrow keys move between them.">
          <defs>
            <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M1 1l6 3-6 3" /></marker>
          </defs>
          {picture.lines.map((line) => (
            <path key={`${line.from} ${line.to} ${line.kind}`} class={`edge ${edgeKind(line.kind)} ${lit ? (line.from === lit || line.to === lit ? "lit" : "dim") : ""}`} d={line.path} marker-end="url(#tip)" />
          ))}
          {picture.nodes.map(({ id, x, y }) => {
            const node = nodes.get(id)!;
            const needs = graph.edges.filter((edge) => edge.from === id).map((edge) => edge.to);
            const more = `${node.standing}${needs.length > 0 ? `, needs ${needs.join(", ")}` : ""}`;
            return (
              <g
                key={id} data-id={id} class={`node ${toneOf(node.standing)} ${id === selected ? "selected" : ""} ${lit && id !== lit && near.size > 0 && !near.has(id) ? "dim" : ""}`}
                transform={`translate(${x} ${y})`} role="button" tabIndex={id === entry ? 0 : -1} aria-description={more} aria-pressed={id === selected}
                onClick={() => select(id)} onKeyDown={(event) => walk(event, id)} onFocus={() => setOver(id)} onBlur={() => setOver(undefined)} onMouseEnter={() => setOver(id)} onMouseLeave={() => setOver(undefined)}
              >
                <rect width={picture.node} height={HEIGHT} rx="6" />
                <circle cx="14" cy="19" r="3.5" />
                <text x="26" y="23" class="node-name">{short(id, picture.node < 140 ? 12 : 16)}</text>
                <text x="26" y="38" class="node-more">{node.standing === "running" ? (node.version ?? "") : node.standing.replace("-", " ")}</text>
                {node.order !== undefined && <text x={picture.node - 10} y="23" class="node-order" text-anchor="end">{node.order}</text>}
              </g>
            );
          })}
        </svg>
      </div>
      <ul class="legend" aria-label="Lines">
        {kinds.map((kind) => <li key={kind}><svg width="28" height="8" aria-hidden="true"><path class={`edge ${edgeKind(kind)}`} d="M0 4h28" /></svg>{legend(kind)}</li>)}
        <li class="legend-note">Numbers are the load order</li>
      </ul>
    </div>
  );
}

const short = (id: string, most: number) => (id.length > most ? `${id.slice(0, most - 1)}…` : id);

function edgeKind(kind: string): string {
  return kind === "requires" || kind === "optional" ? kind : "kind";
}

function legend(kind: string): string {
  if (kind === "requires") return "requires";
  if (kind === "optional") return "loads after, if it is there";
  return kind.replace(/-/g, " ");
}
