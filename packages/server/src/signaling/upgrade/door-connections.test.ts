import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import type { WebSocket } from "ws";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { DoorConnections } from "./door-connections.js";

const INTERVAL_MS = 5_000;

/** A connection that only counts its heartbeats. */
function open(connections: DoorConnections<Counted>): Counted {
  const socket = new EventEmitter();
  const connection = { heartbeats: 0, isClosed: false, end: () => socket.emit("close") };
  const counted: Counted = {
    ...connection,
    close: () => {
      counted.isClosed = true;
    },
    terminate: () => {},
    handleHeartbeat: () => {
      counted.heartbeats += 1;
    },
  };
  connections.add(counted, socket as unknown as WebSocket);
  return counted;
}

interface Counted {
  heartbeats: number;
  isClosed: boolean;
  readonly end: () => void;
  close(): void;
  terminate(): void;
  handleHeartbeat(): void;
}

test("everybody has one heartbeat an interval, and never many at once", () => {
  const clock = new VirtualClock();
  const connections = new DoorConnections<Counted>(clock, INTERVAL_MS);
  const all = Array.from({ length: 1_000 }, () => open(connections));
  let before = 0;
  let mostAtOnce = 0;
  for (let ms = 0; ms < 3 * INTERVAL_MS; ms += 10) {
    clock.advance(10);
    const beats = all.reduce((sum, { heartbeats }) => sum + heartbeats, 0);
    mostAtOnce = Math.max(mostAtOnce, beats - before);
    before = beats;
  }
  assert.deepEqual(new Set(all.map(({ heartbeats }) => heartbeats)), new Set([3]));
  assert.equal(mostAtOnce, 1_000 / 50);
  connections.close();
});

test("who has gone has none, and the others end together", () => {
  const clock = new VirtualClock();
  const connections = new DoorConnections<Counted>(clock, INTERVAL_MS);
  const [gone, stays] = [open(connections), open(connections)];
  assert.equal(connections.count, 2);
  gone.end();
  clock.advance(INTERVAL_MS);
  assert.deepEqual([connections.count, gone.heartbeats, stays.heartbeats], [1, 0, 1]);
  connections.close();
  clock.advance(INTERVAL_MS);
  assert.deepEqual([gone.isClosed, stays.isClosed, stays.heartbeats], [false, true, 1]);
});
