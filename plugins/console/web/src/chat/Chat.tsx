import { useEffect, useState } from "preact/hooks";
import { when } from "../core/format";
import { get, messageOf, send } from "../core/http";
import { onEvent, onMissed } from "../core/live";
import { useResource } from "../core/resource";
import { go, href, route } from "../core/route";
import { base, current, here, session } from "../core/session";
import type { Agent, EngineEvent, Memory, Page, Room } from "../core/types";
import { useLive } from "../core/useLive";
import { Button } from "../ui/basic";
import { note } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { Failed, Skeleton } from "../ui/Load";
import { Composer } from "./Composer";
import { knownRoom, roomState, type Upload } from "./room";
import { Transcript } from "./Transcript";
import { isAwaited } from "./turn";

/** What a room is called: its name; where it has none that says anything, those in it. */
function titleOf(room: Room, agent: string): string {
  if (room.name && !/^[0-9a-f-]{36}$/.test(room.name)) return room.name;
  const mine = session.value.is === "in" ? session.value.session.name : undefined;
  const others = (room.participants ?? []).filter((one) => one.id !== agent && one.name !== mine).map((one) => one.name);
  return others.length > 0 ? others.join(", ") : "Conversation";
}

export function Chat() {
  const agent = current.value!;
  const id = route.value.args[0];
  const rooms = useResource(agent.id, (signal) => get<Page<Room>>(`${base.value}/rooms?limit=200`, signal));
  const [listOpen, setListOpen] = useState(false);
  const [dropped, setDropped] = useState<File[]>();
  const [over, setOver] = useState(false);
  useLive(rooms.reload, (event) => LISTED.includes(event.name));
  useEffect(() => onEvent((event) => takeEvent(event, agent.id)), [agent.id]);
  const list = [...(rooms.data?.items ?? [])].sort((a, b) => (b.last?.at ?? "").localeCompare(a.last?.at ?? ""));
  // The conversation of last time goes on; `new` begins one.
  const newest = list.find((room) => room.mine !== false && room.kind !== "self");
  const shown = id === "new" ? undefined : (id ?? newest?.id);
  const room = list.find((one) => one.id === shown);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) setDropped(files);
  };
  const pick = (to: string) => {
    setListOpen(false);
    go(to);
  };
  return (
    <div
      class={`chat ${over ? "dropping" : ""} ${listOpen ? "list-open" : ""}`}
      onDragOver={(event) => (event.preventDefault(), setOver(true))}
      onDragLeave={(event) => event.currentTarget === event.target && setOver(false)}
      onDrop={drop}
    >
      <h1 class="hidden" tabIndex={-1}>Chat with {agent.name}</h1>
      <aside class="rooms" aria-label="Conversations">
        <header>
          <h2>Conversations</h2>
          <Button kind="quiet" icon="plus" label="New conversation" onClick={() => pick(href(here.value, "chat", "new"))} />
        </header>
        {rooms.error && <Failed error={rooms.error} retry={rooms.reload} />}
        {!rooms.data && rooms.loading && <Skeleton lines={4} />}
        <ul>
          {list.map((one) => (
            <li key={one.id}>
              <a href={href(here.value, "chat", one.id)} aria-current={one.id === shown ? "true" : undefined} onClick={() => setListOpen(false)}>
                <span class="room-name">{titleOf(one, agent.id)}</span>
                {one.last && <span class="room-when">{when(one.last.at).replace(/,.*/, "")}</span>}
                <span class="room-last">{one.last?.text || one.source || "No messages yet"}</span>
              </a>
            </li>
          ))}
        </ul>
      </aside>
      <section class="talk" aria-label="Conversation">
        <header class="talk-head">
          <Button kind="quiet" class="show-list" icon="chat" aria-expanded={listOpen} onClick={() => setListOpen(!listOpen)}>{room ? titleOf(room, agent.id) : "New conversation"}</Button>
          <Button kind="quiet" icon="plus" label="New conversation" onClick={() => pick(href(here.value, "chat", "new"))} />
        </header>
        {shown === undefined
          ? !rooms.data && rooms.loading ? <div class="transcript"><Skeleton lines={4} /></div> : <Beginning key={id} taken={list.map((one) => one.name ?? "")} started={rooms.reload} dropped={dropped} />
          : <Talk key={`${agent.id} ${shown}`} id={shown} room={room} dropped={dropped} />}
      </section>
      {over && <div class="drop" aria-hidden="true"><Icon name="clip" size={24} /><p>Drop files to attach them</p></div>}
    </div>
  );
}

/** What changes the list of rooms. */
const LISTED = ["MESSAGE_RECEIVED", "MESSAGE_SENT", "ROOM_CLEARED"];

function takeEvent(event: EngineEvent, agent: string): void {
  const room = event.room === undefined ? undefined : knownRoom(agent, event.room);
  switch (event.name) {
    case "MESSAGE_RECEIVED":
    case "MESSAGE_SENT":
      return room?.take((event.data as unknown as { message: Memory }).message);
    case "ROOM_CLEARED":
      return room?.clear();
    case "APPROVAL_ANSWERED":
      return room?.resume();
  }
}

function Talk({ id, room, dropped }: { id: string; room: Room | undefined; dropped: File[] | undefined }) {
  const agent = current.value!;
  const state = roomState(agent.id, id);
  // A room that was looked at before may have gone on since.
  useEffect(() => {
    void state.load();
    return onMissed(() => void state.load());
  }, [state]);
  const turns = state.turns.value;
  const before = turns.map((turn) => turn.said?.text ?? "").reverse();
  const past = (state.messages.value ?? []).filter((memory) => memory.entity !== agent.id).map((memory) => memory.content.text).reverse();
  const history = [...before, ...past].filter((text, n, all) => text !== "" && all.indexOf(text) === n);
  return (
    <>
      <Transcript state={state} room={room} name={agent.name} agent={agent.id} />
      <Composer
        draft={id} name={agent.name} busy={turns.some(isAwaited)} before={history} dropped={dropped}
        send={(text, files) => (state.say(text, files), true)} stop={() => void state.stop()}
      />
    </>
  );
}

/** A conversation is called as it began; a second one of the same beginning has a number. */
function nameFor(text: string, taken: string[]): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, " ").trim();
  const name = line.length > 60 ? `${line.slice(0, 59).trimEnd()}…` : line || "Conversation";
  for (let n = 2; ; n += 1) {
    const tried = n === 2 ? name : `${name} (${n - 1})`;
    if (!taken.includes(tried)) return tried;
  }
}

/** Before the first word: who this is, and where to write. */
function Beginning({ taken, started, dropped }: { taken: string[]; started: () => void; dropped: File[] | undefined }) {
  const { id, name } = current.value!;
  const agent = useResource(id, (signal) => get<Agent>(base.value, signal));
  const [busy, setBusy] = useState(false);
  const start = async (text: string, files: Upload[]) => {
    setBusy(true);
    try {
      const room = await send<Room>("POST", `${base.value}/rooms`, { name: nameFor(text, taken) });
      const state = roomState(id, room.id);
      state.messages.value ??= [];
      state.say(text, files);
      started();
      // The box is emptied before it goes away.
      queueMicrotask(() => go(href(here.value, "chat", room.id), true));
      return true;
    } catch (error) {
      note(messageOf(error), true);
      setBusy(false);
      return false;
    }
  };
  return (
    <>
      <div class="transcript">
        <div class="beginning">
          <h2>{name}</h2>
          {(agent.data?.bio ?? []).slice(0, 3).map((line, n) => <p key={n}>{line}</p>)}
          {agent.data?.answers?.plugin && <p class="answers">Answered by <b>{agent.data.answers.plugin}</b></p>}
        </div>
      </div>
      <Composer draft={`new ${id}`} name={name} busy={busy} before={[]} send={start} stop={() => undefined} dropped={dropped} />
    </>
  );
}
