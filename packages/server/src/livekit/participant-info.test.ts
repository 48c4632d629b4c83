import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClientInfo_Capability,
  DisconnectReason,
  Encryption_Type,
  ParticipantInfo_Kind,
  ParticipantInfo_KindDetail,
  ParticipantInfo_State,
  TrackSource,
  TrackType,
  VideoLayer_Mode,
} from "@livekit/protocol";
import type { Participant } from "../room/participant.js";
import type { Room } from "../room/room.js";
import { claims, createRoom, enter } from "../room/testing/room-fixture.js";
import { disconnectedInfo, participantInfo } from "./participant-info.js";
import { participantPermission } from "./participant-permission.js";
import { roomInfo } from "./room-info.js";
import { liveKitSource, trackKind, trackSource } from "./track-source.js";

function only(room: Room): Participant {
  const [participant] = room.participants;
  assert.ok(participant !== undefined);
  return participant;
}

test("a participant is told with its tracks, its permissions and when it came", () => {
  const room = createRoom();
  const ann = enter(room, "ann", { canPublishSources: ["camera"], canUpdateOwnMetadata: true, canSubscribeMetrics: true });
  const layers = [
    { rid: "q", width: 320, height: 180 },
    { rid: "h", width: 640, height: 360 },
  ];
  const { trackId } = room.publish(ann, { cid: "c", kind: "video", source: "camera", name: "face", muted: true, layers });
  const info = participantInfo(only(room));
  assert.deepEqual([info.sid, info.identity, info.isPublisher], [ann, "ann", true]);
  assert.deepEqual(info.permission?.canPublishSources, [TrackSource.CAMERA]);
  assert.deepEqual([info.permission?.canPublish, info.permission?.canSubscribe, info.permission?.hidden], [true, true, false]);
  assert.deepEqual([info.permission?.canUpdateMetadata, info.permission?.canSubscribeMetrics], [true, true]);
  const [track] = info.tracks;
  assert.deepEqual(
    [track?.sid, track?.type, track?.source, track?.name, track?.muted, track?.simulcast, track?.width, track?.stream],
    [trackId, TrackType.VIDEO, TrackSource.CAMERA, "face", true, true, 640, "camera"],
  );
});

test("a list of sources that grants none is no list of every source", () => {
  const room = createRoom();
  enter(room, "ann", { canPublishSources: ["hologram"] });
  const { canPublish, canPublishSources } = participantPermission(only(room).permissions);
  assert.deepEqual([canPublish, canPublishSources], [false, []]);
});

test("kind, client and attributes are those of who joined", () => {
  const room = createRoom();
  const token = { ...claims("bot"), kind: "agent", kindDetails: ["cloud_agent", "teleported"], attributes: { role: "host" } };
  const client = { sdk: 9, protocol: 16, clientProtocol: 2, capabilities: [ClientInfo_Capability.CAP_PACKET_TRAILER] };
  room.join(token, { client }, 1_700_000_000_123);
  const info = participantInfo(only(room));
  assert.deepEqual([info.kind, info.kindDetails], [ParticipantInfo_Kind.AGENT, [ParticipantInfo_KindDetail.CLOUD_AGENT]]);
  assert.deepEqual([info.clientProtocol, info.capabilities, info.attributes], [2, client.capabilities, { role: "host" }]);
  assert.deepEqual([info.joinedAt, info.joinedAtMs], [1_700_000_000n, 1_700_000_000_123n]);
});

test("[RM74] a participant is joined until its media connection stands, and each change has a version of its own", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const before = participantInfo(only(room));
  assert.equal(before.state, ParticipantInfo_State.JOINED);
  room.setActive(ann);
  const after = participantInfo(only(room));
  assert.equal(after.state, ParticipantInfo_State.ACTIVE);
  assert.ok(after.version > before.version);
});

test("[RM27] a track is told with what its publisher and the negotiation said of it", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const { trackId } = room.publish(
    ann,
    { cid: "c", kind: "video", layers: [{ width: 320, height: 180 }] },
    { width: 1920, height: 1080, stream: "stage", encryption: 1, backupCodecPolicy: 2, packetTrailerFeatures: [1] },
  );
  room.describeTrack(trackId, { codecs: [{ mimeType: "video/VP9", mid: "3", cid: "c" }] });
  const [video] = participantInfo(only(room)).tracks;
  assert.deepEqual([video?.width, video?.height, video?.stream, video?.simulcast], [1920, 1080, "stage", false]);
  assert.deepEqual([video?.encryption, video?.backupCodecPolicy, video?.packetTrailerFeatures], [Encryption_Type.GCM, 2, [1]]);
  assert.deepEqual([video?.mimeType, video?.mid], ["video/VP9", "3"]);
  const [codec] = video?.codecs ?? [];
  assert.deepEqual([codec?.mimeType, codec?.mid, codec?.cid, codec?.layers.length], ["video/VP9", "3", "c", 1]);
  assert.equal(codec?.videoLayerMode, VideoLayer_Mode.MULTIPLE_SPATIAL_LAYERS_PER_STREAM);
  const details = { isStereo: true, isDtxDisabled: true, isRedDisabled: true, audioFeatures: [5] };
  room.publish(ann, { cid: "a", kind: "audio" }, { ...details, codecs: [{ mimeType: "audio/opus", mid: "4", cid: "a" }] });
  const audio = participantInfo(only(room)).tracks[1];
  assert.deepEqual([audio?.stereo, audio?.disableDtx, audio?.disableRed, audio?.audioFeatures], [true, true, true, [5]]);
  assert.equal(audio?.codecs[0]?.videoLayerMode, VideoLayer_Mode.MODE_UNUSED);
});

test("a room counts who can be seen, and says how it is set", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  enter(room, "bob");
  enter(room, "spy", { hidden: true });
  room.publish(ann, { cid: "c", kind: "audio" });
  room.configure({ emptyTimeoutMs: 7_000, departureTimeoutMs: 8_000, maxParticipants: 9 });
  const info = roomInfo(room);
  assert.deepEqual([info.sid, info.name, info.numParticipants, info.numPublishers], [room.roomId, "demo", 2, 1]);
  assert.deepEqual([info.emptyTimeout, info.departureTimeout, info.maxParticipants, info.activeRecording], [7, 8, 9, false]);
  assert.ok(info.enabledCodecs.some(({ mime }) => mime === "video/VP8"));
  enter(room, "recorder", { hidden: true, recorder: true });
  assert.deepEqual([roomInfo(room).activeRecording, roomInfo(room).numParticipants], [true, 2]);
});

test("who has left is told by state and reason", () => {
  const info = disconnectedInfo("PA_1", "ann", DisconnectReason.DUPLICATE_IDENTITY);
  assert.deepEqual(
    [info.sid, info.identity, info.state, info.disconnectReason],
    ["PA_1", "ann", ParticipantInfo_State.DISCONNECTED, DisconnectReason.DUPLICATE_IDENTITY],
  );
});

test("sources translate both ways, and one of a later protocol is unknown", () => {
  for (const source of ["camera", "microphone", "screenShare", "screenShareAudio", "unknown"] as const) {
    assert.equal(trackSource(liveKitSource(source)), source);
  }
  assert.equal(trackSource(99 as TrackSource), "unknown");
  assert.equal(trackKind(TrackType.DATA), undefined);
});
