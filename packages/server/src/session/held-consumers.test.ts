import assert from "node:assert/strict";
import { test } from "node:test";
import { createCall } from "../testing/call-fixture.js";
import { MemoryNode } from "../testing/memory-node.js";
import { MAX_HOLD_MS } from "./held-consumers.js";

/** Bob, whose transport stands, is asked for one section more and offers it; what the worker was told by that. */
function receiveOneMore(node: MemoryNode, options: { readonly confirms?: boolean }) {
  const { ann, bob } = createCall(node);
  const [worker] = node.workers.ready;
  ann.publish("video");
  ann.offer();
  node.clock.advance(10);
  for (const needed of bob.take("negotiationNeeded")) bob.peer.receive(needed);
  worker?.take("openConsumer");
  bob.offer(options);
  const opened = worker?.take("openConsumer").map(({ parameters }) => parameters.isHeld) ?? [];
  return { ann, bob, opened, released: () => worker?.take("releaseConsumers").length };
}

test("what is new to a client that confirms is held back until it has applied the answer", () => {
  const node = new MemoryNode();
  const { bob, opened, released } = receiveOneMore(node, { confirms: true });
  assert.deepEqual(opened, [true]);
  assert.equal(released(), 0);
  bob.call({ method: "answerApplied", params: {} });
  assert.equal(released(), 1);
  bob.call({ method: "answerApplied", params: {} });
  node.clock.advance(MAX_HOLD_MS);
  assert.equal(released(), 0, "once is enough");
});

test("a client that does not say that it has applied the answer is waited for so long from the first that is held", () => {
  const node = new MemoryNode();
  const { ann, bob, released } = receiveOneMore(node, { confirms: true });
  node.clock.advance(MAX_HOLD_MS - 50);
  ann.publish("video");
  ann.offer();
  node.clock.advance(10);
  for (const needed of bob.take("negotiationNeeded")) bob.peer.receive(needed);
  bob.offer({ confirms: true });
  assert.equal(released(), 0);
  node.clock.advance(40);
  assert.equal(released(), 1);
  node.clock.advance(MAX_HOLD_MS);
  assert.equal(released(), 0);
});

test("nothing is held back for a client that does not confirm, or one that is gone", () => {
  const node = new MemoryNode();
  const { opened } = receiveOneMore(node, {});
  assert.deepEqual(opened, [undefined]);
  const other = new MemoryNode();
  const { bob, released } = receiveOneMore(other, { confirms: true });
  bob.membership.session.leave(bob.participantId);
  other.clock.advance(MAX_HOLD_MS);
  assert.equal(released(), 0);
});
