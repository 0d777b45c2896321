import { effect, signal } from "@preact/signals";
import { follow } from "./follow";
import { get, online } from "./http";
import { base, current, may } from "./session";
import type { StreamEvent } from "./sse";
import type { Approval, EngineEvent, Page } from "./types";

const NAMES = [
  "MESSAGE_RECEIVED", "MESSAGE_SENT", "MESSAGE_PARKED", "ROOM_CLEARED", "RUN_ENDED", "APPROVAL_REQUESTED", "APPROVAL_ANSWERED",
  "TASK_STARTED", "TASK_COMPLETED", "TASK_FAILED", "PLUGINS_CHANGED",
];

type Listener = (event: EngineEvent) => void;
const listeners = new Set<Listener>();

/** What happens in the agent, for the pages that show it. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const behind = new Set<() => void>();

/** Something may have happened that nobody was told of: what is shown is to be loaded anew. */
export function onMissed(listener: () => void): () => void {
  behind.add(listener);
  return () => behind.delete(listener);
}

/** The actions that wait for a person. */
export const approvals = signal<Approval[]>([]);

let refreshed = 0;
export async function refreshApprovals(): Promise<void> {
  const at = base.value;
  const mine = ++refreshed;
  const page = await get<Page<Approval>>(`${at}/approvals`).catch(() => undefined);
  // By now another agent may be looked at, or a newer list be on its way.
  if (page && at === base.peek() && mine === refreshed) approvals.value = page.items;
}

// One connection for the whole console, of the agent that is looked at.
let controller: AbortController | undefined;
let following: string | undefined;
effect(() => {
  const agent = current.value?.id;
  if (agent === following) return;
  following = agent;
  controller?.abort();
  controller = undefined;
  approvals.value = [];
  if (agent === undefined) return;
  void refreshApprovals();
  if (!may("admin", "read")) return;
  controller = new AbortController();
  void follow(`${base.peek()}/events?names=${NAMES}`, controller.signal, { take, missed });
});

// Who may not follow events knows no more than that the server was away.
let wasOnline = true;
online.subscribe((now) => {
  if (now && !wasOnline && !controller) missed();
  wasOnline = now;
});

function take({ data }: StreamEvent): void {
  let event: EngineEvent;
  try {
    event = JSON.parse(data) as EngineEvent;
  } catch {
    // Half an event tells nothing.
    return;
  }
  if (event.name.startsWith("APPROVAL_")) void refreshApprovals();
  for (const listener of listeners) listener(event);
}

function missed(): void {
  void refreshApprovals();
  for (const listener of behind) listener();
}
