const NUMBER = new Intl.NumberFormat("en");
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export function count(value: number): string {
  return Math.abs(value) < 10_000 ? NUMBER.format(value) : COMPACT.format(value);
}

/** Microseconds as people read them: `840 µs`, `12 ms`, `1.4 s`, `2 m 5 s`. */
export function micros(value: number): string {
  if (value < 1000) return `${Math.round(value)} µs`;
  const ms = value / 1000;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(s < 10 ? 1 : 0)} s`;
  return `${Math.floor(s / 60)} m ${Math.round(s % 60)} s`;
}

export function money(value: number): string {
  if (value === 0) return "$0";
  if (value >= 0.01) return `$${value.toFixed(2)}`;
  return value < 1e-6 ? "< $0.000001" : `$${Number(value.toPrecision(2)).toFixed(8).replace(/0+$/, "")}`;
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1e6) return `${(value / 1000).toFixed(0)} kB`;
  return `${(value / 1e6).toFixed(1)} MB`;
}

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" });

function valid(at: string): Date | undefined {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The time today, the day before that. */
export function when(at: string, now = new Date()): string {
  const date = valid(at);
  if (!date) return at;
  if (date.toDateString() === now.toDateString()) return TIME.format(date);
  const text = date.getFullYear() === now.getFullYear() ? DAY.format(date) : DATE.format(date);
  return `${text}, ${TIME.format(date)}`;
}

export function clock(at: string): string {
  const date = valid(at);
  return date ? SECONDS.format(date) : at;
}

export function fullTime(at: string): string {
  const date = valid(at);
  return date ? FULL.format(date) : at;
}

const STEPS: [number, string][] = [[60, "second"], [60, "minute"], [24, "hour"], [30, "day"], [12, "month"], [Infinity, "year"]];

/** `3 minutes ago`, `in 2 days`. */
export function ago(at: string, now = Date.now()): string {
  const date = valid(at);
  if (!date) return at;
  let amount = (date.getTime() - now) / 1000;
  const future = amount > 0;
  amount = Math.abs(amount);
  if (amount < 5) return "now";
  for (const [size, unit] of STEPS) {
    if (amount < size) {
      const whole = Math.round(amount);
      const text = `${whole} ${unit}${whole === 1 ? "" : "s"}`;
      return future ? `in ${text}` : `${text} ago`;
    }
    amount /= size;
  }
  return at;
}

export function dayOf(at: string, now = new Date()): string {
  const date = valid(at);
  if (!date) return at;
  if (date.toDateString() === now.toDateString()) return "Today";
  if (date.toDateString() === new Date(now.getTime() - 86_400_000).toDateString()) return "Yesterday";
  return date.getFullYear() === now.getFullYear() ? DAY.format(date) : DATE.format(date);
}

/** A name of code for people: `text-large` is `text large`. */
export function words(name: string): string {
  return name.replace(/[-_]+/g, " ");
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function kindName(kind: string | { custom: string }): string {
  return typeof kind === "string" ? kind : kind.custom;
}
