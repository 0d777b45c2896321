import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { FollowState } from "../core/follow";
import { Button, Status } from "../ui/basic";

interface StreamProps {
  label: string;
  /** Changes when there is more to see. */
  size: number;
  paused: boolean;
  setPaused: (paused: boolean) => void;
  children: ComponentChildren;
}

/** Lines that come by themselves; who scrolls up pauses them. */
export function StreamList({ label, size, paused, setPaused, children }: StreamProps) {
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  useLayoutEffect(() => {
    if (following.current && !paused && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [size, paused]);
  useEffect(() => {
    if (!paused) following.current = true;
  }, [paused]);
  const scrolled = () => {
    const element = box.current!;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    following.current = atEnd;
    if (!atEnd && !paused) setPaused(true);
  };
  return (
    <div class="stream" ref={box} onWheel={scrolled} onTouchMove={scrolled} tabIndex={0} role="log" aria-live="off" aria-label={label}>
      {children}
    </div>
  );
}

export function StreamTools({ state, paused, held, setPaused, clear }: { state: FollowState; paused: boolean; held: number; setPaused: (paused: boolean) => void; clear: () => void }) {
  const word = paused ? "paused" : state;
  return (
    <>
      <Status word={word} tone={paused ? "quiet" : state === "live" ? "ok" : state === "lost" ? "bad" : "busy"}>{paused && held > 0 ? `paused, ${held} more` : word}</Status>
      <Button icon={paused ? "play" : "pause"} aria-pressed={paused} onClick={() => setPaused(!paused)}>{paused ? "Go on" : "Pause"}</Button>
      <Button kind="quiet" icon="trash" label="Clear" onClick={clear} />
    </>
  );
}
