/** What the tests of the session layer have in common. */
import assert from "node:assert/strict";
import { type ErrorCode, SluiceError } from "@sluice/protocol";
import type { MemoryNode } from "./memory-node.js";

export function refuses(code: ErrorCode, run: () => unknown): void {
  assert.throws(run, (error) => error instanceof SluiceError && error.code === code);
}

/** Two participants with media: ann sends audio and video, bob receives both. */
export function createCall(node: MemoryNode) {
  const ann = node.client("ann");
  ann.join();
  const tracks = [ann.publish("audio"), ann.publish("video")];
  ann.offer();
  const bob = node.client("bob");
  bob.join();
  node.clock.advance(10);
  for (const needed of bob.take("negotiationNeeded")) bob.peer.receive(needed);
  const { tracks: received } = bob.offer();
  return { ann, bob, tracks, received };
}
