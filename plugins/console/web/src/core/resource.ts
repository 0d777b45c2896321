import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { online } from "./http";

export interface Resource<T> {
  data: T | undefined;
  error: Error | undefined;
  loading: boolean;
  /** Ends when it is loaded, or cannot be. */
  reload: () => Promise<void>;
  set: (change: (data: T) => T) => void;
}

/** Loads what a key names, anew whenever the key changes, the reader asks, or the server is back. `undefined` loads nothing. */
export function useResource<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [state, setState] = useState<{ key?: string; data?: T; error?: Error; loading: boolean }>({ loading: key !== undefined });
  const [round, setRound] = useState(0);
  const loader = useRef(load);
  loader.current = load;
  const waiting = useRef<(() => void)[]>([]);
  useEffect(() => {
    const settle = () => waiting.current.splice(0).forEach((done) => done());
    if (key === undefined) return settle();
    const controller = new AbortController();
    setState((old) => (old.key === key ? { ...old, loading: true } : { key, loading: true }));
    loader.current(controller.signal).then(
      (data) => !controller.signal.aborted && (setState({ key, data, loading: false }), settle()),
      (error: Error) => !controller.signal.aborted && (setState((old) => ({ ...old, key, error, loading: false })), settle()),
    );
    return () => controller.abort();
  }, [key, round]);
  const failed = state.error !== undefined;
  useEffect(() => {
    if (!failed) return;
    let was = online.peek();
    return online.subscribe((value) => {
      if (value && !was) setRound((n) => n + 1);
      was = value;
    });
  }, [failed]);
  const reload = useCallback(() => {
    setRound((n) => n + 1);
    return new Promise<void>((resolve) => waiting.current.push(resolve));
  }, []);
  const set = useCallback((change: (data: T) => T) => {
    setState((old) => (old.data === undefined ? old : { ...old, data: change(old.data) }));
  }, []);
  const mine = state.key === key;
  return { data: mine ? state.data : undefined, error: mine ? state.error : undefined, loading: mine ? state.loading : key !== undefined, reload, set };
}

/** A value that follows another after a pause: what is typed into a search box. */
export function useSettled<T>(value: T, pause = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause);
    return () => clearTimeout(timer);
  }, [value, pause]);
  return settled;
}
