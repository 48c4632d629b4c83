import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type ReceivedData, SluiceError } from "@sluice/protocol";
import { createToken, DEV_KEY, DEV_SECRET, parseConfig, type RunningServer, startServer } from "@sluice/server";
import type { MediaFile } from "../media-file/media-file.js";
import { readTestPicture, readTestTone } from "../media-file/test-media.js";
import { until } from "../testing/until.js";
import { HeadlessParticipant, type HeadlessParticipantListener } from "./headless-participant.js";
import { MediaHost } from "./media-host.js";
import type { PacketPath } from "./packet-path.js";
import type { TrackReport } from "./track-meter.js";

function byCodec(participant: HeadlessParticipant): Record<string, TrackReport> {
  return Object.fromEntries(participant.takeReports().map((report) => [report.codec, report]));
}

for (const packetPath of ["native", "portable"] as const satisfies readonly PacketPath[]) {
  describe(`participants without a browser in a room of a real node, ${packetPath}`, { skip: isImpossible(packetPath) }, () => {
    let server: RunningServer;
    const host = new MediaHost({ maxParticipants: 4, packetPath });
    const vp8 = readTestPicture("vp8");
    const h264 = readTestPicture("h264");
    const opus = readTestTone();

    before(async () => {
      const flags = {
        dev: true,
        "bind-address": "127.0.0.1:0",
        "udp-port": 0,
        workers: 1,
        "log-level": "fatal",
        "packet-path": packetPath,
      };
      server = await startServer(parseConfig({ flags, environment: {}, file: undefined, cpuCores: 1 }));
    });
    after(async () => {
      host.close();
      await server.close();
    });

    const enter = async (
      identity: string,
      publish: readonly MediaFile[],
      grant = {},
      listener: Partial<HeadlessParticipantListener> = {},
    ): Promise<HeadlessParticipant> => {
      const room = { room: "demo", roomJoin: true, ...grant };
      const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity, grant: room });
      return HeadlessParticipant.join({ host, url: server.url, token, publish, listener });
    };

    test("each receives what the other publishes, without loss; when all have left nothing is held", async () => {
      const ann = await enter("ann", [vp8, opus]);
      const bob = await enter("bob", [h264]);
      assert.deepEqual([ann.identity, ann.roomName, bob.localTracks.length], ["ann", "demo", 1]);
      await until("a second of each other's media", () => {
        const toBob = byCodec(bob);
        return (byCodec(ann).H264?.frames ?? 0) >= 24 && (toBob.VP8?.frames ?? 0) >= 24 && (toBob.opus?.frames ?? 0) >= 50;
      });
      const { VP8, opus: tone } = byCodec(bob);
      assert.deepEqual([VP8?.kind, tone?.kind, ann.totals.lost, bob.totals.lost], ["video", "audio", 0, 0]);
      await bob.leave();
      await until("bob's track is over", () => ann.takeReports().length === 0);
      assert.equal(ann.totals.tracks, 1);
      await ann.leave();
      await ann.leave();
      assert.equal(host.slots.available, host.slots.capacity);
    });

    test("who leaves is not told that what it still had under way came to nothing", async () => {
      const bob = await enter("bob", []);
      const errors: SluiceError[] = [];
      const handleError = (error: SluiceError) => void errors.push(error);
      for (let round = 0; round < 15; round++) {
        const ann = await enter("ann", [], {}, { handleError });
        const published = bob.publish(opus);
        // From one to the other there are a request, a notification and an offer; each round ends at another place on that way.
        await delay(round);
        await ann.leave();
        await published;
        for (const track of bob.localTracks) await bob.unpublish(track);
      }
      assert.deepEqual(errors, []);
      await bob.leave();
    });

    test("who publishes a tone speaks, and nobody else", async () => {
      const [ann, bob] = [await enter("ann", [vp8, opus]), await enter("bob", [vp8])];
      await until("a speaker", () => bob.speakers.length > 0);
      assert.deepEqual(bob.speakers, [ann.participantId]);
      await ann.leave();
      await until("silence", () => bob.speakers.length === 0);
      await bob.leave();
    });

    test("a worker that dies costs a pause: the same tracks go on, over another transport", async () => {
      const [ann, bob] = [await enter("ann", [vp8]), await enter("bob", [opus])];
      await until("media", () => (byCodec(ann).opus?.packets ?? 0) > 10 && (byCodec(bob).VP8?.packets ?? 0) > 10);
      const before = byCodec(ann).opus;
      const [worker] = server.workerProcessIds;
      assert.ok(worker !== undefined);
      process.kill(worker, "SIGKILL");
      await until("another worker", () => server.workerProcessIds[0] !== undefined && server.workerProcessIds[0] !== worker);
      const packets = { ann: ann.totals.packets, bob: bob.totals.packets };
      await until("media again", () => ann.totals.packets > packets.ann + 50 && bob.totals.packets > packets.bob + 50);
      const now = byCodec(ann).opus;
      assert.equal(now?.track, before?.track);
      assert.ok((now?.packets ?? 0) > (before?.packets ?? 0));
      await Promise.all([ann.leave(), bob.leave()]);
      assert.equal(host.slots.available, host.slots.capacity);
    });

    test("data goes by channels to who has them, by signaling to who has none, and by new channels when the worker dies", async () => {
      const heard: string[] = [];
      const join = async (identity: string, data: boolean) => {
        const grant = { room: "data", roomJoin: true };
        const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity, grant });
        const handleData = (message: ReceivedData) => void heard.push(`${identity} ${message.topic} ${message.data.length}`);
        return HeadlessParticipant.join({ host, url: server.url, token, data, listener: { handleData } });
      };
      const [ann, bob, cat] = [await join("ann", true), await join("bob", true), await join("cat", false)];
      await ann.sendData(new Uint8Array(200_000), { topic: "large", to: [bob.participantId] });
      await ann.sendData(new Uint8Array(5), { topic: "small" });
      await cat.sendData(new Uint8Array(7), { topic: "request" });
      await until("all of it", () => heard.length >= 5);
      assert.deepEqual(heard.splice(0).sort(), [
        "ann request 7",
        "bob large 200000",
        "bob request 7",
        "bob small 5",
        "cat small 5",
      ]);
      const [worker] = server.workerProcessIds;
      assert.ok(worker !== undefined);
      process.kill(worker, "SIGKILL");
      await until("another worker", () => server.workerProcessIds[0] !== undefined && server.workerProcessIds[0] !== worker);
      await until("a message that only a channel can carry", () => {
        ann.sendData(new Uint8Array(20_000), { topic: "again" }).catch(() => {});
        return heard.includes("bob again 20000");
      });
      await Promise.all([ann.leave(), bob.leave(), cat.leave()]);
      assert.equal(host.slots.available, host.slots.capacity);
    });

    test("what the token does not grant is refused, and leaves nothing behind", async () => {
      await assert.rejects(
        enter("eve", [opus], { canPublish: false }),
        (error) => error instanceof SluiceError && error.code === "permissionDenied",
      );
      const token = await createToken({
        key: DEV_KEY,
        secret: "another",
        identity: "eve",
        grant: { room: "demo", roomJoin: true },
      });
      await assert.rejects(
        HeadlessParticipant.join({ host, url: server.url, token }),
        (error) => error instanceof SluiceError && error.code === "unauthenticated" && error.message !== "",
      );
      assert.equal(host.slots.available, host.slots.capacity);
    });

    test("a process has room for so many and says when there is no more", async () => {
      const all = await Promise.all(["a", "b", "c", "d"].map((identity) => enter(identity, [])));
      await assert.rejects(enter("e", []), (error) => error instanceof SluiceError && error.code === "resourceExhausted");
      await Promise.all(all.map((participant) => participant.leave()));
    });
  });
}

/** Elsewhere than on Linux only the portable path exists, by design. */
function isImpossible(packetPath: PacketPath): boolean {
  return packetPath === "native" && process.platform !== "linux";
}
