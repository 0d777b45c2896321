import { ApiError, ask } from "./http";
import { events, type StreamEvent } from "./sse";

export type FollowState = "connecting" | "live" | "lost";

export interface Follower {
  take: (event: StreamEvent) => void;
  told?: (state: FollowState, error?: Error) => void;
  /** Something may have happened that was not told: the connection was lost and is there again, or the server left some out. */
  missed?: () => void;
}

/**
 * Follows a stream for as long as the signal lets it: connects again after a loss, from the last event on, with growing
 * pauses. Ends by itself only where the server refuses.
 */
export async function follow(path: string, signal: AbortSignal, { take, told, missed }: Follower): Promise<void> {
  let last: string | undefined;
  let pause = 500;
  let wasLost = false;
  while (!signal.aborted) {
    told?.("connecting");
    try {
      const headers: Record<string, string> = last === undefined ? {} : { "last-event-id": last };
      const response = await ask(path, { accept: "text/event-stream", headers, signal });
      told?.("live");
      pause = 500;
      if (wasLost) missed?.();
      for await (const event of events(response)) {
        if (event.id !== undefined) last = event.id;
        if (event.event === "lagged") missed?.();
        // Of the end, and of a refusal, the next request tells more.
        else if (event.event !== "ending" && event.event !== "refused") take(event);
      }
      if (signal.aborted) return;
      told?.("lost");
    } catch (error) {
      if (signal.aborted) return;
      told?.("lost", error as Error);
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) return;
    }
    wasLost = true;
    await wait(pause, signal);
    pause = Math.min(pause * 1.7, 8000);
  }
}

export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
