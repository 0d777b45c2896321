import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError, messageOf, send } from "../core/http";
import { unsaved } from "../core/route";
import { base, may } from "../core/session";
import type { ChangeReport, JsonObject, PluginDetail, Problem } from "../core/types";
import { ProblemList, SchemaForm } from "../schema/Form";
import { shapeOf, type Shape } from "../schema/shape";
import { equal } from "../schema/value";
import { Button } from "../ui/basic";
import { note } from "../ui/Dialog";

/** The settings of a plugin, checked by the engine while they are changed. */
export function ConfigForm({ plugin, changed }: { plugin: PluginDetail; changed: () => void }) {
  const schema = plugin["config-schema"]!;
  const shape = useMemo(() => shapeOf(schema, schema), [schema]);
  // Defaults are shown as such, and not written into the config.
  const before = useMemo(() => {
    const written = Object.entries(plugin.config ?? {}).filter(([key]) => plugin.written?.includes(key) ?? true);
    return Object.fromEntries(written);
  }, [plugin]);
  const [value, setValue] = useState<JsonObject>(before);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [checking, setChecking] = useState(false);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const dirty = !equal(value, before);
  const running = plugin.standing === "running";
  const at = `${base.value}/plugins/${encodeURIComponent(plugin.name)}`;
  const mayChange = may("owner", "manage");

  useEffect(() => {
    unsaved.value = dirty ? { what: `The config of ${plugin.name}`, discard: () => undefined } : undefined;
    return () => void (unsaved.value = undefined);
  }, [dirty]);
  useEffect(() => {
    if (!dirty) return setProblems([]);
    setChecking(true);
    let stale = false;
    const timer = setTimeout(async () => {
      try {
        const answer = await send<{ ok: boolean; problems?: Problem[] }>("POST", `${at}/config/check`, value);
        if (!stale) setProblems(answer.problems ?? []);
      } catch (error) {
        if (!stale) setProblems(problemsOf(error));
      }
      if (!stale) setChecking(false);
    }, 350);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [value, dirty]);

  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      if (running) await send<ChangeReport>("PUT", `${at}/config`, value);
      else await send<ChangeReport>("POST", `${at}/enable`, { config: value });
      unsaved.value = undefined;
      note(running ? `${plugin.name} runs with the new config` : `${plugin.name} is enabled`);
      changed();
    } catch (error) {
      setProblems(problemsOf(error));
      requestAnimationFrame(() => {
        const wrong = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
        (wrong ?? form.current?.querySelector<HTMLElement>(".problems"))?.scrollIntoView({ block: "center" });
        wrong?.focus();
      });
    }
    setBusy(false);
  };
  const known = problems.filter((problem) => !has(shape, problem.path ?? ""));
  if (shape.is === "object" && shape.properties.length === 0) return null;
  return (
    <section>
      <h3>Config</h3>
      <form ref={form} class="config" onSubmit={save} noValidate>
        <fieldset disabled={!mayChange}>
          <SchemaForm shape={shape} value={value} change={setValue} problems={problems} />
        </fieldset>
        <ProblemList problems={known} />
        {(dirty || !running) && mayChange && (
          <div class="save-bar">
            <Button kind="main" type="submit" busy={busy} disabled={!dirty && running}>{running ? "Save and reload" : "Enable with this"}</Button>
            {dirty && <Button disabled={busy} onClick={() => setValue(before)}>Discard</Button>}
            <p class={problems.length > 0 ? "problem" : "help"} role="status">
              {!dirty ? "" : checking ? "Checking…" : problems.length === 0 ? "The engine takes it" : problems.length === 1 ? "1 problem" : `${problems.length} problems`}
            </p>
          </div>
        )}
      </form>
    </section>
  );
}

function problemsOf(error: unknown): Problem[] {
  if (error instanceof ApiError && error.problems.length > 0) return error.problems;
  return [{ message: messageOf(error) }];
}

/** Whether a path leads to a field of the form; what does not is told below it. */
function has(shape: Shape, path: string): boolean {
  if (path === "") return false;
  let at: Shape = shape;
  for (const part of path.slice(1).split("/").map((one) => one.replace(/~1/g, "/").replace(/~0/g, "~"))) {
    if (at.is === "object") {
      const property = at.properties.find((one) => one.name === part);
      // A key that no property has is shown as it is.
      if (!property) return true;
      at = property.shape;
    } else if (at.is === "array") at = at.items;
    else if (at.is === "map") at = at.values;
    else return at.is === "union" || at.is === "any" || at.is === "secret";
  }
  return true;
}
