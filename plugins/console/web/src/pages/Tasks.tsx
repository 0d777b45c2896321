import { useState } from "preact/hooks";
import { words } from "../core/format";
import { get, messageOf, send } from "../core/http";
import { useResource } from "../core/resource";
import { href } from "../core/route";
import { base, current, here, may } from "../core/session";
import type { Json, Memory, Page, Task } from "../core/types";
import { useLive } from "../core/useLive";
import { isObject } from "../schema/shape";
import { brief } from "../schema/value";
import { Button, Header, Status, Tag, Time } from "../ui/basic";
import { confirm, note } from "../ui/Dialog";
import { Empty, Load } from "../ui/Load";

interface Parked {
  run: string;
  message?: Memory | null;
  attempts: number;
  why: string;
}

/** `{ "cron": "0 3 * * *" }`, `{ "every": "1h" }` or `once`, in words. */
export function schedule(value: Json | undefined): string {
  if (value === undefined || value === null) return "once";
  if (typeof value === "string") return value;
  if (!isObject(value)) return String(value);
  const cron = value["cron"];
  if (isObject(cron)) return `${String(cron["expression"])} in ${String(cron["timezone"])}`;
  return Object.entries(value).map(([key, one]) => `${words(key)} ${brief(one)}`).join(", ");
}

const stateOf = (task: Task) => (isObject(task.state) ? (Object.keys(task.state)[0] ?? "waiting") : String(task.state ?? "waiting"));

export function Tasks() {
  const id = current.value!.id;
  const tasks = useResource(id, (signal) => get<Page<Task>>(`${base.value}/tasks?limit=200`, signal));
  const parked = useResource(`${id} parked`, (signal) => get<Page<Parked>>(`${base.value}/parked?limit=200`, signal));
  useLive(tasks.reload, (event) => event.name.startsWith("TASK_"));
  useLive(parked.reload, (event) => event.name === "MESSAGE_PARKED");
  return (
    <>
      <Header title="Tasks" about={`What ${current.value!.name} does by itself`}>
        <Button icon="retry" onClick={() => (tasks.reload(), parked.reload())}>Refresh</Button>
      </Header>
      <Load of={tasks}>
        {(data) => data.items.length === 0
          ? <Empty icon="tasks" title="No tasks"><p>Plugins bring tasks that run at their times; none of those that run has one.</p></Empty>
          : <ul class="rows">{data.items.map((task) => <Row key={task.id} task={task} changed={tasks.reload} />)}</ul>}
      </Load>
      {parked.data && parked.data.items.length > 0 && (
        <section class="group-of">
          <h2>Set aside</h2>
          <p class="help">Messages whose turns failed as often as the character allows.</p>
          <ul class="rows">{parked.data.items.map((one) => <ParkedRow key={one.run} parked={one} changed={parked.reload} />)}</ul>
        </section>
      )}
    </>
  );
}

function Row({ task, changed }: { task: Task; changed: () => void }) {
  const [busy, setBusy] = useState(false);
  const act = async (what: () => Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await what();
      note(done);
      changed();
    } catch (error) {
      note(messageOf(error), true);
    }
    setBusy(false);
  };
  const at = `${base.value}/tasks/${encodeURIComponent(task.id)}`;
  const remove = async () => {
    if (await confirm({ title: `Delete ${task.name}?`, text: "It will not run again.", yes: "Delete", bad: true })) await act(() => send("DELETE", at), `${task.name} is deleted`);
  };
  return (
    <li class="row task-row">
      <div class="row-main">
        <b>{task.name}</b>
        <span>{task.plugin} · {schedule(task.schedule)}{task.due && <> · due <Time at={task.due} relative /></>}</span>
        {task["last-run"] && <span>ran <Time at={task["last-run"]} relative /></span>}
        {task["last-error"] && <p class="problem">{task["last-error"]}</p>}
      </div>
      <span class="row-end"><Status word={stateOf(task)} {...(stateOf(task) === "waiting" ? { tone: "quiet" as const } : {})} />{task.declared === false && <Tag>scheduled by code</Tag>}</span>
      {may("admin", "manage") && (
        <span class="row-tools">
          <Button icon="play" busy={busy} onClick={() => act(() => send("POST", `${at}/run`), `${task.name} runs`)}>Run now</Button>
          {task.declared === false && <Button kind="quiet" icon="trash" label={`Delete ${task.name}`} onClick={remove} />}
        </span>
      )}
    </li>
  );
}

function ParkedRow({ parked, changed }: { parked: Parked; changed: () => void }) {
  const act = async (method: string, path: string, done: string) => {
    try {
      await send(method, `${base.value}/parked/${parked.run}${path}`);
      note(done);
      changed();
    } catch (error) {
      note(messageOf(error), true);
    }
  };
  return (
    <li class="row task-row">
      <div class="row-main">
        <a href={href(here.value, "runs", parked.run)}><b>{parked.message?.content.text || parked.run}</b></a>
        <span>{parked.why} · tried {parked.attempts} times</span>
      </div>
      {may("admin", "manage") && (
        <span class="row-tools">
          <Button icon="retry" onClick={() => act("POST", "/retry", "It is tried again")}>Try again</Button>
          <Button kind="quiet" icon="trash" label="Give it up" onClick={() => act("DELETE", "", "It is given up")} />
        </span>
      )}
    </li>
  );
}
