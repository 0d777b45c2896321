import { words } from "../core/format";
import type { PluginDetail } from "../core/types";
import { Status, Tag } from "../ui/basic";
import { Disclosure } from "../ui/Disclosure";

const LISTS: [key: "actions" | "providers" | "evaluators" | "models" | "routes" | "tasks" | "events", title: string][] = [
  ["actions", "Actions"], ["providers", "Providers"], ["evaluators", "Evaluators"], ["models", "Models"], ["routes", "Routes"], ["tasks", "Tasks"], ["events", "Events"],
];

/** What a plugin brings, kind by kind. */
export function Parts({ plugin }: { plugin: PluginDetail }) {
  const shown = LISTS.filter(([key]) => (plugin[key]?.length ?? 0) > 0);
  const services = plugin.services ?? [];
  if (shown.length === 0 && services.length === 0) return null;
  return (
    <section>
      <h3>Parts</h3>
      {services.length > 0 && (
        <Disclosure class="parts" summary={<><span>Services</span><span class="figure">{services.length}</span></>}>
          {() => (
            <ul class="part-list">
              {services.map((one) => <li key={one.service}><code>{one.service}</code><Status word={one.state} />{(one.restarts ?? 0) > 0 && <p>started anew {one.restarts} times</p>}</li>)}
            </ul>
          )}
        </Disclosure>
      )}
      {shown.map(([key, title]) => (
        <Disclosure key={key} class="parts" summary={<><span>{title}</span><span class="figure">{plugin[key]!.length}</span></>}>
          {() => <ul class="part-list">{plugin[key]!.map((part) => <li key={part}><code>{part}</code></li>)}</ul>}
        </Disclosure>
      ))}
    </section>
  );
}

/** What it asks for, and what it was given. */
export function Grants({ plugin }: { plugin: PluginDetail }) {
  const asked = plugin.permissions ?? [];
  const given = Object.entries(plugin.grants ?? {}).filter(([, scope]) => Array.isArray(scope) && scope.length > 0);
  if (asked.length === 0 && given.length === 0) return null;
  return (
    <section>
      <h3>Permissions</h3>
      <dl class="facts">
        {asked.length > 0 && <div><dt>Asks for</dt><dd>{asked.map((one) => <span key={one} class="line-of">{one}</span>)}</dd></div>}
        {given.length > 0
          ? given.map(([kind, scope]) => <div key={kind}><dt>{words(kind)}</dt><dd>{scope.map((one) => <Tag key={one} tone="ok">{one}</Tag>)}</dd></div>)
          : <div><dt>Granted</dt><dd>nothing</dd></div>}
      </dl>
    </section>
  );
}
