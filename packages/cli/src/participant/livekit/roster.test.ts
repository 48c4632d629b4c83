import assert from "node:assert/strict";
import { test } from "node:test";
import { DisconnectReason, ParticipantInfo_State, SpeakerInfo, TrackInfo, TrackType } from "@livekit/protocol";
import { Roster } from "./roster.js";
import { member } from "./testing/memory-signal-server.js";

const track = (sid: string, muted = false) => new TrackInfo({ sid, type: TrackType.AUDIO, muted });

function createRoster() {
  const roster = new Roster();
  roster.begin([member("ann"), member("bob", { version: 3, tracks: [track("TR_1")] })]);
  return roster;
}

/** Method and, of what it is about, the name. */
function brief(changes: ReturnType<Roster["handleUpdate"]>): string[] {
  return changes.map(({ method, params }) => {
    if ("trackId" in params) return `${method} ${params.trackId}`;
    if ("track" in params) return `${method} ${params.track.trackId}`;
    return "reason" in params ? `${method} ${params.participantId} ${params.reason}` : method;
  });
}

test("tracks that come, go and are muted are told one by one", () => {
  const roster = createRoster();
  const update = (version: number, ...tracks: TrackInfo[]) => brief(roster.handleUpdate([member("bob", { version, tracks })]));
  assert.deepEqual(update(4, track("TR_1", true), track("TR_2")), ["trackMuted TR_1", "trackPublished TR_2"]);
  assert.equal(roster.publisherOf("TR_2"), "PA_bob");
  assert.deepEqual(update(5, track("TR_2")), ["trackUnpublished TR_1"]);
  assert.deepEqual(update(4, track("TR_1")), [], "an older version");
  assert.deepEqual(update(5, track("TR_2")), [], "nothing new");
  assert.equal(roster.publisherOf("TR_1"), undefined);
});

test("data tracks are no media", () => {
  const roster = createRoster();
  const data = new TrackInfo({ sid: "DTR_1", type: TrackType.DATA });
  assert.deepEqual(brief(roster.handleUpdate([member("bob", { version: 4, tracks: [track("TR_1"), data] })])), []);
});

test("who comes, goes and comes back under another id", () => {
  const roster = createRoster();
  assert.deepEqual(
    brief(roster.handleUpdate([member("cat"), member("bob", { version: 4, name: "Bob", tracks: [track("TR_1")] })])),
    ["participantJoined", "participantUpdated"],
  );
  assert.deepEqual(brief(roster.handleUpdate([member("cat", { sid: "PA_cat2" })])), [
    "participantLeft PA_cat duplicateIdentity",
    "participantJoined",
  ]);
  const gone = { state: ParticipantInfo_State.DISCONNECTED, disconnectReason: DisconnectReason.PARTICIPANT_REMOVED };
  assert.deepEqual(brief(roster.handleUpdate([member("bob", gone), member("nobody", gone)])), [
    "participantLeft PA_bob removed",
  ]);
  assert.deepEqual(
    roster.participants().map(({ participantId }) => participantId),
    ["PA_ann", "PA_cat2"],
  );
});

test("speakers are told by what changes, loudest first; who leaves is silent", () => {
  const roster = createRoster();
  const say = (sid: string, level: number) => new SpeakerInfo({ sid, level, active: level > 0 });
  const speaking = (...speakers: SpeakerInfo[]) => {
    const { params } = roster.handleSpeakers(speakers);
    return "speakers" in params ? params.speakers.map(({ participantId }) => participantId) : undefined;
  };
  assert.deepEqual(speaking(say("PA_ann", 0.2), say("PA_bob", 0.5)), ["PA_bob", "PA_ann"]);
  assert.deepEqual(speaking(say("PA_ann", 0.8)), ["PA_ann", "PA_bob"]);
  assert.deepEqual(speaking(say("PA_ann", 0)), ["PA_bob"]);
  roster.handleUpdate([member("bob", { state: ParticipantInfo_State.DISCONNECTED })]);
  assert.deepEqual(speaking(), []);
});
