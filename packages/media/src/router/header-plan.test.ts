import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createPacketMemory, MAX_RTP_BYTES, SLOT_BYTES } from "../bytes/packet-memory.js";
import { findExtension } from "../rtp/header-extension.js";
import { parseRtpHeader, RtpHeader } from "../rtp/rtp-header.js";
import { EXTENSION_URI } from "../rtp/rtp-parameters.js";
import { HeaderPlans, MAX_HEADER_BYTES } from "./header-plan.js";
import { HEADER_PLACE } from "./media-packet.js";

const PLACE = 4096;

/** A packet with these extension elements, one-byte or two-byte form, at offset 0. */
function packet(elements: readonly { id: number; data: readonly number[] }[], twoByte: boolean): Uint8Array {
  const block: number[] = [];
  for (const { id, data } of elements) {
    if (twoByte) block.push(id, data.length, ...data);
    else block.push((id << 4) | (data.length - 1), ...data);
  }
  while (block.length % 4 !== 0) block.push(0);
  const profile = twoByte ? [0x10, 0x00] : [0xbe, 0xde];
  const words = block.length / 4;
  return Uint8Array.from([0x90, 0xe0, 1, 2, 0, 0, 0, 9, 1, 2, 3, 4, ...profile, words >> 8, words & 255, ...block, 7, 7, 7]);
}

function rebuild(bytes: Uint8Array, plans: HeaderPlans, from: readonly [number, string][], to: readonly [number, string][]) {
  const memory = createPacketMemory(3 * SLOT_BYTES);
  memory.bytes.set(bytes);
  const header = new RtpHeader();
  assert.ok(parseRtpHeader(memory, 0, bytes.length, header));
  const list = (pairs: readonly [number, string][]) => pairs.map(([id, uri]) => ({ id, uri }));
  const length = plans.planFor(list(from), list(to)).build(memory, header, 0, PLACE);
  const rebuilt = new RtpHeader();
  assert.ok(parseRtpHeader(memory, PLACE, length, rebuilt));
  return { memory, length, rebuilt };
}

test("[RFC8285] an element goes on under the receiver's id, the hop's own elements end here", () => {
  const bytes = packet(
    [
      { id: 4, data: [48] },
      { id: 10, data: [0x85] },
    ],
    false,
  );
  const { memory, rebuilt } = rebuild(
    bytes,
    new HeaderPlans(),
    [
      [4, EXTENSION_URI.mid],
      [10, EXTENSION_URI.audioLevel],
    ],
    [
      [4, EXTENSION_URI.mid],
      [1, EXTENSION_URI.audioLevel],
    ],
  );
  const at = findExtension(memory, rebuilt, 1);
  assert.equal(memory.bytes[at], 0x85);
  assert.equal(findExtension(memory, rebuilt, 4), -1);
});

test("no extension block remains when nothing survives", () => {
  const bytes = packet([{ id: 4, data: [48] }], false);
  const { length, rebuilt } = rebuild(bytes, new HeaderPlans(), [[4, EXTENSION_URI.mid]], [[4, EXTENSION_URI.mid]]);
  assert.equal(length, 12);
  assert.equal(rebuilt.extensionBytes, 0);
});

test("[RFC8285] long elements and large ids take the two-byte form", () => {
  const long = Array.from({ length: 30 }, (_, index) => index);
  const { memory, rebuilt } = rebuild(
    packet([{ id: 12, data: long }], true),
    new HeaderPlans(),
    [[12, EXTENSION_URI.dependencyDescriptor]],
    [[9, EXTENSION_URI.dependencyDescriptor]],
  );
  const at = findExtension(memory, rebuilt, 9);
  assert.deepEqual([...memory.bytes.subarray(at, at + rebuilt.elementBytes)], long);
});

test("equal mappings share one plan", () => {
  const plans = new HeaderPlans();
  const from = [{ id: 10, uri: EXTENSION_URI.audioLevel }];
  assert.equal(
    plans.planFor(from, [{ id: 1, uri: EXTENSION_URI.audioLevel }]),
    plans.planFor(from, [{ id: 1, uri: EXTENSION_URI.audioLevel }]),
  );
});

test("attack 17: whatever the extension block says, nothing is written beyond the header's room (property)", () => {
  const from: [number, string][] = Object.values(EXTENSION_URI).map((uri, index) => [index + 1, uri]);
  const to: [number, string][] = Object.values(EXTENSION_URI).map((uri, index) => [200 - index, uri]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1200 }), fc.boolean(), (block, twoByte) => {
      const words = block.length >> 2;
      const profile = twoByte ? [0x10, 0x00] : [0xbe, 0xde];
      const bytes = Uint8Array.from([0x90, 0xe0, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4, ...profile, words >> 8, words & 255, ...block]);
      const { memory, length } = rebuild(bytes, new HeaderPlans(), from, to);
      assert.ok(length <= MAX_HEADER_BYTES && length % 4 === 0);
      assert.ok(memory.bytes.subarray(PLACE + MAX_HEADER_BYTES).every((byte) => byte === 0));
    }),
  );
});

test("the room for a rebuilt header lies inside the packet's slot", () => {
  assert.ok(HEADER_PLACE >= MAX_RTP_BYTES && HEADER_PLACE + MAX_HEADER_BYTES <= SLOT_BYTES);
});

const TRANSPORT_WIDE: [number, string] = [5, EXTENSION_URI.transportWideSequenceNumber];

test("the transport-wide number has the block's first place, in every form and whatever else survives", () => {
  const cases = [
    { bytes: packet([], false), id: 5 },
    { bytes: packet([{ id: 10, data: [0x85] }], false), id: 5 },
    { bytes: packet([{ id: 10, data: Array.from({ length: 20 }, () => 1) }], true), id: 5 },
    { bytes: packet([{ id: 10, data: [0x85] }], false), id: 40 },
  ];
  for (const { bytes, id } of cases) {
    const plans = new HeaderPlans();
    const receiver: [number, string][] = [
      [1, EXTENSION_URI.audioLevel],
      [id, EXTENSION_URI.transportWideSequenceNumber],
    ];
    const { memory, rebuilt } = rebuild(bytes, plans, [[10, EXTENSION_URI.audioLevel]], receiver);
    const list = (pairs: readonly [number, string][]) => pairs.map(([each, uri]) => ({ id: each, uri }));
    const { stampAt } = plans.planFor(list([[10, EXTENSION_URI.audioLevel]]), list(receiver));
    assert.equal(findExtension(memory, rebuilt, id), PLACE + stampAt);
    assert.equal(rebuilt.elementBytes, 2);
    const survives = bytes.includes(0x85) || bytes.length > 40;
    assert.equal(findExtension(memory, rebuilt, 1) !== -1, survives);
  }
});

test("a receiver that knows only the time of sending gets that, one that knows neither gets no place for it", () => {
  const plans = new HeaderPlans();
  const time = { id: 7, uri: EXTENSION_URI.absoluteSendTime };
  const number = { id: TRANSPORT_WIDE[0], uri: TRANSPORT_WIDE[1] };
  const memory = createPacketMemory(SLOT_BYTES);
  const bare = (receiver: readonly { id: number; uri: string }[]) => {
    const plan = plans.planFor([], receiver);
    return [plan.buildBare(memory, 0), plan.stampAt];
  };
  assert.deepEqual(bare([]), [12, 0]);
  assert.deepEqual(bare([time]), [20, -17]);
  assert.deepEqual(bare([time, number]), [20, 17]);
});

test("[WebRTC playout-delay] a receiver that takes it is told how long to buffer, whatever the publisher says", () => {
  const memory = createPacketMemory(3 * SLOT_BYTES);
  const delay = { id: 6, uri: EXTENSION_URI.playoutDelay };
  const number = { id: 3, uri: EXTENSION_URI.transportWideSequenceNumber };
  const plans = new HeaderPlans();
  for (const twoByte of [false, true]) {
    const bytes = packet([{ id: 9, data: [1, 2, 3] }], twoByte);
    memory.bytes.set(bytes);
    const header = new RtpHeader();
    assert.ok(parseRtpHeader(memory, 0, bytes.length, header));
    const publisher = [{ id: 9, uri: EXTENSION_URI.playoutDelay }];
    const read = (receiver: readonly { id: number; uri: string }[], playoutDelay?: { minMs: number; maxMs: number }) => {
      const length = plans.planFor(publisher, receiver, playoutDelay).build(memory, header, 0, PLACE);
      const rebuilt = new RtpHeader();
      assert.ok(parseRtpHeader(memory, PLACE, length, rebuilt));
      const at = findExtension(memory, rebuilt, receiver.find(({ uri }) => uri === delay.uri)?.id ?? 0);
      return at < 0 ? undefined : [...memory.bytes.subarray(at, at + rebuilt.elementBytes)];
    };
    // 12 bits each, in units of 10 ms: 100 ms is 0x00a, 2,000 ms is 0x0c8.
    assert.deepEqual(read([number, delay], { minMs: 100, maxMs: 2_000 }), [0x00, 0xa0, 0xc8]);
    assert.deepEqual(read([{ ...delay, id: 20 }], { minMs: 100, maxMs: 2_000 }), [0x00, 0xa0, 0xc8]);
    assert.deepEqual(read([delay], { minMs: 500, maxMs: 0 }), [0x03, 0x20, 0x32]);
    assert.deepEqual(read([delay], { minMs: 1e9, maxMs: 1e9 }), [0xff, 0xff, 0xff]);
    assert.deepEqual(read([delay]), [1, 2, 3], "the publisher's own");
    assert.equal(read([number], { minMs: 100, maxMs: 2_000 }), undefined, "who does not take it is told nothing");
  }
});
