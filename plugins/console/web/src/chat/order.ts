import type { Memory } from "../core/types";
import type { Turn } from "./turn";

/** What stands in a conversation at its time: a message, or a turn with all that came of it. */
export type Entry = { key: string; at: string } & ({ memory: Memory; turn?: undefined } | { turn: Turn; memory?: undefined });

/** Which was first. Times have more or less digits, so they are not compared as text. */
export function byTime(a: { at: string }, b: { at: string }): number {
  return Date.parse(a.at) - Date.parse(b.at);
}

/** The messages that a turn shows. What was said elsewhere it does not. */
function idsOf(turn: Turn): (string | undefined)[] {
  return [turn.said && turn.message, ...turn.replies.map((one) => one.id), ...turn.approvals.map((one) => one.id)];
}

/** The messages and the turns, each thing once, by time. A turn stands where it was said. */
export function entries(messages: Memory[], turns: Turn[]): Entry[] {
  const inTurns = new Set(turns.flatMap(idsOf));
  // The server's time of a message, once it is known, is better than that of this machine.
  const times = new Map(messages.map((memory) => [memory.id, memory.at]));
  const past = messages.filter((memory) => !inTurns.has(memory.id)).map((memory): Entry => ({ key: memory.id, at: memory.at, memory }));
  const told = turns.map((turn): Entry => ({ key: turn.key, at: (turn.said && turn.message && times.get(turn.message)) ?? turn.at, turn: once(turn, turns) }));
  return [...past, ...told].sort(byTime);
}

/** The turn without what a later one shows: who answers a question by saying yes goes on with the turn that asked. */
function once(turn: Turn, turns: Turn[]): Turn {
  const later = new Set(turns.slice(turns.indexOf(turn) + 1).flatMap((other) => [...other.replies, ...other.approvals].map((one) => one.id)));
  const isHere = ({ id }: { id: string }) => !later.has(id);
  return { ...turn, replies: turn.replies.filter(isHere), approvals: turn.approvals.filter(isHere) };
}

/**
 * What is known of a room, with the newest page of it. What came while the page was on its way stays; what is older, too, if
 * the page is `next` to it. What is in the time of the page and not on it was deleted, unless it `came` meanwhile.
 */
export function renewed(known: Memory[], page: Memory[], next: boolean, came: (id: string) => boolean = () => false): Memory[] {
  const [first, last] = [page[0], page.at(-1)];
  if (!first || !last) return known.filter((one) => came(one.id));
  const ids = new Set(page.map((one) => one.id));
  const rest = known.filter((one) => !ids.has(one.id) && (came(one.id) || byTime(last, one) <= 0 || (next && byTime(one, first) <= 0)));
  return [...rest, ...page].sort(byTime);
}
