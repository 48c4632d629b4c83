import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryNode } from "../testing/memory-node.js";
import type { RoomObserver } from "./room-observer.js";
import { RoomObservers } from "./room-observers.js";

test("each observer hears of everything, in the order given", () => {
  const heard: string[] = [];
  const listen = (who: string): RoomObserver => ({
    handleRoomStarted: ({ name }) => heard.push(`${who}: ${name} started`),
    handleRoomEvent: (_room, { type }) => heard.push(`${who}: ${type}`),
    handleRoomFinished: ({ name }) => heard.push(`${who}: ${name} finished`),
  });
  const node = new MemoryNode({ observer: new RoomObservers([listen("first"), listen("second")]) });
  node.client("ann").join();
  node.rooms.delete("demo");
  assert.deepEqual(heard, [
    "first: demo started",
    "second: demo started",
    "first: participantConnectionAborted",
    "second: participantConnectionAborted",
    "first: demo finished",
    "second: demo finished",
  ]);
});
