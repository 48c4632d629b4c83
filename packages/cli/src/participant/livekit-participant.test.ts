import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { type ReceivedData, SluiceError } from "@sluice/protocol";
import { createToken, DEV_KEY, DEV_SECRET, parseConfig, type RunningServer, startServer } from "@sluice/server";
import type { MediaFile } from "../media-file/media-file.js";
import { readTestPicture, readTestTone } from "../media-file/test-media.js";
import { until } from "../testing/until.js";
import { createDoor, type Door, type DoorName } from "./door.js";
import { HeadlessParticipant, type HeadlessParticipantListener } from "./headless-participant.js";
import { MediaHost } from "./media-host.js";
import type { TrackReport } from "./track-meter.js";

function byCodec(participant: HeadlessParticipant): Record<string, TrackReport> {
  return Object.fromEntries(participant.takeReports().map((report) => [report.codec, report]));
}

/** A server that trickles its candidates: the first before its answer, the others after it. */
function createTricklingDoor(): Door {
  const door = createDoor("livekit");
  return {
    ...door,
    dial: (request, listener) => {
      const tell = (candidate: string) =>
        listener.handleNotification({
          method: "trickle",
          params: { candidate: { candidate, sdpMid: "data", sdpMLineIndex: 0 } },
        });
      const connection = door.dial(request, listener);
      return {
        close: (error) => connection.close(error),
        request: async (method, params) => {
          const result = await connection.request(method, params);
          if (!("sdp" in result)) return result;
          const [first = "", ...others] = [...result.sdp.matchAll(/^a=(candidate:.*?)\r?$/gm)].map(
            ([, candidate = ""]) => candidate,
          );
          tell("candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active");
          tell(first);
          setImmediate(() => others.forEach(tell));
          return { ...result, sdp: result.sdp.replaceAll(/^a=(candidate:.*|end-of-candidates)\r?\n/gm, "") };
        },
      };
    },
  };
}

/** Forwards TCP, so that a test can cut what has been connected. */
class CuttableProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(port: number) {
    this.#server = createServer((inner) => {
      const outer = connect(port, "127.0.0.1");
      for (const [socket, other] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
      inner.pipe(outer).pipe(inner);
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}

describe("participants without a browser at the LiveKit door of a real node", () => {
  let server: RunningServer;
  const host = new MediaHost({ maxParticipants: 4, packetPath: "auto" });
  const vp8 = readTestPicture("vp8");
  const h264 = readTestPicture("h264");
  const opus = readTestTone();

  before(async () => {
    const flags = { dev: true, "bind-address": "127.0.0.1:0", "udp-port": 0, workers: 1, "log-level": "fatal" };
    server = await startServer(parseConfig({ flags, environment: {}, file: undefined, cpuCores: 1 }));
  });
  after(async () => {
    host.close();
    await server.close();
  });

  interface Entry {
    readonly door?: DoorName | Door;
    readonly publish?: readonly MediaFile[];
    readonly grant?: object;
    readonly url?: string;
    readonly data?: boolean;
    readonly listener?: Partial<HeadlessParticipantListener>;
  }

  async function enter(identity: string, entry: Entry = {}): Promise<HeadlessParticipant> {
    const { door = "livekit", url = server.url, grant = {}, ...options } = entry;
    const room = { room: "demo", roomJoin: true, ...grant };
    const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity, grant: room });
    return HeadlessParticipant.join({ host, url, token, door, ...options });
  }

  test("they and those of our own door receive each other without loss; when all have left nothing is held", async () => {
    const ann = await enter("ann", { publish: [vp8, opus] });
    const bob = await enter("bob", { door: "jsonrpc", publish: [h264] });
    const cat = await enter("cat");
    assert.deepEqual([ann.identity, ann.roomName], ["ann", "demo"]);
    await until("a second of each other's media", () => {
      const [toBob, toCat] = [byCodec(bob), byCodec(cat)];
      const frames = [byCodec(ann).H264, toBob.VP8, toBob.opus, toCat.VP8, toCat.opus, toCat.H264];
      return frames.every((report) => (report?.frames ?? 0) >= 24);
    });
    assert.deepEqual(
      [ann, bob, cat].map(({ totals }) => [totals.tracks, totals.lost]),
      [
        [1, 0],
        [2, 0],
        [3, 0],
      ],
    );
    await until("a speaker", () => cat.speakers.length > 0);
    assert.deepEqual(cat.speakers, [ann.participantId]);
    await bob.leave();
    await until("bob's track is over", () => ann.takeReports().length === 0 && cat.takeReports().length === 2);
    await Promise.all([ann.leave(), cat.leave()]);
    assert.equal(host.slots.available, host.slots.capacity);
  });

  test("a lost socket is resumed by the same participant, and media goes on", async () => {
    const proxy = new CuttableProxy(Number(new URL(server.url).port));
    const repairs: unknown[] = [];
    const listener = { handleRepair: (cause: unknown) => void repairs.push(cause) };
    const ann = await enter("ann", { publish: [vp8], url: await proxy.open(), listener });
    const bob = await enter("bob", { publish: [opus] });
    await until("media", () => (byCodec(ann).opus?.packets ?? 0) > 10 && (byCodec(bob).VP8?.packets ?? 0) > 10);
    const before = { participantId: ann.participantId, track: byCodec(ann).opus?.track };
    proxy.cut();
    await until("it is repaired", () => repairs.includes("signaling") && repairs.at(-1) === undefined);
    const packets = { ann: ann.totals.packets, bob: bob.totals.packets };
    const cat = await enter("cat", { publish: [h264] });
    await until("media again, and what is new", () => {
      return (
        ann.totals.packets > packets.ann + 50 && bob.totals.packets > packets.bob + 50 && (byCodec(ann).H264?.frames ?? 0) > 5
      );
    });
    assert.deepEqual({ participantId: ann.participantId, track: byCodec(ann).opus?.track }, before);
    assert.equal(ann.totals.lost, 0);
    await Promise.all([ann.leave(), bob.leave(), cat.leave()]);
    proxy.close();
  });

  test("a worker that dies costs a pause", async () => {
    const [ann, bob] = [await enter("ann", { publish: [vp8] }), await enter("bob", { publish: [opus] })];
    await until("media", () => (byCodec(ann).opus?.packets ?? 0) > 10 && (byCodec(bob).VP8?.packets ?? 0) > 10);
    const [worker] = server.workerProcessIds;
    assert.ok(worker !== undefined);
    process.kill(worker, "SIGKILL");
    await until("another worker", () => server.workerProcessIds[0] !== undefined && server.workerProcessIds[0] !== worker);
    const packets = { ann: ann.totals.packets, bob: bob.totals.packets };
    await until("media again", () => ann.totals.packets > packets.ann + 50 && bob.totals.packets > packets.bob + 50);
    await Promise.all([ann.leave(), bob.leave()]);
    assert.equal(host.slots.available, host.slots.capacity);
  });

  test("data crosses the doors: reliable and lossy, to all and to some", async () => {
    const heard: string[] = [];
    const listen = (identity: string) => ({
      handleData: ({ topic, data }: ReceivedData) => void heard.push(`${identity} ${topic} ${data.length}`),
    });
    const ann = await enter("ann", { listener: listen("ann") });
    const bob = await enter("bob", { listener: listen("bob") });
    const cat = await enter("cat", { door: "jsonrpc", data: true, listener: listen("cat") });
    await ann.sendData(new Uint8Array(40_000), { topic: "large", to: [bob.participantId] });
    await ann.sendData(new Uint8Array(5), { topic: "small" });
    await cat.sendData(new Uint8Array(7), { topic: "back" });
    await until("all of it", () => heard.length >= 5);
    assert.deepEqual(heard.splice(0).sort(), ["ann back 7", "bob back 7", "bob large 40000", "bob small 5", "cat small 5"]);
    await until("a lossy message", () => {
      ann.sendData(new Uint8Array(9), { topic: "lossy", reliable: false }).catch(() => {});
      return heard.includes("bob lossy 9") && heard.includes("cat lossy 9");
    });
    await Promise.all([ann.leave(), bob.leave(), cat.leave()]);
  });

  test("candidates that come one by one are used", async () => {
    const [ann, bob] = [await enter("ann", { publish: [vp8], door: createTricklingDoor() }), await enter("bob")];
    await until("media", () => (byCodec(bob).VP8?.packets ?? 0) > 10);
    await Promise.all([ann.leave(), bob.leave()]);
  });

  test("who comes again under its name takes its place, and the one before is told why", async () => {
    const closed: string[] = [];
    await enter("ann", { listener: { handleClosed: (reason) => void closed.push(reason) } });
    const again = await enter("ann");
    await until("the first is out", () => closed.length > 0);
    assert.deepEqual(closed, ["duplicateIdentity"]);
    await again.leave();
  });

  test("what the token does not grant is refused, and leaves nothing behind", async () => {
    const refused = (code: string) => (error: unknown) =>
      error instanceof SluiceError && error.code === code && error.message !== "";
    await assert.rejects(enter("eve", { publish: [opus], grant: { canPublish: false } }), refused("permissionDenied"));
    const token = await createToken({
      key: DEV_KEY,
      secret: "another",
      identity: "eve",
      grant: { room: "demo", roomJoin: true },
    });
    await assert.rejects(
      HeadlessParticipant.join({ host, url: server.url, token, door: "livekit" }),
      refused("unauthenticated"),
    );
    assert.equal(host.slots.available, host.slots.capacity);
  });
});
