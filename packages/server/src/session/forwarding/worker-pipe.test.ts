import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { instant, LocalSource, type RtpParameters } from "@sluice/media";
import { VirtualEndpoint, VirtualNetwork } from "@sluice/media/testing";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link } from "@sluice/netem";
import type { FromWorker, ToWorker } from "../../worker/messages.js";
import type { ReadyWorker } from "../../worker/worker-pool.js";
import { applyCommand, isMediaCommand } from "../../worker/worker-process/apply-command.js";
import { createEntropy } from "../entropy.js";
import { WorkerPipe } from "./worker-pipe.js";

const VP8 = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] };
const RTP: RtpParameters = {
  mid: "0",
  kind: "video",
  codecs: [VP8],
  headerExtensions: [],
  encodings: [{ rid: "q" }, { rid: "f" }],
};

/** Two workers of one machine in virtual time, and what they complained of. */
function openWorkers() {
  const network = new VirtualNetwork(instant(1_000_000));
  const failures: (FromWorker | undefined)[] = [];
  const [a, b] = [1, 2].map((index) => {
    const platform = { createCrypto: createPortableCrypto, createDtls: () => createDtlsPort({ clock: "virtual" }) };
    const endpoint = new VirtualEndpoint(platform, { family: "IPv4", ip: "127.0.0.1", port: index });
    network.attach(endpoint.port, endpoint.core);
    const { candidates } = endpoint.describe({ ufrag: "", pwd: "" }, "client");
    const send = (command: ToWorker) => {
      if (!isMediaCommand(command)) return;
      failures.push(applyCommand(endpoint.core, command, network.now));
    };
    const { fingerprint } = endpoint.dtls;
    const worker: ReadyWorker = { index, fingerprint, candidates, localCandidates: candidates, packetPath: "virtual", send };
    return { endpoint, worker };
  }) as [VirtualWorker, VirtualWorker];
  network.connect(a.endpoint.port, b.endpoint.port, new Link(1, { delayMs: 1 }));
  network.connect(b.endpoint.port, a.endpoint.port, new Link(2, { delayMs: 1 }));
  return { network, failures, a, b };
}

interface VirtualWorker {
  readonly endpoint: VirtualEndpoint;
  readonly worker: ReadyWorker;
}

/** VP8 of both layers, a frame at a time; a key frame when one is asked for. */
function openCamera({ endpoint }: VirtualWorker, producerId: string) {
  const { core, port } = endpoint;
  core.openRouter("room");
  const producer = core.openLocalProducer("room", { producerId, rtp: RTP, isPaused: false });
  const sources = ["q", "f"].map((rid, layer) => {
    return new LocalSource(port.memory, port.pool, producer, VP8.payloadType, VP8.clockRate, 10 + layer, rid);
  });
  let frame = 0;
  return (now: Parameters<LocalSource["pollKeyFrameRequest"]>[0]) => {
    frame += 1;
    for (const [layer, source] of sources.entries()) {
      const isKeyFrame = source.pollKeyFrameRequest(now) || frame === 1;
      core.sendLocal(source, Uint8Array.of(0x10, isKeyFrame ? 0 : 1, layer, frame & 0xff), frame * 3_000, true, now);
    }
  };
}

for (const direction of ["from its controlling end", "from its lite end"] as const) {
  test(`every layer comes through a pipe ${direction}, as one Producer`, () => {
    const { network, failures, a, b } = openWorkers();
    const pipe = new WorkerPipe(a.worker, b.worker, createEntropy(randomBytes));
    const [near, far] = direction === "from its controlling end" ? [a, b] : [b, a];
    const send = openCamera(near, "camera");
    const piped = pipe.carry({ producerId: "camera", codecs: RTP.codecs, rtp: RTP }, near.worker);
    const { core, port } = far.endpoint;
    core.openRouter("other");
    far.worker.send({ type: "copyProducer", producerId: piped.arriving.producerId, routerId: "other", copyId: "copy" });
    const arrived = [0, 0];
    const copy = core.router("other").producers.get("copy");
    assert.ok(copy !== undefined);
    copy.onPacket = ({ header, stream }) => {
      const layer = port.memory.bytes[header.payloadOffset + 2] ?? -1;
      assert.equal(stream?.encoding, layer);
      arrived[layer] = (arrived[layer] ?? 0) + 1;
    };
    let next = network.now;
    network.run(5_000, undefined, (now) => {
      if (now < next) return;
      next = instant(now + 33_000);
      send(now);
    });
    assert.deepEqual(
      failures.filter((each) => each !== undefined),
      [],
    );
    assert.ok(
      arrived.every((packets) => packets > 80),
      `${arrived}`,
    );
    pipe.end(piped);
    assert.deepEqual([...core.router("other").producers.keys()], []);
    assert.equal(pipe.isUsed, false);
    pipe.close();
    assert.deepEqual([a.endpoint.core.transports.size, b.endpoint.core.transports.size], [0, 0]);
  });
}
