import assert from "node:assert/strict";
import test from "node:test";
import { entries, renewed } from "../src/chat/order";
import { begin, type Turn } from "../src/chat/turn";
import type { Approval, Memory } from "../src/core/types";

const at = (second: number | string) => `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`;
const message = (id: string, second: number | string) => ({ id, at: at(second), content: { text: id } }) as Memory;
const said = (key: string, second: number, more: Partial<Turn> = {}): Turn => ({ ...begin(key, { text: key, files: [], at: at(second) }), ...more });
const told = (messages: Memory[], turns: Turn[]) => entries(messages, turns).map((entry) => entry.key).join(" ");

test("messages and turns stand by time", () => {
  const turns = [said("T1", 20, { message: "m1" }), said("T2", 40)];
  assert.equal(told([message("a", 10)], turns), "a T1 T2");
  assert.equal(told([message("a", 10), message("b", 30)], turns), "a T1 b T2", "what came in between is not below newer turns");
  assert.equal(told([message("a", 10), message("b", 50)], turns), "a T1 T2 b");
  assert.equal(told([message("b", "30.25"), message("a", "30.123456789"), message("c", 30)], []), "c a b", "times of any length");
});

test("what a turn shows is not shown again", () => {
  const reply = message("r", 22);
  const question = { id: "q" } as Approval;
  const turn = said("T", 20, { message: "m", replies: [reply], approvals: [question] });
  assert.equal(told([message("a", 10), message("m", 20), message("q", 21), reply, message("b", 30)], [turn]), "a T b");
  const found: Turn = { ...begin("F", undefined, at(21)), message: "m", found: true, replies: [reply] };
  assert.equal(told([message("a", 10), message("m", 20), reply, message("b", 30)], [found]), "a m F b", "what was said elsewhere stays");
});

test("a turn that goes on by a yes shows its reply behind that", () => {
  const reply = message("r", 32);
  const asked = said("A", 10, { message: "a", run: "A", replies: [message("q", 11), reply] });
  const yes = said("B", 30, { message: "b", run: "B", replies: [reply] });
  const shown = entries([message("a", 10), message("x", 20), message("b", 30)], [asked, yes]);
  assert.deepEqual(shown.map((entry) => entry.turn?.replies.map((one) => one.id) ?? entry.key), [["q"], "x", ["r"]]);
});

test("a turn stands by the server's time once that is known", () => {
  const late = said("T", 59, { message: "m" });
  assert.equal(told([message("a", 10), message("m", 20), message("b", 30)], [late]), "a T b");
});

test("a newer page keeps what it is next to, and what came meanwhile", () => {
  const ids = (messages: Memory[]) => messages.map((one) => one.id).join(" ");
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((id, n) => message(id, n * 10)) as [Memory, Memory, Memory, Memory, Memory];
  assert.equal(ids(renewed([], [a, b], false)), "a b");
  assert.equal(ids(renewed([a, b], [b, c, d], true)), "a b c d", "what was missed comes in between");
  assert.equal(ids(renewed([a, b, e], [b, c, d], true)), "a b c d e", "what came while it was loaded stays");
  assert.equal(ids(renewed([a, b], [d, e], false)), "d e", "over a gap nothing is kept");
  assert.equal(ids(renewed([a, b, c], [a, c], true)), "a c", "what was deleted goes");
  assert.equal(ids(renewed([a, b], [], true)), "", "an empty room is empty");
  assert.equal(ids(renewed([a, b], [], true, (id) => id === "b")), "b", "but for what came meanwhile");
});
