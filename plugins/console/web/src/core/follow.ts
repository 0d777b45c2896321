import { ApiError, ask } from "./http";
import { events, type StreamEvent } from "./sse";

export type FollowState = "connecting" | "live" | "lost";

/**
 * Follows a stream for as long as the signal lets it: connects again after a loss, from the last event on, with growing
 * pauses. Ends by itself only where the server refuses.
 */
export async function follow(
  path: string,
  signal: AbortSignal,
  take: (event: StreamEvent) => void,
  told: (state: FollowState, error?: Error) => void,
): Promise<void> {
  let last: string | undefined;
  let pause = 500;
  while (!signal.aborted) {
    told("connecting");
    try {
      const headers: Record<string, string> = last === undefined ? {} : { "last-event-id": last };
      const response = await ask(path, { accept: "text/event-stream", headers, signal });
      told("live");
      pause = 500;
      for await (const event of events(response)) {
        if (event.id !== undefined) last = event.id;
        take(event);
      }
      if (signal.aborted) return;
      told("lost");
    } catch (error) {
      if (signal.aborted) return;
      told("lost", error as Error);
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) return;
    }
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
