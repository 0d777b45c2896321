import assert from "node:assert/strict";
import test from "node:test";
import { gather } from "../src/core/gather";

/** Lets what was promised go on. */
const rest = async () => {
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
};

test("many who ask are one, at the end of the pause", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let done = 0;
  const { ask } = gather(async () => void (done += 1), 300);
  ask();
  t.mock.timers.tick(200);
  ask();
  ask();
  assert.equal(done, 0);
  t.mock.timers.tick(100);
  assert.equal(done, 1, "who asks all the time holds nothing up");
  await rest();
  t.mock.timers.tick(1000);
  assert.equal(done, 1);
  ask();
  t.mock.timers.tick(300);
  assert.equal(done, 2);
});

test("it is never done twice at a time, and nobody who asked meanwhile is forgotten", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const ends: (() => void)[] = [];
  const { ask } = gather(() => new Promise<void>((resolve) => ends.push(resolve)), 300);
  ask();
  t.mock.timers.tick(300);
  ask();
  ask();
  t.mock.timers.tick(1000);
  assert.equal(ends.length, 1, "the first is under way still");
  ends[0]!();
  await rest();
  t.mock.timers.tick(300);
  assert.equal(ends.length, 2);
  ends[1]!();
  await rest();
  t.mock.timers.tick(1000);
  assert.equal(ends.length, 2);
});

test("what fails is done again when somebody asks, what is stopped is not", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let tried = 0;
  const { ask, stop } = gather(() => Promise.reject(new Error(`${(tried += 1)}`)), 300);
  ask();
  t.mock.timers.tick(300);
  await rest();
  ask();
  t.mock.timers.tick(300);
  assert.equal(tried, 2);
  ask();
  stop();
  await rest();
  t.mock.timers.tick(1000);
  assert.equal(tried, 2);
});
