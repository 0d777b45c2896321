import { useRef, useState } from "preact/hooks";
import { count, micros, money, words } from "../core/format";
import { get, messageOf, query } from "../core/http";
import { useResource } from "../core/resource";
import { href, route, setQuery } from "../core/route";
import { base, current, here } from "../core/session";
import type { Page, Room, RunRow } from "../core/types";
import { useLive } from "../core/useLive";
import { Button, Header, Search, Select, Status, Time } from "../ui/basic";
import { note } from "../ui/Dialog";
import { Empty, Load } from "../ui/Load";
import { Run } from "./Run";

const STATES = ["running", "waiting", "completed", "failed", "timeout", "cancelled", "interrupted", "parked"];

export function Runs() {
  const run = route.value.args[0];
  return run === undefined ? <List /> : <Run key={run} id={run} />;
}

function List() {
  const agent = current.value!;
  const asked = route.value.query;
  const status = asked.get("status") ?? "";
  const room = asked.get("room") ?? "";
  const search = query({ status, room });
  // As many as are shown are loaded anew.
  const shownNow = useRef(50);
  const [text, setText] = useState("");
  const runs = useResource(`${agent.id} ${search}`, (signal) => get<Page<RunRow>>(`${base.value}/runs${query({ status, room, limit: shownNow.current })}`, signal));
  shownNow.current = Math.min(Math.max(runs.data?.items.length ?? 0, 50), 200);
  const rooms = useResource(agent.id, (signal) => get<Page<Room>>(`${base.value}/rooms?limit=200`, signal));
  const [more, setMore] = useState(false);
  useLive(runs.reload, (event) => event.name === "RUN_ENDED");
  const older = async () => {
    setMore(true);
    try {
      const page = await get<Page<RunRow>>(`${base.value}/runs${query({ status, room, limit: 50, before: runs.data?.next })}`);
      runs.set((old) => ({ items: [...old.items, ...page.items], ...(page.next === undefined ? {} : { next: page.next }) }));
    } catch (error) {
      note(messageOf(error), true);
    }
    setMore(false);
  };
  const names = new Map((rooms.data?.items ?? []).map((one) => [one.id, one.name || one.id.slice(0, 8)]));
  return (
    <>
      <Header title="Runs" about="Every turn, with what it took">
        <Select label="Status" value={status} options={[["", "Every status"], ...STATES.map((one): [string, string] => [one, words(one)])]} onChange={(value) => setQuery({ status: value })} />
        <Select label="Room" value={room} options={[["", "Every room"], ...names.entries()]} onChange={(value) => setQuery({ room: value })} />
        <Search label="Filter these runs" value={text} onInput={setText} />
      </Header>
      <Load of={runs}>
        {(data) => {
          const shown = data.items.filter((one) => one.text.toLowerCase().includes(text.trim().toLowerCase()));
          if (shown.length === 0) return <Empty icon="runs" title={text || status || room ? "No run like that" : "No runs yet"}><p>{text || status || room ? "Other filters may show more." : `Say something to ${agent.name}, and the turn will stand here.`}</p></Empty>;
          return (
            <>
              <div class="scroll-x">
                <table class="data runs-table">
                  <thead><tr><th>Status</th><th>Message</th><th>Room</th><th class="right">Models</th><th class="right">Actions</th><th class="right">Tokens</th><th class="right">Cost</th><th class="right">Took</th><th class="right">When</th></tr></thead>
                  <tbody>
                    {shown.map((one) => (
                      <tr key={one.run}>
                        <td><Status word={one.status} /></td>
                        <td class="wide"><a href={href(here.value, "runs", one.run)}>{one.text || "(no text)"}</a></td>
                        <td class="soft" data-label="Room">{names.get(one.room) ?? one.room.slice(0, 8)}</td>
                        <td class="right soft" data-label="Models">{one["model-calls"] ?? ""}</td>
                        <td class="right soft" data-label="Actions">{one.steps || ""}</td>
                        <td class="right" data-label="Tokens">{one.tokens ? count(one.tokens) : ""}</td>
                        <td class="right" data-label="Cost">{one.cost ? money(one.cost) : ""}</td>
                        <td class="right" data-label="Took">{micros(one.micros)}</td>
                        <td class="right soft"><Time at={one.at} /></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              {data.next !== undefined && <Button class="older" busy={more} onClick={older}>Show more</Button>}
            </>
          );
        }}
      </Load>
    </>
  );
}
