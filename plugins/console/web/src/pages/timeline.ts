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

/**
 * Places all of a run on one axis. A record tells how long each thing took and in which order; providers of a stage run
 * at the same time, model calls and actions one after another within theirs, evaluators after the reply.
 */
export function timeline(run: RunDetail): Bar[] {
  const bars: Bar[] = [];
  const calls = run["model-calls"].map((call, index) => ({ call, index }));
  const steps = run.steps.map((step, index) => ({ step, index }));
  let at = 0;
  let composed = false;
  for (const { stage, micros } of run.stages) {
    bars.push({ kind: "stage", name: stage, start: at, micros, failed: false, index: -1 });
    if (stage === "compose" && !composed) {
      composed = true;
      for (const provider of run.providers) {
        bars.push({ kind: "provider", name: provider.name, start: at, micros: provider.micros, failed: provider.error !== undefined, index: -1, ...(provider.error ? { note: provider.error } : {}) });
      }
    }
    if (stage === "respond") placeCalls(bars, calls, at, micros, (one) => purposeOf(one.call.purpose) === "should-respond");
    if (stage === "decide") placeCalls(bars, calls, at, micros, (one) => one.call.step === undefined && ["decide", "reply"].includes(purposeOf(one.call.purpose)));
    if (stage === "act") placeSteps(bars, steps, calls, at, micros);
    at += micros;
  }
  // What no stage had room for comes after them: embeddings, reflections.
  for (const { call, index } of calls) {
    bars.push({ kind: "model", name: nameOf(call), start: at, micros: call.micros, failed: false, index });
  }
  for (const { step, index } of steps) {
    bars.push({ kind: "action", name: step.action, start: at, micros: step.micros, failed: step.status === "failed", index });
  }
  const end = Math.max(at, run.micros);
  for (const evaluation of run.evaluations) {
    bars.push({ kind: "evaluator", name: evaluation.evaluator, start: end, micros: evaluation.micros, failed: Boolean(evaluation.error), index: -1, ...(evaluation.error ? { note: evaluation.error } : {}) });
  }
  return bars;
}

type Call = { call: RunDetail["model-calls"][number]; index: number };
type Taken = { step: RunDetail["steps"][number]; index: number };

/** Takes the calls that fit into a stage, in their order. */
function placeCalls(bars: Bar[], calls: Call[], start: number, room: number, belongs: (call: Call) => boolean): void {
  let at = start;
  for (let n = 0; n < calls.length; ) {
    const one = calls[n]!;
    if (!belongs(one)) {
      n += 1;
      continue;
    }
    // A call may be counted a little longer than its stage; the next pass has the next one.
    if (at > start && at + one.call.micros > start + room * 1.05 + 500) return;
    bars.push({ kind: "model", name: nameOf(one.call), start: at, micros: one.call.micros, failed: false, index: one.index });
    at += one.call.micros;
    calls.splice(n, 1);
  }
}

function placeSteps(bars: Bar[], steps: Taken[], calls: Call[], start: number, room: number): void {
  let at = start;
  while (steps.length > 0) {
    const { step, index } = steps[0]!;
    if (at > start && at + step.micros > start + room * 1.05 + 500) return;
    bars.push({ kind: "action", name: step.action, start: at, micros: step.micros, failed: step.status === "failed", index });
    placeCalls(bars, calls, at, step.micros, (one) => one.call.step === index + 1);
    at += step.micros;
    steps.shift();
  }
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
