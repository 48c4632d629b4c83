import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { LocalSource } from "../router/local-source.js";
import type { RtpParameters } from "../rtp/rtp-parameters.js";
import { VirtualEndpoint } from "../testing/virtual-endpoint.js";
import { after, instant } from "../time/instant.js";
import { MediaCommandError } from "./media-command-error.js";
import type { ConsumerParameters } from "./parameters.js";

const NOW = instant(1_000_000);
const OPUS = { payloadType: 111, name: "opus", clockRate: 48_000, channels: 2, parameters: {}, feedback: [] };
const VP8 = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack"] };
const ICE = { iceRole: "lite", localIce: { ufrag: "abcd", pwd: "passwordOf24Characters00" } } as const;
const PEER = { family: "IPv4", ip: "192.0.2.2", port: 2 } as const;

function openEndpoint(slots?: number): VirtualEndpoint {
  const platform = { createCrypto: createPortableCrypto, createDtls: () => createDtlsPort({ clock: "virtual" }) };
  return new VirtualEndpoint(platform, { family: "IPv4", ip: "192.0.2.1", port: 1 }, slots);
}

function producer(producerId: string, codec: typeof OPUS | typeof VP8 = OPUS) {
  const kind = codec === OPUS ? ("audio" as const) : ("video" as const);
  const rtp: RtpParameters = { mid: producerId, kind, codecs: [codec], headerExtensions: [], encodings: [] };
  return { producerId, rtp, isPaused: false };
}

function consumer(consumerId: string, producerId: string, ssrc: number): ConsumerParameters {
  const codecs = [OPUS];
  return { consumerId, producerId, kind: "audio", mid: "1", ssrc, cname: "a", codecs, headerExtensions: [], isPaused: false };
}

test("ids are unique over all Routers: nobody can close or pause what is in another room by its name", () => {
  const { core } = openEndpoint();
  for (const [index, routerId] of ["a", "b"].entries()) {
    core.openRouter(routerId);
    core.openTransport(routerId, `t${routerId}`, { ...ICE, localIce: { ...ICE.localIce, ufrag: `ufr${index}` } }, NOW);
  }
  core.openProducer("ta", producer("p"));
  core.openConsumer("ta", consumer("c", "p", 1), NOW);
  assert.throws(() => core.openProducer("tb", producer("p")), MediaCommandError);
  core.openProducer("tb", producer("q"));
  assert.throws(() => core.openConsumer("tb", consumer("c", "q", 1), NOW), MediaCommandError);
  assert.throws(() => core.openConsumer("tb", consumer("d", "p", 1), NOW), /not in router b/);
});

test("[RFC3711 §9.1] an SSRC is never sent twice from one Transport, not even after its Consumer closed", () => {
  const { core } = openEndpoint();
  core.openRouter("r");
  core.openTransport("r", "t", ICE, NOW);
  core.openProducer("t", producer("p"));
  core.openConsumer("t", { ...consumer("c", "p", 1), rtxSsrc: 2 }, NOW);
  core.closeConsumer("c");
  for (const ssrc of [1, 2]) assert.throws(() => core.openConsumer("t", consumer("d", "p", ssrc), NOW), /used before/);
  core.openConsumer("t", consumer("d", "p", 3), NOW);
});

test("closing a Transport closes what it published for everybody else, and every slot comes back", () => {
  const { core, port } = openEndpoint();
  core.openRouter("r");
  core.openTransport("r", "alice", ICE, NOW);
  core.openTransport("r", "bob", { ...ICE, localIce: { ...ICE.localIce, ufrag: "bobb" } }, NOW);
  core.openProducer("alice", producer("p"));
  core.openConsumer("bob", consumer("c", "p", 1), NOW);
  core.closeTransport("alice");
  assert.throws(() => core.consumer("c"), MediaCommandError);
  assert.equal(core.transport("bob").consumersBySsrc.size, 0);
  core.closeRouter("r");
  assert.equal(core.transports.size, 0);
  assert.equal(port.pool.available, port.pool.capacity);
});

test("when the pool runs dry the retransmission buffers give back their older half, and media goes on", () => {
  const { core, port } = openEndpoint(320);
  core.openRouter("r");
  const video = core.openLocalProducer("r", producer("p", VP8));
  const source = new LocalSource(port.memory, port.pool, video, 96, 90_000, 7);
  for (let packet = 0; packet < 5000; packet++) {
    assert.ok(core.sendLocal(source, new Uint8Array(100), packet, false, after(NOW, packet / 10)), `packet ${packet}`);
    if (packet % 16 === 15) core.handleBatchEnd(after(NOW, packet / 10));
  }
  const held = port.pool.capacity - port.pool.available;
  assert.ok(held >= 16 && held <= 80, `${held} slots`);
});

test("[RFC7983 §7] what belongs to no protocol, or comes before its time, is counted and kept nowhere", () => {
  const { core, port } = openEndpoint();
  core.openRouter("r");
  core.openTransport("r", "t", ICE, NOW);
  const transport = core.transport("t");
  const deliver = (first: number, second = 0) => {
    const data = new Uint8Array(60);
    data.set([first, second]);
    port.deliver({ from: PEER, to: port.address, data }, core, NOW);
  };
  for (const first of [4, 20, 64, 128, 192, 255]) deliver(first);
  assert.equal(core.drops.unvalidatedAddress, 6);
  deliver(0);
  assert.equal(core.drops.unknownUfrag, 1);
  assert.equal(transport.state.type, "new");
  assert.equal(port.pollTransmit(), undefined);
  assert.equal(port.pool.available, port.pool.capacity);
});
