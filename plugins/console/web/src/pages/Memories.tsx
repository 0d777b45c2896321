import { useState } from "preact/hooks";
import { kindName, words } from "../core/format";
import { get, messageOf, query, send } from "../core/http";
import { useResource, useSettled } from "../core/resource";
import { go, href, route, setQuery } from "../core/route";
import { base, current, here, may } from "../core/session";
import type { Found, Memory, Page, Room } from "../core/types";
import { Markdown } from "../markdown/Markdown";
import { Button, Code, Header, Search, Select, Tag, Time } from "../ui/basic";
import { confirm, note } from "../ui/Dialog";
import { Disclosure } from "../ui/Disclosure";
import { Empty, Load } from "../ui/Load";
import { cut, cutWords } from "./highlight";
import { useNames } from "./useNames";

const KINDS: [value: string, text: string][] = [["", "Every kind"], ["message", "Messages"], ["fact", "Facts"], ["document", "Documents"], ["fragment", "Fragments"], ["action-result", "Results of actions"]];

export function Memories() {
  const agent = current.value!;
  const { query: asked, args } = route.value;
  const [text, setText] = useState(asked.get("q") ?? "");
  const settled = useSettled(text);
  const kind = asked.get("kind") ?? "";
  const room = asked.get("room") ?? "";
  const search = query({ kind, room, q: settled.trim(), limit: 50 });
  const found = useResource(`${agent.id} ${search}`, (signal) => get<Page<Found>>(`${base.value}/memories${search}`, signal));
  const rooms = useResource(agent.id, (signal) => get<Page<Room>>(`${base.value}/rooms?limit=200`, signal));
  const nameOf = useNames();
  const [more, setMore] = useState(false);
  const selected = args[0];
  const older = async () => {
    setMore(true);
    try {
      const page = await get<Page<Found>>(`${base.value}/memories${query({ kind, room, q: settled.trim(), limit: 50, before: found.data?.next })}`);
      found.set((old) => ({ items: [...old.items, ...page.items], ...(page.next === undefined ? {} : { next: page.next }) }));
    } catch (error) {
      note(messageOf(error), true);
    }
    setMore(false);
  };
  const roomNames: [string, string][] = (rooms.data?.items ?? []).map((one) => [one.id, one.name || one.id.slice(0, 8)]);
  const address = (id: string) => `${href(here.value, "memories", id)}${query({ kind, room, q: settled.trim() })}`;
  const gone = (id: string) => {
    found.set((old) => ({ ...old, items: old.items.filter((one) => one.memory.id !== id) }));
    go(`${href(here.value, "memories")}${query({ kind, room, q: settled.trim() })}`);
  };
  return (
    <div class={`split ${selected ? "with-panel" : ""}`}>
      <section class="split-main">
        <Header title="Memories" about={`What ${agent.name} keeps`}>
          <Select label="Kind" value={kind} options={KINDS} onChange={(value) => setQuery({ kind: value })} />
          <Select label="Room" value={room} options={[["", "Every room"], ...roomNames]} onChange={(value) => setQuery({ room: value })} />
          <Search label="Search memories" placeholder="By words or meaning" value={text} onInput={(value) => (setText(value), setQuery({ q: value }))} />
        </Header>
        <Load of={found}>
          {(data) => data.items.length === 0
            ? <Empty icon="memories" title={settled ? "Nothing like that" : "Nothing here yet"}><p>{settled ? "No memory has these words or means something near." : "What is said, learned and read will stand here."}</p></Empty>
            : (
              <>
                <ul class="rows memories">{data.items.map((one) => <Row key={one.memory.id} found={one} text={settled} href={address(one.memory.id)} selected={one.memory.id === selected} nameOf={nameOf} />)}</ul>
                {data.next !== undefined && <Button class="older" busy={more} onClick={older}>Show more</Button>}
              </>
            )}
        </Load>
      </section>
      {selected && <Detail key={selected} id={selected} gone={gone} close={address("").replace(/\/(\?|$)/, "$1")} rooms={new Map(roomNames)} nameOf={nameOf} />}
    </div>
  );
}

function Row({ found, text, href: to, selected, nameOf }: { found: Found; text: string; href: string; selected: boolean; nameOf: (entity: string) => string }) {
  const { memory, snippet } = found;
  const shown = snippet ? cut(snippet.text, snippet.marks) : cutWords(memory.content.text.slice(0, 280), text);
  return (
    <li>
      <a class="row memory-row" href={to} aria-current={selected ? "true" : undefined}>
        <span class="row-side"><Tag>{words(kindName(memory.kind))}</Tag></span>
        <span class="row-main"><span class="snippet">{shown.map((piece, n) => (piece.marked ? <mark key={n}>{piece.text}</mark> : piece.text))}{shown.length === 0 && "(no text)"}</span></span>
        <span class="row-end"><span class="whose" title={memory.entity}>{nameOf(memory.entity)}</span><Time at={memory.at} /></span>
      </a>
    </li>
  );
}

function Detail({ id, gone, close, rooms, nameOf }: { id: string; gone: (id: string) => void; close: string; rooms: Map<string, string>; nameOf: (entity: string) => string }) {
  const memory = useResource(id, async (signal) => {
    const answer = await get<Memory | Found>(`${base.value}/memories/${encodeURIComponent(id)}`, signal);
    return "memory" in answer ? answer.memory : answer;
  });
  const remove = async () => {
    if (!(await confirm({ title: "Delete this memory?", text: "It is forgotten for good, also by searches.", yes: "Delete", bad: true }))) return;
    try {
      await send("DELETE", `${base.value}/memories/${encodeURIComponent(id)}`);
      note("The memory is deleted");
      gone(id);
    } catch (error) {
      note(messageOf(error), true);
    }
  };
  return (
    <aside class="panel" aria-label="Memory" onKeyDown={(event) => event.key === "Escape" && go(close)}>
      <header class="panel-head">
        <h2>Memory</h2>
        <Button kind="quiet" icon="close" label="Close" onClick={() => go(close)} />
      </header>
      <div class="panel-body">
        <Load of={memory}>
          {(one) => (
            <>
              <section class="memory-text"><Markdown text={one.content.text} /></section>
              <dl class="facts">
                <div><dt>Kind</dt><dd>{words(kindName(one.kind))}</dd></div>
                <div><dt>When</dt><dd><Time at={one.at} /></dd></div>
                <div><dt>Room</dt><dd><a href={href(here.value, "chat", one.room)}>{rooms.get(one.room) ?? one.room}</a></dd></div>
                <div><dt>Whose</dt><dd><span title={one.entity}>{nameOf(one.entity)}</span></dd></div>
                {one.content.thought && <div><dt>Thought</dt><dd>{one.content.thought}</dd></div>}
                <div><dt>Id</dt><dd><code>{one.id}</code></dd></div>
              </dl>
              <Disclosure summary="As stored">{() => <Code value={one} label="Memory as JSON" />}</Disclosure>
              {may("admin", "manage") && <Button kind="bad" icon="trash" onClick={remove}>Delete</Button>}
            </>
          )}
        </Load>
      </div>
    </aside>
  );
}
