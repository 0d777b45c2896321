import { useEffect, useRef } from "preact/hooks";
import { gather } from "./gather";
import { onEvent, onMissed } from "./live";
import type { EngineEvent } from "./types";

/** Loads anew when an event fits, and when any may have been missed. */
export function useLive(reload: () => Promise<void>, fits: (event: EngineEvent) => boolean = () => false): void {
  const wanted = useRef(fits);
  wanted.current = fits;
  useEffect(() => {
    const { ask, stop } = gather(reload);
    const ends = [onEvent((event) => wanted.current(event) && ask()), onMissed(ask), stop];
    return () => ends.forEach((end) => end());
  }, [reload]);
}
