import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { dayOf } from "../core/format";
import { get, query } from "../core/http";
import { approvals } from "../core/live";
import { useResource } from "../core/resource";
import { base, may } from "../core/session";
import type { Memory, Page, Room, RunRow } from "../core/types";
import { useLive } from "../core/useLive";
import { Button } from "../ui/basic";
import { Failed, Skeleton } from "../ui/Load";
import { ApprovalCard } from "./ApprovalCard";
import { Reply, SaidBefore, TurnView } from "./Message";
import { entries } from "./order";
import type { RoomState } from "./room";
import { PastSteps } from "./Steps";
import { isBusy } from "./turn";

interface TranscriptProps {
  state: RoomState;
  room: Room | undefined;
  name: string;
  agent: string;
}

/** What was said in a room, with the turns that run. */
export function Transcript({ state, room, name, agent }: TranscriptProps) {
  const messages = state.messages.value;
  const turns = state.turns.value;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const [away, setAway] = useState(false);
  const runs = useRuns(state.id, messages);
  const toEnd = (smooth: boolean) => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
  };
  // Who reads further up is left there.
  useLayoutEffect(() => {
    pinned.current = true;
    toEnd(false);
    const observer = new ResizeObserver(() => pinned.current && toEnd(false));
    if (content.current) observer.observe(content.current);
    if (scroller.current) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [state, messages === undefined]);
  const said = turns.filter((turn) => !turn.found).length;
  useEffect(() => {
    pinned.current = true;
    toEnd(true);
  }, [said]);
  const onScroll = () => {
    const element = scroller.current;
    // A smooth way to the end may end on another page.
    if (!element) return;
    pinned.current = element.scrollHeight - element.scrollTop - element.clientHeight < 60;
    setAway(!pinned.current);
  };
  const older = async () => {
    const element = scroller.current!;
    const below = element.scrollHeight - element.scrollTop;
    pinned.current = false;
    await state.loadOlder().catch(() => undefined);
    requestAnimationFrame(() => (element.scrollTop = element.scrollHeight - below));
  };
  if (messages === undefined && state.error.value && turns.length === 0) {
    return <div class="transcript"><Failed error={state.error.value} retry={() => void state.load()} /></div>;
  }
  const asked = new Set(approvals.value.map((one) => one.id));
  const shown = entries((messages ?? []).filter((memory) => !asked.has(memory.id)), turns);
  const followed = new Set(turns.map((turn) => turn.run));
  const inTurns = new Set(turns.flatMap((turn) => turn.approvals.map((one) => one.id)));
  const roomOf = (room: string | { id: string }) => (typeof room === "string" ? room : room.id);
  const waiting = approvals.value.filter((one) => roomOf(one.room) === state.id && !inTurns.has(one.id));
  const names = new Map((room?.participants ?? []).map((one) => [one.id, one.name]));
  const others = (room?.participants ?? []).filter((one) => one.id !== agent).length;
  let day = "";
  return (
    <div class="transcript" ref={scroller} onScroll={onScroll}>
      <div class="column" ref={content} role="log" aria-live="off" aria-label={`Conversation with ${name}`}>
        {messages === undefined && turns.length === 0 && <Skeleton lines={5} />}
        {state.older.value !== undefined && <Button class="older" onClick={older}>Show older messages</Button>}
        {shown.map(({ key, at, memory, turn }) => {
          const itsDay = dayOf(at);
          const changed = itsDay !== day;
          day = itsDay;
          const run = memory && runs.get(memory.id);
          return (
            <div class="entry" key={key}>
              {changed && <p class="day"><span>{itsDay}</span></p>}
              {turn ? (
                <TurnView turn={turn} name={name} room={state} />
              ) : memory.entity === agent ? (
                <Reply memory={memory} name={name} />
              ) : (
                <>
                  <SaidBefore memory={memory} mine={others < 2} name={names.get(memory.entity)} />
                  {run && (run.steps ?? 0) > 0 && !followed.has(run.run) && <div class="steps"><PastSteps run={run.run} steps={run.steps!} time={run.micros} /></div>}
                </>
              )}
            </div>
          );
        })}
        {waiting.map((one) => <div class="entry" key={one.id}><ApprovalCard approval={one} answer={(what) => state.answer(one, what)} /></div>)}
      </div>
      {away && <Button class="to-end" icon="chevron" onClick={() => toEnd(true)}>Latest</Button>}
      <Told state={state} name={name} />
    </div>
  );
}

/** Says to a screen reader that an answer is being made, and then the answer: once, not word by word. */
function Told({ state, name }: { state: RoomState; name: string }) {
  const turn = state.turns.value.at(-1);
  const text = !turn ? "" : isBusy(turn) ? `${name} is answering` : turn.state === "waiting" ? `${name} waits for your approval` : turn.replies.map((reply) => reply.content.text).join("\n");
  return <p class="hidden" role="status" aria-live="polite">{text}</p>;
}

/** The runs behind the messages, for those who may see them. */
function useRuns(room: string, messages: Memory[] | undefined): Map<string, RunRow> {
  const wanted = messages !== undefined && messages.length > 0 && may("admin", "read");
  const runs = useResource(wanted ? room : undefined, (signal) => get<Page<RunRow>>(`${base.value}/runs${query({ room, limit: 100 })}`, signal));
  useLive(runs.reload);
  return new Map((runs.data?.items ?? []).map((run) => [run.message, run]));
}
