export interface Gathered {
  ask: () => void;
  stop: () => void;
}

/**
 * Does something once for all who ask within a pause, and never twice at a time. The pause begins with the first who asks:
 * where the asking does not end, it is done all the same.
 */
export function gather(work: () => Promise<unknown>, pause = 300): Gathered {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;
  let again = false;
  const ask = () => {
    if (busy) again = true;
    else timer ??= setTimeout(run, pause);
  };
  const run = async () => {
    timer = undefined;
    busy = true;
    // Who asked for the work shows what is wrong with it.
    await work().catch(() => undefined);
    busy = false;
    if (again) ask();
    again = false;
  };
  const stop = () => {
    clearTimeout(timer);
    again = false;
  };
  return { ask, stop };
}
