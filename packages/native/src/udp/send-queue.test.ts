import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import { createNativeMemory } from "../ffi/native-memory.js";
import { numbered, sequenceOf } from "../testing/udp-port-fixture.js";
import { ScriptedKernel, type SentMessage } from "../testing/udp-scripted-kernel.js";
import { MAX_BACKLOG_MESSAGES, MAX_MESSAGE_BYTES, MAX_SEGMENTS, SendQueue } from "./send-queue.js";
import { SEND_TABLE_CONTROL_BYTES, SEND_TABLE_MESSAGES, SendTable } from "./send-table.js";
import { createUdpCounters } from "./udp-port.js";

const { EAGAIN, ECONNREFUSED, EINVAL, EIO, ENOBUFS, EPERM } = constants.errno;
const AREA_BYTES = 1 << 20;
const ADDRESSES_BYTES = 1024;

const packets = createNativeMemory(AREA_BYTES);
const control = createNativeMemory(ADDRESSES_BYTES + SEND_TABLE_CONTROL_BYTES);

function fixture({ maxBacklogBytes = AREA_BYTES, hasSegmentation = true } = {}) {
  const kernel = new ScriptedKernel(packets, control);
  const counters = createUdpCounters();
  const table = new SendTable({ packets, control, controlOffset: ADDRESSES_BYTES, addressesOffset: 0, nameBytes: 16 });
  const segmentLimits = new Uint16Array(32).fill(0xffff);
  const queue = new SendQueue({ fd: -1, table, packets, hasSegmentation, segmentLimits, maxBacklogBytes, counters, kernel });
  let bump = 0;
  const append = (address: number, sequence: number, sizeBytes: number, isAudio = false) => {
    packets.bytes.set(numbered(sequence, sizeBytes), bump);
    queue.append(bump, sizeBytes, address, isAudio);
    bump += sizeBytes;
  };
  return { queue, kernel, counters, append };
}

/** The datagrams of messages, cut as the kernel cuts them: `[address, sequence, sizeBytes]`. */
function datagrams(messages: readonly SentMessage[]): [number, number, number][] {
  return messages.flatMap(({ address, bytes, segmentBytes }) => {
    const result: [number, number, number][] = [];
    const step = segmentBytes || bytes.length;
    for (let at = 0; at < bytes.length; at += step) {
      const datagram = bytes.slice(at, at + step);
      result.push([address, sequenceOf(datagram), datagram.length]);
    }
    return result;
  });
}

test("a run of one size to one address is one message; its last datagram may be shorter and ends it", () => {
  const { queue, kernel, append } = fixture();
  const sizes = [500, 500, 400, 500, 500, 501, 500];
  for (const [sequence, sizeBytes] of sizes.entries()) append(3, sequence, sizeBytes);
  append(4, 7, 500);
  append(3, 8, 500);
  assert.equal(queue.flush(), true);
  const shapes = kernel.sent.map(({ address, bytes, segmentBytes }) => [address, bytes.length, segmentBytes]);
  assert.deepEqual(shapes, [
    [3, 1400, 500],
    [3, 1000, 500],
    [3, 1001, 501],
    [4, 500, 0],
    [3, 500, 0],
  ]);
  assert.deepEqual(
    datagrams(kernel.sent).map(([, sequence]) => sequence),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  );
});

test("audio is not merged with video, so that video can be dropped alone", () => {
  const { queue, kernel, append } = fixture();
  for (let sequence = 0; sequence < 12; sequence++) append(1, sequence, 100, sequence % 4 >= 2);
  queue.flush();
  assert.deepEqual(
    kernel.sent.map(({ bytes }) => bytes.length),
    [200, 200, 200, 200, 200, 200],
  );
});

test("no message has more segments or bytes than every kernel takes", () => {
  const { queue, kernel, append } = fixture();
  for (let sequence = 0; sequence < 150; sequence++) append(1, sequence, 20);
  for (let sequence = 0; sequence < 150; sequence++) append(2, sequence, 1500);
  queue.flush();
  for (const { bytes, segmentBytes } of kernel.sent) {
    assert.ok(bytes.length <= MAX_MESSAGE_BYTES && Math.ceil(bytes.length / segmentBytes) <= MAX_SEGMENTS);
  }
  assert.equal(datagrams(kernel.sent).length, 300);
});

test("without segmentation every datagram is its own message", () => {
  const { queue, kernel, append } = fixture({ hasSegmentation: false });
  for (let sequence = 0; sequence < 5; sequence++) append(1, sequence, 100);
  queue.flush();
  assert.equal(kernel.sent.length, 5);
});

test("EIO on a merged message: sent again unmerged, and nothing is merged on this socket any more", () => {
  const { queue, kernel, counters, append } = fixture();
  kernel.answer = ({ segmentBytes }) => (segmentBytes > 0 ? EIO : 0);
  for (let sequence = 0; sequence < 12; sequence++) append(sequence < 6 ? 1 : 2, sequence, 100);
  append(3, 12, 50);
  assert.equal(queue.flush(), true);
  const expected = Array.from({ length: 12 }, (_, sequence) => [sequence < 6 ? 1 : 2, sequence, 100]);
  assert.deepEqual(datagrams(kernel.sent), [...expected, [3, 12, 50]]);
  assert.equal(queue.hasSegmentation, false);
  assert.equal(counters.segmentationFallbacks, 1);
  assert.equal(counters.sentDatagrams, 13);
  append(1, 20, 100);
  append(1, 21, 100);
  queue.flush();
  assert.ok(kernel.sent.slice(-2).every(({ segmentBytes }) => segmentBytes === 0));
});

test("EINVAL on a merged message concerns this size and this address only", () => {
  const { queue, kernel, append } = fixture();
  kernel.answer = ({ address, segmentBytes }) => (address === 1 && segmentBytes > 1000 ? EINVAL : 0);
  for (const round of [0, 1]) {
    for (const address of [1, 2]) for (let sequence = 0; sequence < 4; sequence++) append(address, sequence, 1100);
    for (let sequence = 4; sequence < 8; sequence++) append(1, sequence, 900);
    assert.equal(queue.flush(), true);
    assert.equal(datagrams(kernel.sent).length, 12 * (round + 1));
  }
  assert.equal(queue.hasSegmentation, true);
  const secondRound = kernel.sent.slice(-6).map(({ address, segmentBytes }) => [address, segmentBytes]);
  assert.deepEqual(secondRound, [
    [1, 0],
    [1, 0],
    [1, 0],
    [1, 0],
    [2, 1100],
    [1, 900],
  ]);
});

test("a refused message is skipped and counted, the rest leaves", () => {
  const { queue, kernel, counters, append } = fixture();
  kernel.answer = ({ address }) => ({ 2: ECONNREFUSED, 4: EPERM })[address] ?? 0;
  for (const address of [1, 2, 3, 4, 4, 5]) append(address, address, 60);
  assert.equal(queue.flush(), true);
  assert.deepEqual(
    datagrams(kernel.sent).map(([address]) => address),
    [1, 3, 5],
  );
  assert.equal(counters.droppedSendError, 3);
  assert.equal(counters.sentDatagrams, 3);
});

test("a full socket keeps its messages, in order, for the next flush", () => {
  const { queue, kernel, counters, append } = fixture();
  let room = 3;
  kernel.answer = () => (room-- > 0 ? 0 : EAGAIN);
  for (let sequence = 0; sequence < 10; sequence++) append(sequence, sequence, 60);
  assert.equal(queue.flush(), false);
  append(20, 10, 60);
  room = 100;
  assert.equal(queue.flush(), true);
  assert.deepEqual(
    datagrams(kernel.sent).map(([, sequence]) => sequence),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  assert.equal(counters.droppedSocketFull, 0);
});

test("a backlog that grows too long loses its oldest video, and audio only when no video is left", () => {
  const { queue, kernel, counters, append } = fixture({ hasSegmentation: false });
  kernel.answer = () => EAGAIN;
  for (let sequence = 0; sequence < 400; sequence++) append(1, sequence, 60, sequence % 4 === 0);
  queue.flush();
  const video = 300 - (400 - MAX_BACKLOG_MESSAGES);
  assert.equal(counters.droppedSocketFull, 400 - MAX_BACKLOG_MESSAGES);
  for (let sequence = 400; sequence < 600; sequence++) append(1, sequence, 60, true);
  queue.flush();
  kernel.answer = () => 0;
  assert.equal(queue.flush(), true);
  const left = datagrams(kernel.sent).map(([, sequence]) => sequence);
  assert.equal(left.length, MAX_BACKLOG_MESSAGES);
  // 100 + 200 audio do not fit either: all the video is gone, and the oldest audio.
  assert.ok(video < 200);
  const audio = [...Array(600).keys()].filter((sequence) => sequence >= 400 || sequence % 4 === 0);
  assert.deepEqual(left, audio.slice(-MAX_BACKLOG_MESSAGES));
});

test("a backlog is bounded in bytes, too", () => {
  const { queue, kernel, counters, append } = fixture({ maxBacklogBytes: 10_000 });
  kernel.answer = () => EAGAIN;
  for (let sequence = 0; sequence < 20; sequence++) append(sequence, sequence, 1000);
  queue.flush();
  kernel.answer = () => 0;
  queue.flush();
  assert.deepEqual(
    datagrams(kernel.sent).map(([, sequence]) => sequence),
    [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
  );
  assert.equal(counters.droppedSocketFull, 10);
});

test("a full device queue costs the oldest video, never the audio before it", () => {
  const { queue, kernel, counters, append } = fixture();
  let refusals = 3;
  kernel.answer = () => (refusals-- > 0 ? ENOBUFS : 0);
  for (let sequence = 0; sequence < 8; sequence++) append(sequence, sequence, 60, sequence < 2);
  assert.equal(queue.flush(), true);
  assert.deepEqual(
    datagrams(kernel.sent).map(([, sequence]) => sequence),
    [0, 1, 5, 6, 7],
  );
  assert.equal(counters.droppedSocketFull, 3);
});

test("a merged message cut short by a full socket goes on where it stopped", () => {
  const { queue, kernel, append } = fixture();
  let room = 4;
  kernel.answer = ({ segmentBytes }) => (segmentBytes > 0 ? EIO : room-- > 0 ? 0 : EAGAIN);
  for (let sequence = 0; sequence < 9; sequence++) append(1, sequence, sequence === 8 ? 30 : 70);
  assert.equal(queue.flush(), false);
  room = 100;
  assert.equal(queue.flush(), true);
  const sizes = [70, 70, 70, 70, 70, 70, 70, 70, 30];
  assert.deepEqual(
    datagrams(kernel.sent),
    sizes.map((sizeBytes, sequence) => [1, sequence, sizeBytes]),
  );
});

test("what a full socket left can be moved together", () => {
  const { queue, kernel, append } = fixture();
  let room = 5;
  kernel.answer = () => (room-- > 0 ? 0 : EAGAIN);
  for (let sequence = 0; sequence < 12; sequence++) append(sequence % 2, sequence, 100 + sequence);
  queue.flush();
  let target = 0;
  while (queue.nextToMove < Number.POSITIVE_INFINITY) target = queue.moveNext(target);
  queue.endMove();
  assert.equal(
    target,
    [5, 6, 7, 8, 9, 10, 11].reduce((sum, sequence) => sum + 100 + sequence, 0),
  );
  packets.bytes.fill(0, target);
  room = 100;
  assert.equal(queue.flush(), true);
  assert.deepEqual(
    datagrams(kernel.sent),
    Array.from({ length: 12 }, (_, sequence) => [sequence % 2, sequence, 100 + sequence]),
  );
});

test("the table says when it is full", () => {
  const { queue, kernel, append } = fixture({ hasSegmentation: false });
  for (let sequence = 0; sequence < SEND_TABLE_MESSAGES; sequence++) {
    assert.equal(queue.isFull, false);
    append(1, sequence, 20);
  }
  assert.equal(queue.isFull, true);
  queue.flush();
  assert.equal(kernel.sent.length, SEND_TABLE_MESSAGES);
});
