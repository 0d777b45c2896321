import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { follow, type FollowState } from "../core/follow";

const MOST = 1000;

interface Streamed<T> {
  items: T[];
  state: FollowState;
  error: Error | undefined;
  paused: boolean;
  /** How many came since it was paused. */
  held: number;
  setPaused: (paused: boolean) => void;
  clear: () => void;
}

/** What a stream told, the newest last, up to a thousand. While it is paused, what comes is held back. */
export function useStream<T>(path: string | undefined, missed?: () => void): Streamed<T> {
  const [items, setItems] = useState<T[]>([]);
  const [state, setState] = useState<FollowState>("connecting");
  const [error, setError] = useState<Error>();
  const [paused, setPausedState] = useState(false);
  const [held, setHeld] = useState(0);
  const waiting = useRef<T[]>([]);
  const pausedNow = useRef(false);
  const flush = useCallback(() => {
    if (waiting.current.length === 0 || pausedNow.current) return;
    const more = waiting.current;
    waiting.current = [];
    setItems((old) => [...old, ...more].slice(-MOST));
  }, []);
  useEffect(() => {
    if (path === undefined) return;
    const controller = new AbortController();
    setItems([]);
    waiting.current = [];
    // Many at once are drawn together.
    const timer = setInterval(flush, 200);
    void follow(path, controller.signal, {
      take: (event) => {
        try {
          waiting.current.push(JSON.parse(event.data) as T);
        } catch {
          return;
        }
        if (waiting.current.length > MOST) waiting.current.shift();
        if (pausedNow.current) setHeld(waiting.current.length);
      },
      told: (next, failed) => {
        setState(next);
        setError(failed);
      },
      missed: () => missed?.(),
    });
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [path]);
  const setPaused = (value: boolean) => {
    pausedNow.current = value;
    setPausedState(value);
    setHeld(0);
    flush();
  };
  const clear = () => {
    waiting.current = [];
    setHeld(0);
    setItems([]);
  };
  return { items, state, error, paused, held, setPaused, clear };
}
