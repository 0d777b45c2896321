import assert from "node:assert/strict";
import test from "node:test";
import type { RunDetail } from "../src/core/types";
import { cut, cutWords } from "../src/pages/highlight";
import { ticks, timeline } from "../src/pages/timeline";

const call = (purpose: string, start: number, micros: number) => ({ provider: "p", kind: "text-large", model: "m", purpose, usage: { prompt: 1, completion: 1 }, start, micros });

const run = {
  run: "r", room: "x", message: "m", status: "completed", responded: true, reason: "", replies: [], micros: 1000,
  stages: [{ stage: "respond", start: 0, micros: 50 }, { stage: "compose", start: 50, micros: 100 }, { stage: "decide", start: 150, micros: 300 }, { stage: "act", start: 450, micros: 200 }],
  providers: [{ name: "A", start: 50, micros: 90, characters: 1 }, { name: "B", start: 52, micros: 30, characters: 1, error: "down" }],
  "model-calls": [call("should-respond", 0, 40), call("decide", 150, 290), call("image", 460, 120), call("reflect", 1000, 70)],
  steps: [{ action: "X", arguments: {}, status: "completed", start: 450, micros: 180 }, { action: "REPLY", arguments: {}, status: "failed", start: 630, micros: 10 }],
  evaluations: [{ evaluator: "E", start: 1000, micros: 80 }],
} as unknown as RunDetail;

test("everything of a run stands in the order in which it began, what is within another thing behind it", () => {
  const bars = timeline(run);
  const order = bars.map((bar) => `${bar.kind} ${bar.name.split(" ")[0]}`);
  assert.deepEqual(order, [
    "stage respond", "model should", "stage compose", "provider A", "provider B", "stage decide", "model decide", "stage act", "action X", "model image", "action REPLY", "model reflect", "evaluator E",
  ]);
  assert.deepEqual(bars.filter((bar) => bar.failed).map((bar) => [bar.name, bar.note]), [["B", "down"], ["REPLY", undefined]]);
  assert.deepEqual(bars.filter((bar) => bar.kind === "action").map((bar) => bar.index), [0, 1]);
});

test("axes have round steps", () => {
  assert.deepEqual(ticks(10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticks(0, 5), [0]);
  assert.ok(ticks(3_361_000, 5).every((tick) => tick % 1_000_000 === 0));
});

test("marks count as JavaScript does, and words are found in any case", () => {
  assert.deepEqual(cut("é 🌧 log", [[5, 8]]), [{ text: "é 🌧 ", marked: false }, { text: "log", marked: true }]);
  assert.deepEqual(cut("abc", [[2, 9]]), [{ text: "abc", marked: false }]);
  assert.deepEqual(cutWords("The Log (of)", "log (of").filter((piece) => piece.marked).map((piece) => piece.text), ["Log", "of"]);
});
