import type { ComponentChildren } from "preact";
import { words } from "../core/format";
import type { Json, PluginDetail } from "../core/types";
import { Status, Tag } from "../ui/basic";
import { Disclosure } from "../ui/Disclosure";

const LISTS: [key: "actions" | "providers" | "evaluators" | "services" | "models" | "routes" | "tasks" | "events", title: string][] = [
  ["actions", "Actions"], ["providers", "Providers"], ["evaluators", "Evaluators"], ["services", "Services"],
  ["models", "Models"], ["routes", "Routes"], ["tasks", "Tasks"], ["events", "Events"],
];

function partOf(part: unknown): { name: string; about?: string; more?: ComponentChildren } {
  if (typeof part === "string") return { name: part };
  const one = part as Record<string, Json | undefined>;
  const path = one["path"] ? `${String(one["method"] ?? "")} ${String(one["path"])}`.trim() : undefined;
  const name = String(path ?? one["name"] ?? one["kind"] ?? "");
  const about = [one["description"], one["why"], one["model"]].find((text) => typeof text === "string") as string | undefined;
  const status = typeof one["status"] === "string" ? <Status word={one["status"]} /> : undefined;
  return { name, ...(about ? { about } : {}), ...(status ? { more: status } : {}) };
}

/** What a plugin brings, kind by kind. */
export function Parts({ plugin }: { plugin: PluginDetail }) {
  const shown = LISTS.filter(([key]) => (plugin[key]?.length ?? 0) > 0);
  if (shown.length === 0) return null;
  return (
    <section>
      <h3>Parts</h3>
      {shown.map(([key, title]) => {
        const parts = plugin[key]!.map(partOf);
        return (
          <Disclosure key={key} class="parts" summary={<><span>{title}</span><span class="figure">{parts.length}</span></>}>
            {() => (
              <ul class="part-list">
                {parts.map((part, n) => <li key={n}><code>{part.name}</code>{part.more}{part.about && <p>{part.about}</p>}</li>)}
              </ul>
            )}
          </Disclosure>
        );
      })}
    </section>
  );
}

function permission(one: Json): string {
  if (typeof one === "string") return one;
  const object = (one ?? {}) as Record<string, Json>;
  return [object["kind"], object["scope"] ?? object["of"]].filter((part) => typeof part === "string").join(" ") || JSON.stringify(one);
}

/** What it asks for, and what it was given. */
export function Grants({ plugin }: { plugin: PluginDetail }) {
  const asked = plugin.permissions ?? [];
  const given = Object.entries(plugin.grants ?? {}).filter(([, scope]) => (Array.isArray(scope) ? scope.length > 0 : Boolean(scope)));
  if (asked.length === 0 && given.length === 0) return null;
  return (
    <section>
      <h3>Permissions</h3>
      <dl class="facts">
        {asked.length > 0 && <div><dt>Asks for</dt><dd>{asked.map((one, n) => <Tag key={n}>{permission(one)}</Tag>)}</dd></div>}
        {given.length > 0
          ? given.map(([kind, scope]) => <div key={kind}><dt>{words(kind)}</dt><dd>{(Array.isArray(scope) ? scope : [scope]).map((one) => <Tag key={String(one)} tone="ok">{String(one)}</Tag>)}</dd></div>)
          : <div><dt>Granted</dt><dd>nothing</dd></div>}
      </dl>
    </section>
  );
}
