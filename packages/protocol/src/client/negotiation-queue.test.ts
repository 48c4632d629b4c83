import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../testing/virtual-scheduler.js";
import { NegotiationQueue } from "./negotiation-queue.js";

/** A queue whose negotiations end when told to. */
function createQueue() {
  const running: { readonly succeed: () => void; readonly fail: (error: Error) => void }[] = [];
  const queue = new NegotiationQueue(() => new Promise((succeed, fail) => running.push({ succeed, fail })));
  return { queue, running };
}

test("whatever is asked for while one is in flight is exactly one more", async () => {
  const { queue, running } = createQueue();
  const first = queue.request();
  const later = [queue.request(), queue.request(), queue.request()];
  assert.equal(running.length, 1);
  running[0]?.succeed();
  await first;
  await settle();
  assert.equal(running.length, 2);
  running[1]?.succeed();
  await Promise.all(later);
  await settle();
  assert.equal(running.length, 2);
});

test("a request waits for a negotiation that began after it", async () => {
  const { queue, running } = createQueue();
  const first = queue.request();
  let done = false;
  const second = queue.request().then(() => {
    done = true;
  });
  running[0]?.succeed();
  await first;
  await settle();
  assert.equal(done, false);
  running[1]?.succeed();
  await second;
  assert.equal(done, true);
});

test("a negotiation that fails is told to those who asked for it, and the next one runs", async () => {
  const { queue, running } = createQueue();
  const first = queue.request();
  const second = queue.request();
  running[0]?.fail(new Error("refused"));
  await assert.rejects(first, /refused/);
  await settle();
  running[1]?.succeed();
  await second;
  void queue.request();
  assert.equal(running.length, 3);
});
