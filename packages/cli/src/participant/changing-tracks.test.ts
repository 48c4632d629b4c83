/** What a participant may do with its tracks and those of others while it is in the room, by each door. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createToken, DEV_KEY, DEV_SECRET, parseConfig, type RunningServer, startServer } from "@sluice/server";
import { readTestPicture, readTestTone } from "../media-file/test-media.js";
import { until } from "../testing/until.js";
import { DOOR_NAMES, type DoorName } from "./door.js";
import { HeadlessParticipant } from "./headless-participant.js";
import { MediaHost } from "./media-host.js";

describe("a participant that changes its mind", () => {
  let server: RunningServer;
  const host = new MediaHost({ maxParticipants: 2 });

  before(async () => {
    const flags = { dev: true, "bind-address": "127.0.0.1:0", "udp-port": 0, workers: 1, "log-level": "fatal" };
    server = await startServer(parseConfig({ flags, environment: {}, file: undefined, cpuCores: 1 }));
  });
  after(async () => {
    host.close();
    await server.close();
  });

  async function enter(door: DoorName, identity: string): Promise<HeadlessParticipant> {
    const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity, grant: { room: door, roomJoin: true } });
    return HeadlessParticipant.join({ host, url: server.url, token, door });
  }

  for (const door of DOOR_NAMES) {
    test(`${door}: tracks come and go as often as one likes, and nothing of them is held`, async () => {
      const [ann, bob] = [await enter(door, "ann"), await enter(door, "bob")];
      for (const file of [readTestPicture("vp8"), readTestTone(), readTestPicture("h264")]) {
        const track = await ann.publish(file);
        await until("media", () => bob.takeReports().some(({ track: id, packets }) => id === track.trackId && packets > 10));
        await ann.unpublish(track);
        await ann.unpublish(track);
        assert.deepEqual(ann.localTracks, []);
        await until("it is over", () => bob.takeReports().length === 0);
      }
      assert.equal(bob.totals.tracks, 3);
      await Promise.all([ann.leave(), bob.leave()]);
      assert.equal(host.slots.available, host.slots.capacity);
      await assert.rejects(ann.publish(readTestTone()), { code: "failedPrecondition" });
    });

    test(`${door}: who is muted sends nothing, and who is not wanted is not sent, until they are again`, async () => {
      const [ann, bob] = [await enter(door, "ann"), await enter(door, "bob")];
      const track = await ann.publish(readTestPicture("vp8"));
      const received = () => bob.totals.packets;
      const goesOn = async () => {
        const before = received();
        await until("media", () => received() > before + 10);
      };
      const standsStill = async () => {
        let last = { packets: -1, sent: -1 };
        await until("silence, for as long as a second of frames takes otherwise", () => {
          const now = { packets: received(), sent: performance.now() };
          if (now.packets !== last.packets) last = now;
          return now.sent - last.sent > 1_000;
        });
      };
      await goesOn();
      await ann.setMuted(track, true);
      await standsStill();
      await ann.setMuted(track, false);
      await goesOn();
      await bob.setLayers({ trackId: track.trackId, paused: true });
      await standsStill();
      await bob.setLayers({ trackId: track.trackId, maxSpatialLayer: 0 });
      await goesOn();
      await Promise.all([ann.leave(), bob.leave()]);
    });
  }
});
