import assert from "node:assert/strict";
import test from "node:test";
import { apply, begin, isBusy, type Turn } from "../src/chat/turn";
import { EventParser } from "../src/core/sse";

test("events are whole however the stream is cut", () => {
  const stream = ": hello\n\nid: 1\nevent: text\ndata: {\"text\":\"a\"}\n\ndata: one\r\ndata: two\r\n\r\nevent: empty\n\nid: 3\nevent: ended\ndata: {}\n\n";
  const wanted = [
    { id: "1", event: "text", data: '{"text":"a"}' },
    { event: "message", data: "one\ntwo" },
    { id: "3", event: "ended", data: "{}" },
  ];
  for (const size of [1, 2, 3, 7, 1000]) {
    const parser = new EventParser();
    const found = [];
    for (let at = 0; at < stream.length; at += size) found.push(...parser.push(stream.slice(at, at + size)));
    assert.deepEqual(found, wanted, `pieces of ${size}`);
  }
});

const record = (more: object) => ({ run: "r", room: "x", message: "m", status: "completed", responded: true, reason: "", stages: [], providers: [], "model-calls": [], steps: [], replies: ["a"], evaluations: [], micros: 5, ...more });
const play = (events: [string, unknown][]): Turn => events.reduce((turn, [name, data]) => apply(turn, name, data), begin("k"));
const reply = { id: "a", content: { text: "Hello." } };

test("a turn is what its events say", () => {
  const begun: [string, unknown][] = [["started", { run: "r", message: "m" }], ["text", { text: "Hel" }], ["text", { text: "lo." }]];
  assert.equal(play(begun).text, "Hello.");
  assert.ok(isBusy(play(begun)));
  assert.equal(play([...begun, ["retracted", {}]]).text, "");
  const acted = play([...begun, ["action-started", { action: "A", arguments: { x: 1 } }], ["action-completed", { action: "A", result: { success: true }, micros: 3 }]]);
  assert.deepEqual(acted.progress, [{ action: "A", arguments: { x: 1 }, result: { success: true }, micros: 3 }]);
  const done = play([...begun, ["reply", reply], ["reply", reply], ["ended", record({})]]);
  assert.equal(done.state, "ended");
  assert.equal(done.replies.length, 1, "the same reply twice is one");
  assert.equal(done.text, "");
});

test("a turn that failed, waits, or lost its stream says so", () => {
  const failed = play([["started", { run: "r" }], ["ended", record({ status: "failed", error: "no model answered", replies: [] })]]);
  assert.deepEqual([failed.state, failed.error], ["failed", "no model answered"]);
  const approval = { id: "q", run: "r", action: "PAY", arguments: {}, step: 1 };
  const waiting = play([["started", { run: "r" }], ["approval", approval], ["ended", record({ status: "waiting", approvals: [approval], replies: [] })]]);
  assert.deepEqual([waiting.state, waiting.approvals.length, isBusy(waiting)], ["waiting", 1, false]);
  const answered = { ...approval, answered: { ruling: "denied", name: "Sam", at: "" } };
  const elsewhere = play([["approval", approval], ["ended", record({ approvals: [answered] })]]);
  assert.deepEqual(elsewhere.approvals, [answered], "an answer from elsewhere is seen");
  const known = { action: "A", arguments: {}, status: "completed", result: { success: true }, micros: 2 };
  const lost = play([["started", { run: "r" }], ["ended", record({ steps: [known] })]]);
  assert.deepEqual(lost.progress.map((one) => one.action), ["A"], "the record knows what the stream lost");
  const cancelled = play([["started", { run: "r" }], ["ended", record({ status: "cancelled", replies: [] })]]);
  assert.equal(cancelled.error, "This turn was cancelled.");
});
