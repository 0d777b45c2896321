import type { RunDetail } from "../core/types";

export type BarKind = "stage" | "provider" | "model" | "action" | "evaluator";

export interface Bar {
  kind: BarKind;
  name: string;
  /** Microseconds from the beginning of the run. */
  start: number;
  micros: number;
  failed: boolean;
  /** Which model call or action it is. */
  index: number;
  note?: string;
}

// What begins at one time stands in this order: the outer things first.
const KINDS: BarKind[] = ["stage", "provider", "action", "model", "evaluator"];

/** All of a run on one axis, by the times at which it began. */
export function timeline(run: RunDetail): Bar[] {
  const failed = (error?: string | null) => (error ? { failed: true, note: error } : { failed: false });
  const bars: Bar[] = [
    ...run.stages.map(({ stage, start, micros }): Bar => ({ kind: "stage", name: stage, start, micros, failed: false, index: -1 })),
    ...run.providers.map(({ name, start, micros, error }): Bar => ({ kind: "provider", name, start, micros, index: -1, ...failed(error) })),
    ...run["model-calls"].map((call, index): Bar => ({ kind: "model", name: nameOf(call), start: call.start, micros: call.micros, failed: false, index })),
    ...run.steps.map(({ action, start, micros, status }, index): Bar => ({ kind: "action", name: action, start, micros, failed: status === "failed", index })),
    ...run.evaluations.map(({ evaluator, start, micros, error }): Bar => ({ kind: "evaluator", name: evaluator, start, micros, index: -1, ...failed(error) })),
  ];
  return bars.sort((a, b) => a.start - b.start || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

export function purposeOf(purpose: string | { other: string }): string {
  return typeof purpose === "string" ? purpose : purpose.other;
}

function nameOf(call: RunDetail["model-calls"][number]): string {
  return `${purposeOf(call.purpose).replace(/-/g, " ")} · ${call.model || call.provider}`;
}

/** Round steps of an axis: about so many of 1, 2 or 5 times a power of ten. */
export function ticks(end: number, about: number): number[] {
  if (end <= 0) return [0];
  const raw = end / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw) ?? power * 10;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, n) => n * step);
}
