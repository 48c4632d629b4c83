import assert from "node:assert/strict";
import { test } from "node:test";
import { createTcpCounters, createUdpCounters } from "@sluice/native";
import { coreDrops, tcpDrops, udpDrops } from "./drop-causes.js";

test("each drop counter is a cause, and what is no drop is none", () => {
  assert.deepEqual(udpDrops({ ...createUdpCounters(), droppedNoSlot: 3, sentDatagrams: 9 }), [
    ["too_long", 0],
    ["empty", 0],
    ["no_slot", 3],
    ["socket_full", 0],
    ["send_error", 0],
    ["unknown_address", 0],
  ]);
  const tcp = tcpDrops({ ...createTcpCounters(), closedUnproven: 2, droppedQueueFull: 4, receivedFrames: 9 });
  assert.deepEqual(
    tcp.filter(([, times]) => times > 0),
    [
      ["closed_unproven", 2],
      ["queue_full", 4],
    ],
  );
  assert.deepEqual(coreDrops({ tooManyStreams: 1, sctp: { wrongTag: 2 } }), [["too_many_streams", 1]]);
});
