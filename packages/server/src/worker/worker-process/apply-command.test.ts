import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, LocalSource, type RtpParameters } from "@sluice/media";
import { VirtualEndpoint } from "@sluice/media/testing";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { applyCommand } from "./apply-command.js";

const NOW = instant(1_000_000);
const OPUS = { payloadType: 111, name: "opus", clockRate: 48_000, channels: 2, parameters: {}, feedback: [] };
const RTP: RtpParameters = { mid: "0", kind: "audio", codecs: [OPUS], headerExtensions: [], encodings: [{ ssrc: 5 }] };
const CREDENTIALS = { ufrag: "abcd", pwd: "passwordOf24Characters00" };

const open = () =>
  new VirtualEndpoint(
    { createCrypto: createPortableCrypto, createDtls: () => createDtlsPort({ clock: "virtual" }) },
    { family: "IPv4", ip: "192.0.2.1", port: 1 },
    64,
  );

function openWithTransport(): VirtualEndpoint {
  const endpoint = open();
  applyCommand(endpoint.core, { type: "openRouter", routerId: "r" }, NOW);
  const parameters = { iceRole: "lite", localIce: CREDENTIALS } as const;
  applyCommand(endpoint.core, { type: "openTransport", routerId: "r", transportId: "t", parameters }, NOW);
  return endpoint;
}

test("opening, closing, and closing again what is gone", () => {
  const { core } = openWithTransport();
  const producer = {
    type: "openProducer",
    transportId: "t",
    parameters: { producerId: "p", rtp: RTP, isPaused: false },
  } as const;
  assert.equal(applyCommand(core, producer, NOW), undefined);
  const consumer = {
    type: "openConsumer",
    transportId: "t",
    parameters: {
      consumerId: "c",
      producerId: "p",
      kind: "audio",
      mid: "1",
      ssrc: 9,
      cname: "a",
      codecs: [OPUS],
      headerExtensions: [],
      isPaused: false,
    },
  } as const;
  assert.equal(applyCommand(core, consumer, NOW), undefined);
  assert.equal(applyCommand(core, { type: "setConsumerPaused", consumerId: "c", isPaused: true }, NOW), undefined);
  assert.equal(core.consumer("c").isSilent, true);
  for (const command of [
    { type: "closeProducer", producerId: "p" },
    { type: "closeConsumer", consumerId: "c" },
    { type: "closeTransport", transportId: "t" },
    { type: "closeRouter", routerId: "r" },
  ] as const) {
    assert.equal(applyCommand(core, command, NOW), undefined);
    assert.equal(applyCommand(core, command, NOW), undefined);
  }
});

test("what a receiver is sent is limited, and not any more", () => {
  const { core } = openWithTransport();
  const { sharing } = core.transport("t");
  applyCommand(core, { type: "limitBandwidth", transportId: "t", limitBps: 100_000 }, NOW);
  assert.equal(sharing.limitBps, 100_000);
  applyCommand(core, { type: "limitBandwidth", transportId: "t" }, NOW);
  assert.equal(sharing.limitBps, undefined);
});

test("what cannot be done is said of the object that it is about", () => {
  const { core } = openWithTransport();
  const parameters = { producerId: "p", rtp: RTP, isPaused: false };
  const failure = applyCommand(core, { type: "openProducer", transportId: "nobody", parameters }, NOW);
  assert.deepEqual(failure, {
    type: "commandFailed",
    command: "openProducer",
    objectId: "p",
    message: "transport nobody does not exist",
  });
});

test("what a peer described and ICE does not accept fails the command, not the worker", () => {
  const { core } = openWithTransport();
  const remote = { ice: { ufrag: "", pwd: "" }, candidates: [], fingerprints: [], dtlsRole: "client" } as const;
  const failure = applyCommand(core, { type: "connectTransport", transportId: "t", remote }, NOW);
  assert.equal(failure?.type, "commandFailed");
});

test("a broken invariant is no failed command", () => {
  const { core, port } = openWithTransport();
  const producer = core.openLocalProducer("r", { producerId: "p", rtp: RTP, isPaused: false });
  const source = new LocalSource(port.memory, port.pool, producer, 111, 48_000, 5);
  assert.ok(core.sendLocal(source, new Uint8Array(10), 0, false, NOW));
  const offset = producer.activeStream?.buffer.offsetOf(0);
  assert.ok(offset !== undefined && offset >= 0);
  port.pool.release(offset);
  assert.throws(() => applyCommand(core, { type: "closeRouter", routerId: "r" }, NOW), /released twice/);
});
