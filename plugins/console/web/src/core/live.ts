import { effect, signal } from "@preact/signals";
import { follow } from "./follow";
import { get } from "./http";
import { base, current, may } from "./session";
import type { Approval, EngineEvent, Page } from "./types";

const NAMES = "MESSAGE_RECEIVED,MESSAGE_SENT,APPROVAL_REQUESTED,APPROVAL_ANSWERED,PLUGINS_CHANGED,ROOM_CLEARED,RUN_ENDED";

type Listener = (event: EngineEvent) => void;
const listeners = new Set<Listener>();

/** What happens in the agent, for the pages that show it. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The actions that wait for a person. */
export const approvals = signal<Approval[]>([]);

export async function refreshApprovals(): Promise<void> {
  const page = await get<Page<Approval>>(`${base.value}/approvals`).catch(() => undefined);
  if (page) approvals.value = page.items;
}

// One connection for the whole console, of the agent that is looked at.
let controller: AbortController | undefined;
let following: string | undefined;
effect(() => {
  const agent = current.value?.id;
  if (agent === following) return;
  following = agent;
  controller?.abort();
  approvals.value = [];
  if (agent === undefined) return;
  void refreshApprovals();
  controller = new AbortController();
  if (!may("admin", "read")) return;
  const path = `${base.peek()}/events?names=${NAMES}`;
  void follow(
    path,
    controller.signal,
    (event) => {
      try {
        tell(JSON.parse(event.data) as EngineEvent);
      } catch {
        // Half an event tells nothing.
      }
    },
    () => undefined,
  );
});

function tell(event: EngineEvent): void {
  if (event.name.startsWith("APPROVAL_")) void refreshApprovals();
  for (const listener of listeners) listener(event);
}
