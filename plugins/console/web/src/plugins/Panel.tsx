import { useState } from "preact/hooks";
import { ApiError, get, messageOf, send } from "../core/http";
import { useResource } from "../core/resource";
import { go, href, route } from "../core/route";
import { base, current, here, may } from "../core/session";
import type { ChangeReport, Plugin, PluginDetail } from "../core/types";
import { Button, Prose, Status, Tag, Time } from "../ui/basic";
import { confirm, note } from "../ui/Dialog";
import { Failed, Load } from "../ui/Load";
import { ConfigForm } from "./ConfigForm";
import { Grants, Parts } from "./Parts";

/** One plugin: what it does, what it may, how it is set, and the switches. */
export function Panel({ name, all, changed }: { name: string; all: Plugin[]; changed: () => void }) {
  const known = all.find((plugin) => plugin.name === name);
  const detailed = may("admin", "read");
  const detail = useResource(detailed ? `${current.value!.id} ${name}` : undefined, (signal) => get<PluginDetail>(`${base.value}/plugins/${encodeURIComponent(name)}`, signal));
  const list = route.value.query.get("view") === "list" ? "?view=list" : "";
  const close = () => go(`${href(here.value, "plugins")}${list}`);
  const plugin: PluginDetail | undefined = detail.data ?? known;
  const after = () => (detail.reload(), changed());
  return (
    <aside class="panel" aria-label={`Plugin ${name}`} onKeyDown={(event) => event.key === "Escape" && close()}>
      <header class="panel-head">
        <div>
          <h2>{name}</h2>
          {plugin && <p><span class="figure">{plugin.version}</span><Status word={plugin.standing} /></p>}
        </div>
        <Button kind="quiet" icon="close" label="Close" onClick={close} />
      </header>
      <div class="panel-body">
        {plugin && <About plugin={plugin} />}
        {plugin && may("owner", "manage") && <Switches key={plugin.standing} plugin={plugin} all={all} changed={after} />}
        {!detailed && plugin && <><Parts plugin={plugin} /><Grants plugin={plugin} /></>}
        <Load of={detail}>
          {(data) => (
            <>
              {data["config-schema"] && <ConfigForm key={JSON.stringify(data.config ?? {})} plugin={data} changed={after} />}
              <Parts plugin={data} />
              <Grants plugin={data} />
            </>
          )}
        </Load>
      </div>
    </aside>
  );
}

function About({ plugin }: { plugin: PluginDetail }) {
  const links = (names: string[]) => names.map((name, n) => <span key={name}>{n > 0 && ", "}<a href={`${href(here.value, "plugins", name)}`}>{name}</a></span>);
  const troubled = (plugin.services ?? []).filter((one) => one.unwell || one.state === "down" || one.state === "restarting");
  return (
    <section>
      {plugin.description && <p><Prose text={plugin.description} /></p>}
      <dl class="facts">
        {plugin.why && <div><dt>Why</dt><dd><Prose text={plugin.why} /></dd></div>}
        {plugin.since && <div><dt>Since</dt><dd><Time at={plugin.since} relative /></dd></div>}
        {plugin.order !== undefined && <div><dt>Load order</dt><dd class="figure">{plugin.order}</dd></div>}
        {plugin.requires && plugin.requires.length > 0 && <div><dt>Requires</dt><dd>{links(plugin.requires)}</dd></div>}
        {plugin["required-by"] && plugin["required-by"].length > 0 && <div><dt>Required by</dt><dd>{links(plugin["required-by"])}</dd></div>}
      </dl>
      {troubled.map((service) => (
        <p key={service.service} class="trouble"><Status word={service.state} tone={service.state === "down" ? "bad" : "warn"}>{`${service.service}: ${service.state}`}</Status>{service.why ?? service.unwell}</p>
      ))}
    </section>
  );
}

function Switches({ plugin, all, changed }: { plugin: PluginDetail; all: Plugin[]; changed: () => void }) {
  const [busy, setBusy] = useState<string>();
  const [error, setError] = useState<Error>();
  const running = plugin.standing === "running";
  const dependants = needing(plugin.name, all);
  const act = async (what: string, body?: unknown) => {
    setBusy(what);
    setError(undefined);
    try {
      const report = await send<ChangeReport>("POST", `${base.value}/plugins/${encodeURIComponent(plugin.name)}/${what}`, body ?? {});
      note(told(plugin.name, what, report));
      changed();
    } catch (failed) {
      setError(failed as Error);
    }
    setBusy(undefined);
  };
  const disable = async () => {
    const text = dependants.length > 0 ? `${dependants.join(", ")} need${dependants.length === 1 ? "s" : ""} it and will stop, too.` : "What it does will not be there until it is enabled again.";
    if (await confirm({ title: `Disable ${plugin.name}?`, text, yes: dependants.length > 0 ? `Disable ${dependants.length + 1} plugins` : "Disable", bad: true })) {
      await act("disable", { dependants: dependants.length > 0 });
    }
  };
  return (
    <section class="switches" aria-label="Switches">
      {running ? (
        <>
          <Button icon="retry" busy={busy === "reload"} disabled={busy !== undefined} onClick={() => act("reload")}>Reload</Button>
          <Button icon="pause" busy={busy === "disable"} disabled={busy !== undefined} onClick={disable}>Disable</Button>
        </>
      ) : (
        <Button kind="main" icon="play" busy={busy === "enable"} disabled={busy !== undefined} onClick={() => act("enable")}>Enable</Button>
      )}
      {running && dependants.length > 0 && <p class="help">Needed by {dependants.map((name) => <Tag key={name}>{name}</Tag>)}</p>}
      {error && <EngineError error={error} />}
    </section>
  );
}

/** All that would stop with a plugin. */
function needing(name: string, all: Plugin[]): string[] {
  const found = new Set<string>();
  const look = (of: string) => {
    for (const other of all) {
      if (other.standing !== "running" || found.has(other.name) || !(other.requires ?? []).includes(of)) continue;
      found.add(other.name);
      look(other.name);
    }
  };
  look(name);
  return [...found];
}

export function EngineError({ error }: { error: Error }) {
  const problems = error instanceof ApiError ? error.problems : [];
  if (problems.length === 0) return <Failed error={error} />;
  return (
    <div class="problems" role="alert">
      <p class="problem">{messageOf(error)}</p>
      {problems.map((problem, n) => <p key={n} class="problem">{problem.path && <code>{problem.path}</code>} {problem.message}{problem.help && <span>{problem.help}</span>}</p>)}
    </div>
  );
}

/** A report of changes in one sentence. */
function told(name: string, what: string, report: ChangeReport | undefined): string {
  const others = (report?.plugins ?? []).filter((one) => one.change !== "kept" && one.plugin !== name).map((one) => one.plugin);
  const done = { enable: "is enabled", disable: "is disabled", reload: "was reloaded" }[what] ?? "was changed";
  return `${name} ${done}${others.length > 0 ? `; also changed: ${others.join(", ")}` : ""}`;
}
