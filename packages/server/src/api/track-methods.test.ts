import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_IDS_PER_REQUEST } from "@sluice/protocol";
import { openApi } from "./testing/api-fixture.js";

function openCall(flags?: Readonly<Record<string, unknown>>) {
  const { api, node } = openApi(flags);
  const ann = node.client("ann");
  ann.join();
  const { trackId } = ann.publish("audio");
  const bob = node.client("bob");
  bob.join();
  const subscriptions = () => [...(node.rooms.find("demo")?.room.subscriptionsOf(bob.participantId) ?? [])].length;
  return { api, ann, bob, trackId, subscriptions };
}

test("[RM43] MutePublishedTrack mutes, and tells everybody and its publisher", async () => {
  const { api, ann, bob, trackId } = openCall();
  const { track } = await api.call("MutePublishedTrack", { room: "demo", identity: "ann", track_sid: trackId, muted: true });
  assert.deepEqual([(track as { sid: string }).sid, (track as { muted: boolean }).muted], [trackId, true]);
  for (const client of [ann, bob]) assert.equal(client.take("trackMuted")[0]?.muted, true);
});

test("[RM43] unmuting takes room.enable-remote-unmute", async () => {
  const refusing = openCall();
  const request = { room: "demo", identity: "ann", track_sid: refusing.trackId, muted: true };
  await refusing.api.call("MutePublishedTrack", request);
  const text = /^remote unmute not enabled$/;
  await refusing.api.refuses("failedPrecondition", text, "MutePublishedTrack", { ...request, muted: false });
  const { api, trackId } = openCall({ "room.enable-remote-unmute": true });
  await api.call("MutePublishedTrack", { ...request, track_sid: trackId });
  const { track } = await api.call("MutePublishedTrack", { ...request, track_sid: trackId, muted: false });
  assert.equal((track as { muted: boolean }).muted, false);
});

test("a track is muted for its own publisher only", async () => {
  const { api, trackId } = openCall();
  const request = { room: "demo", identity: "bob", track_sid: trackId, muted: true };
  await api.refuses("notFound", /^track is not found$/, "MutePublishedTrack", request);
});

test("UpdateSubscriptions ends and makes subscriptions, tracks named either way", async () => {
  const { api, ann, trackId, subscriptions } = openCall();
  assert.equal(subscriptions(), 1);
  const participant_tracks = [{ participant_sid: ann.participantId, track_sids: [trackId] }];
  await api.call("UpdateSubscriptions", { room: "demo", identity: "bob", participant_tracks, subscribe: false });
  assert.equal(subscriptions(), 0);
  await api.call("UpdateSubscriptions", { room: "demo", identity: "bob", track_sids: [trackId], subscribe: true });
  assert.equal(subscriptions(), 1);
  const unknown = { room: "demo", identity: "bob", track_sids: ["TR_none"], subscribe: true };
  await api.refuses("notFound", /TR_none/, "UpdateSubscriptions", unknown);
});

test("UpdateSubscriptions is for so many tracks at a time", async () => {
  const { api, trackId } = openCall();
  const track_sids = new Array(MAX_IDS_PER_REQUEST).fill(trackId);
  await api.call("UpdateSubscriptions", { room: "demo", identity: "bob", track_sids, subscribe: true });
  const participant_tracks = [{ track_sids: [trackId] }];
  const tooMany = { room: "demo", identity: "bob", track_sids, participant_tracks, subscribe: true };
  await api.refuses("invalidArgument", /^track_sids: at most 1000 /, "UpdateSubscriptions", tooMany);
});
