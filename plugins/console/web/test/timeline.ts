import assert from "node:assert/strict";
import test from "node:test";
import type { RunDetail } from "../src/core/types";
import { cut, cutWords } from "../src/pages/highlight";
import { ticks, timeline } from "../src/pages/timeline";

const call = (purpose: string, micros: number, step?: number) => ({ provider: "p", kind: "text-large", model: "m", purpose, usage: { prompt: 1, completion: 1 }, micros, ...(step === undefined ? {} : { step }) });

const run = {
  run: "r", room: "x", message: "m", status: "completed", responded: true, reason: "", replies: [], micros: 1000,
  stages: [{ stage: "respond", micros: 50 }, { stage: "compose", micros: 100 }, { stage: "decide", micros: 300 }, { stage: "act", micros: 200 }, { stage: "compose", micros: 50 }, { stage: "decide", micros: 250 }, { stage: "act", micros: 50 }],
  providers: [{ name: "A", micros: 90, characters: 1 }, { name: "B", micros: 30, characters: 1, error: "down" }],
  "model-calls": [call("should-respond", 40), call("decide", 290), call("decide", 2000), call("image", 120, 1), call("reflect", 70)],
  steps: [{ action: "X", arguments: {}, status: "completed", micros: 180 }, { action: "REPLY", arguments: {}, status: "failed", micros: 1900 }],
  evaluations: [{ evaluator: "E", micros: 80 }],
} as unknown as RunDetail;

test("everything of a run has its place on one axis", () => {
  const bars = timeline(run);
  const place = (kind: string, name: string) => bars.filter((bar) => bar.kind === kind && bar.name.startsWith(name)).map((bar) => bar.start);
  assert.deepEqual(bars.filter((bar) => bar.kind === "stage").map((bar) => bar.start), [0, 50, 150, 450, 650, 700, 950]);
  assert.deepEqual([place("provider", "A"), place("provider", "B")], [[50], [50]], "providers run at the same time");
  assert.deepEqual(place("model", "should respond"), [0]);
  assert.equal(place("model", "decide")[0], 150);
  assert.deepEqual([place("action", "X"), place("model", "image")], [[450], [450]], "what an action asked is within it");
  assert.deepEqual(place("evaluator", "E"), [1000], "evaluators come after the reply");
  assert.equal(bars.filter((bar) => bar.kind === "model").length, 5, "no call is lost");
  assert.equal(bars.filter((bar) => bar.kind === "action").length, 2);
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
