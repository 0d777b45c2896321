import { useState } from "preact/hooks";
import { plural } from "../core/format";
import { get } from "../core/http";
import { useResource } from "../core/resource";
import { go, href, route, setQuery } from "../core/route";
import { base, current, here } from "../core/session";
import type { Graph, Page, Plugin } from "../core/types";
import { useLive } from "../core/useLive";
import { Header, Search, Status, type Tone } from "../ui/basic";
import { Empty, Load } from "../ui/Load";
import { GraphView } from "./GraphView";
import { Panel } from "./Panel";

/** The services of a plugin, as the worst of them stands. */
export function healthOf(plugin: Plugin): { word: string; tone: Tone } | undefined {
  const known = plugin.services ?? [];
  const worst = known.find((one) => one.state === "down") ?? known.find((one) => one.state === "restarting" || one.unwell);
  if (!worst) return undefined;
  return { word: `${worst.service} ${worst.unwell ? "unwell" : worst.state}`, tone: worst.state === "down" ? "bad" : "warn" };
}

const GROUPS: [standing: string, title: string][] = [["running", "Running"], ["off", "Off"], ["not-selected", "Available"]];

export function Plugins() {
  const id = current.value!.id;
  const plugins = useResource(id, (signal) => get<Page<Plugin>>(`${base.value}/plugins?limit=200`, signal));
  const graph = useResource(`${id} graph`, (signal) => get<Graph>(`${base.value}/graph`, signal));
  const [text, setText] = useState("");
  const selected = route.value.args[0];
  const view = route.value.query.get("view") === "list" ? "list" : "graph";
  const reload = () => (plugins.reload(), graph.reload());
  useLive(plugins.reload, (event) => event.name === "PLUGINS_CHANGED");
  useLive(graph.reload, (event) => event.name === "PLUGINS_CHANGED");
  const select = (name: string) => go(`${href(here.value, "plugins", name)}${view === "list" ? "?view=list" : ""}`);
  return (
    <div class={`split ${selected ? "with-panel" : ""}`}>
      <section class="split-main">
        <Header title="Plugins" about={plugins.data && `${plural(plugins.data.items.filter((one) => one.standing === "running").length, "plugin")} of ${plugins.data.items.length} run`}>
          <div class="segments" role="group" aria-label="View">
            <button type="button" aria-pressed={view === "graph"} onClick={() => setQuery({ view: undefined })}>Load order</button>
            <button type="button" aria-pressed={view === "list"} onClick={() => setQuery({ view: "list" })}>List</button>
          </div>
          <Search label="Search plugins" value={text} onInput={setText} />
        </Header>
        {view === "graph" && text === "" ? (
          <>
            <Load of={graph}>
              {(data) => (data.nodes.length === 0 ? <Empty icon="plugins" title="No plugin runs" /> : <GraphView graph={chosen(data)} selected={selected} select={select} />)}
            </Load>
            {plugins.data && <Rest plugins={plugins.data.items} selected={selected} />}
          </>
        ) : (
          <Load of={plugins}>{(data) => <List plugins={data.items.filter((one) => matches(one, text))} selected={selected} view={view} />}</Load>
        )}
      </section>
      {selected && <Panel key={selected} name={selected} all={plugins.data?.items ?? []} changed={reload} />}
    </div>
  );
}

/** What the character does not select has no place in the order. */
function chosen(graph: Graph): Graph {
  const nodes = graph.nodes.filter((node) => node.standing !== "not-selected");
  return { ...graph, nodes };
}

function matches(plugin: Plugin, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const parts = [plugin.actions, plugin.providers, plugin.models].flatMap((all) => all ?? []);
  return wanted === "" || [plugin.name, plugin.description ?? "", ...parts].some((one) => one.toLowerCase().includes(wanted));
}

function Rest({ plugins, selected }: { plugins: Plugin[]; selected: string | undefined }) {
  const rest = plugins.filter((plugin) => plugin.standing === "not-selected");
  if (rest.length === 0) return null;
  return (
    <section class="group-of">
      <h2>Available</h2>
      <Rows plugins={rest} selected={selected} view="graph" />
    </section>
  );
}

function List({ plugins, selected, view }: { plugins: Plugin[]; selected: string | undefined; view: string }) {
  if (plugins.length === 0) return <Empty icon="search" title="Nothing like that"><p>No plugin, action or model has this name.</p></Empty>;
  return (
    <>
      {GROUPS.map(([standing, title]) => {
        const some = plugins.filter((plugin) => plugin.standing === standing).sort((a, b) => (a.order ?? 1e9) - (b.order ?? 1e9) || a.name.localeCompare(b.name));
        return some.length === 0 ? null : (
          <section key={standing} class="group-of">
            <h2>{title}</h2>
            <Rows plugins={some} selected={selected} view={view} />
          </section>
        );
      })}
    </>
  );
}

function Rows({ plugins, selected, view }: { plugins: Plugin[]; selected: string | undefined; view: string }) {
  return (
    <ul class="rows">
      {plugins.map((plugin) => {
        const health = healthOf(plugin);
        return (
          <li key={plugin.name}>
            <a class="row plugin-row" href={`${href(here.value, "plugins", plugin.name)}${view === "list" ? "?view=list" : ""}`} aria-current={plugin.name === selected ? "true" : undefined}>
              <span class="order">{plugin.order ?? ""}</span>
              <span class="row-main"><b>{plugin.name}</b><span>{plugin.description}</span></span>
              {health ? <Status word={health.word} tone={health.tone} /> : plugin.standing !== "not-selected" && <Status word={plugin.standing} />}
            </a>
          </li>
        );
      })}
    </ul>
  );
}
