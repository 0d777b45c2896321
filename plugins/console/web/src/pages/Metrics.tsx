import { useEffect, useState } from "preact/hooks";
import { count, micros, money, words } from "../core/format";
import { get } from "../core/http";
import { useResource } from "../core/resource";
import { route, setQuery } from "../core/route";
import { base, current } from "../core/session";
import type { PartStat, Spent, StatPoint, Stats } from "../core/types";
import { Header, Search, Select, Time } from "../ui/basic";
import { Icon } from "../ui/Icon";
import { Empty, Load } from "../ui/Load";
import { Plot } from "./Plot";

const SPANS: [value: string, text: string][] = [["15", "15 minutes"], ["60", "1 hour"], ["360", "6 hours"], ["1440", "24 hours"]];

export function Metrics() {
  const minutes = route.value.query.get("minutes") ?? "60";
  const stats = useResource(`${current.value!.id} ${minutes}`, (signal) => get<Stats>(`${base.value}/stats?minutes=${minutes}`, signal));
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && stats.reload(), 15_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <Header title="Metrics" about="Counted in this process, one point a minute">
        <Select label="How far back" value={minutes} options={SPANS} onChange={(value) => setQuery({ minutes: value })} />
      </Header>
      <Load of={stats}>{(data) => <All stats={data} />}</Load>
    </>
  );
}

/** A day has more minutes than a plot has room for: several become one point. */
export function thin(points: StatPoint[], most: number): StatPoint[] {
  const size = Math.ceil(points.length / most);
  if (size <= 1) return points;
  const thinned: StatPoint[] = [];
  for (let n = 0; n < points.length; n += size) {
    const some = points.slice(n, n + size);
    const point: StatPoint = { at: some[0]!.at };
    for (const key of new Set(some.flatMap((one) => Object.keys(one)))) {
      const values = some.map((one) => one[key]).filter((value) => typeof value === "number");
      if (values.length === 0) continue;
      const isLevel = /p50|p99|micros/.test(key);
      const sum = values.reduce((all, value) => all + value, 0);
      point[key] = isLevel ? Math.max(...values) : sum;
    }
    thinned.push(point);
  }
  return thinned;
}

function All({ stats }: { stats: Stats }) {
  const points = thin(stats.series, 120);
  const has = (key: string) => stats.series.some((point) => typeof point[key] === "number");
  const prefix = has("turn-micros-p50") ? "turn" : "model";
  const sum = (key: string) => stats.series.reduce((all, point) => all + (Number(point[key]) || 0), 0);
  return (
    <div class="metrics">
      <dl class="tiles">
        <div><dt>Messages</dt><dd>{count(sum("messages"))}</dd></div>
        <div><dt>Turns</dt><dd>{count(sum("turns"))}</dd></div>
        <div><dt>Failed</dt><dd class={sum("failed") > 0 ? "bad" : ""}>{count(sum("failed"))}</dd></div>
        <div><dt>Tokens</dt><dd>{count(sum("tokens-in"))} <small>in</small> {count(sum("tokens-out"))} <small>out</small></dd></div>
        <div><dt>Cost</dt><dd>{money(sum("cost"))}</dd></div>
      </dl>
      <div class="plots">
        <Plot title="Turns" points={points} series={[{ key: "turns", name: "turns", hue: 1 }, { key: "failed", name: "failed", hue: 3 }]} format={count} bars />
        <Plot title={prefix === "turn" ? "Time of a turn" : "Time of a model call"} points={points} series={[{ key: `${prefix}-micros-p50`, name: "median", hue: 1 }, ...(has(`${prefix}-micros-p99`) ? [{ key: `${prefix}-micros-p99`, name: "99 %", hue: 2 as const }] : [])]} format={micros} />
        <Plot title="Tokens" points={points} series={[{ key: "tokens-in", name: "in", hue: 2 }, { key: "tokens-out", name: "out", hue: 1 }]} format={count} bars />
        <Plot title="Cost" points={points} series={[{ key: "cost", name: "dollars", hue: 1 }]} format={money} bars />
      </div>
      <Parts parts={stats.parts} />
      <div class="two">
        <Caches caches={stats.caches} />
        <Budgets spent={stats.spent} />
      </div>
    </div>
  );
}

type Column = "kind" | "name" | "plugin" | "calls" | "failures" | "total-micros" | "p50" | "p99";
const COLUMNS: [key: Column, text: string, number: boolean][] = [
  ["name", "Part", false], ["kind", "Kind", false], ["plugin", "Plugin", false], ["calls", "Calls", true], ["failures", "Failed", true], ["p50", "Median", true], ["p99", "99 %", true], ["total-micros", "Together", true],
];

function Parts({ parts }: { parts: PartStat[] }) {
  const [column, setColumn] = useState<Column>("total-micros");
  const [down, setDown] = useState(true);
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const shown = parts
    .filter((part) => `${part.name} ${part.kind} ${part.plugin ?? ""}`.toLowerCase().includes(wanted))
    .sort((a, b) => {
      const [x, y] = [a[column] ?? "", b[column] ?? ""];
      const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
      return down ? -order : order;
    });
  const sort = (key: Column, number: boolean) => (key === column ? setDown(!down) : (setColumn(key), setDown(number)));
  const most = Math.max(1, ...parts.map((part) => part["total-micros"]));
  return (
    <section class="group-of">
      <header class="group-head"><h2>Parts</h2><Search label="Filter parts" value={text} onInput={setText} /></header>
      {shown.length === 0 ? <Empty icon="metrics" title={wanted ? "No part like that" : "Nothing ran yet"} /> : (
        <div class="scroll-x" tabIndex={0} role="region" aria-label="Parts">
          <table class="data parts-table">
            <thead>
              <tr>
                {COLUMNS.map(([key, title, number]) => (
                  <th key={key} class={number ? "right" : ""} aria-sort={key === column ? (down ? "descending" : "ascending") : "none"}>
                    <button type="button" onClick={() => sort(key, number)}>{title}{key === column && <span class={`sort ${down ? "down" : "up"}`}><Icon name="chevron" size={10} /></span>}</button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((part) => (
                <tr key={`${part.kind} ${part.plugin} ${part.name} ${part["model-kind"] ?? ""}`}>
                  <td><code>{part.name || part["model-kind"]}</code></td>
                  <td class="soft">{part.kind}</td>
                  <td class="soft">{part.plugin}</td>
                  <td class="right">{count(part.calls)}</td>
                  <td class={`right ${part.failures > 0 ? "bad" : "soft"}`}>{part.failures || ""}</td>
                  <td class="right">{micros(part.p50)}</td>
                  <td class="right">{micros(part.p99)}</td>
                  <td class="right together"><span class="share" style={{ width: `${(part["total-micros"] / most) * 64}px` }} />{micros(part["total-micros"])}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Caches({ caches }: { caches: Stats["caches"] }) {
  if (caches.length === 0) return null;
  return (
    <section class="group-of">
      <h2>Caches</h2>
      <ul class="meters">
        {caches.map((cache) => {
          const all = cache.hits + cache.misses;
          const share = all === 0 ? 0 : cache.hits / all;
          return (
            <li key={cache.name}>
              <span>{words(cache.name)}</span>
              <Meter share={share} label={`Hits of ${cache.name}`} />
              <span class="figure">{all === 0 ? "unused" : `${Math.round(share * 100)} % of ${count(all)}`}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Meter({ share, label, tone = "" }: { share: number; label: string; tone?: string }) {
  const percent = Math.round(Math.min(1, share) * 100);
  return <span class={`meter ${tone}`} role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}><i style={{ width: `${percent}%` }} /></span>;
}

/** What was spent since the start, and how the budgets stand. */
function Budgets({ spent }: { spent: Spent }) {
  return (
    <section class="group-of">
      <h2>Spent</h2>
      <ul class="meters">
        <li><span>Since the start</span><span class="figure">{count(spent["tokens-in"] + spent["tokens-out"])} tokens{spent.cost > 0 && `, ${money(spent.cost)}`}</span></li>
        {spent.budgets.map((budget, n) => {
          const format = budget.unit === "tokens" ? (value: number) => `${count(value)} tokens` : (value: number) => money(value / 1e9);
          const share = budget.limit === 0 ? 1 : budget.used / budget.limit;
          const name = `${words(budget.holder)}, ${words(budget.period)}`;
          return (
            <li key={n}>
              <span>{name}{budget.renews && <small> renews <Time at={budget.renews} relative /></small>}</span>
              <Meter share={share} label={`Budget of ${name}`} tone={share >= 1 ? "bad" : share > 0.8 ? "warn" : ""} />
              <span class="figure">{format(budget.used)} of {format(budget.limit)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
