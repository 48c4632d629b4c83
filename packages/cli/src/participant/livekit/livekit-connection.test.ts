import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AddTrackRequest,
  DisconnectReason,
  LeaveRequest,
  LeaveRequest_Action,
  MediaSectionsRequirement,
  ParticipantUpdate,
  ReconnectResponse,
  RequestResponse,
  RequestResponse_Reason,
  SessionDescription,
  TrackInfo,
  TrackPublishedResponse,
  TrackType,
  TrickleRequest,
} from "@livekit/protocol";
import { type Notification, SignalingLink, SluiceError } from "@sluice/protocol";
import { settle, VirtualScheduler } from "@sluice/protocol/testing";
import fc from "fast-check";
import { LiveKitConnection } from "./livekit-connection.js";
import { LiveKitSession } from "./livekit-session.js";
import { joinResponse, MemorySignalServer, member } from "./testing/memory-signal-server.js";

const OFFER = "v=0\r\na=ice-ufrag:one\r\n";
const CAMERA = new TrackInfo({ sid: "TR_VC1", type: TrackType.VIDEO });

/** A link to a LiveKit server in memory, as a participant has it. */
function createLink() {
  const server = new MemorySignalServer();
  const session = new LiveKitSession();
  const scheduler = new VirtualScheduler();
  const events: string[] = [];
  const told: Notification[] = [];
  const link = new SignalingLink(
    {
      url: "https://node/base/",
      token: "token",
      autoSubscribe: true,
      dial: (request, listener) => new LiveKitConnection(session, request, listener, server.openSocket),
      scheduler,
    },
    {
      handleJoined: ({ resumed, participant }) =>
        void events.push(`${resumed ? "resumed" : "joined"} ${participant.participantId}`),
      handleNotification: (notification) => void told.push(notification),
      handleLost: () => void events.push("lost"),
      handleClosed: (reason, error) => void events.push(`${reason} ${error.code}`),
    },
  );
  return { server, session, scheduler, link, events, told };
}

async function joined(...parameters: Parameters<typeof joinResponse>) {
  const fixture = createLink();
  await settle();
  fixture.server.say(joinResponse(...parameters));
  await settle();
  return fixture;
}

const hasCode = (code: string) => (error: unknown) => error instanceof SluiceError && error.code === code;

test("what is asked for stands in the address, and the first answer is the join", async () => {
  const { server, events } = await joined();
  const [asked] = server.joins;
  assert.deepEqual(events, ["joined PA_ann"]);
  assert.deepEqual(server.tokens, ["token"]);
  assert.deepEqual(
    [asked?.connectionSettings?.autoSubscribe, asked?.reconnect, asked?.clientInfo?.protocol],
    [true, false, 17],
  );
});

test("pings at the server's interval, in both forms, and leaves a server that stops answering", async () => {
  const { server, scheduler, events } = await joined();
  await scheduler.advance(20_000);
  assert.deepEqual([server.requestsOf("ping").length, server.requestsOf("pingReq").length], [4, 4]);
  assert.deepEqual(events, ["joined PA_ann"]);
});

test("a track is published by its cid, once however often it is asked for", async () => {
  const { server, link } = await joined();
  const publishing = link.request("publish", { cid: "c1", kind: "video", source: "camera", name: "n" });
  await settle();
  const [asked] = server.requestsOf("addTrack");
  assert.deepEqual([asked?.cid, asked?.type, asked?.source, asked?.name], ["c1", TrackType.VIDEO, 1, "n"]);
  server.say({ case: "trackPublished", value: new TrackPublishedResponse({ cid: "other", track: CAMERA }) });
  server.say({ case: "trackPublished", value: new TrackPublishedResponse({ cid: "c1", track: CAMERA }) });
  assert.equal((await publishing).track.trackId, "TR_VC1");
  assert.equal((await link.request("publish", { cid: "c1", kind: "video" })).track.trackId, "TR_VC1");
  assert.equal(server.requestsOf("addTrack").length, 1);
});

test("what is refused is refused with the server's reason; a queued track is waited for", async () => {
  const { server, link } = await joined();
  const refuse = (reason: RequestResponse_Reason) => {
    const request = { case: "addTrack" as const, value: new AddTrackRequest({ cid: "c1" }) };
    server.say({ case: "requestResponse", value: new RequestResponse({ reason, message: "no", request }) });
  };
  const publishing = link.request("publish", { cid: "c1", kind: "video" });
  await settle();
  refuse(RequestResponse_Reason.QUEUED);
  refuse(RequestResponse_Reason.NOT_ALLOWED);
  await assert.rejects(publishing, hasCode("permissionDenied"));
  await assert.rejects(link.request("getStats", {}), hasCode("unsupported"));
});

test("who may not publish is told so without asking", async () => {
  const { server, link } = await joined([], member("ann", { permission: { canPublish: false } }));
  await assert.rejects(link.request("publish", { cid: "c", kind: "audio" }), hasCode("permissionDenied"));
  assert.equal(server.requestsOf("addTrack").length, 0);
});

test("offers are numbered, an answer of another number is not ours, and its tracks are those of the map or the msid", async () => {
  const { server, link } = await joined([member("bob", { tracks: [CAMERA] })]);
  const answering = link.request("offer", { sdp: OFFER });
  await settle();
  assert.deepEqual(
    server.requestsOf("offer").map(({ type, id, sdp }) => [type, id, sdp]),
    [["offer", 1, OFFER]],
  );
  const answer = (id: number, sdp: string, midToTrackId = {}) =>
    server.say({ case: "answer", value: new SessionDescription({ type: "answer", id, sdp, midToTrackId }) });
  answer(7, "v=0");
  const sections = [
    "v=0\r\nm=video 9 X 1\r\na=mid:1\r\na=sendonly\r\na=msid:PA_bob|TR_VC1 TR_VC1\r\n",
    "m=audio 9 X 1\r\na=mid:2\r\na=sendrecv\r\na=msid:PA_cat|camera TR_AM2\r\n",
    "m=audio 9 X 1\r\na=mid:3\r\na=inactive\r\na=msid:PA_cat|TR_AM3 TR_AM3\r\n",
  ].join("");
  answer(1, sections, { "1": "TR_VC1" });
  assert.deepEqual((await answering).tracks, [
    { mid: "1", trackId: "TR_VC1", participantId: "PA_bob" },
    { mid: "2", trackId: "TR_AM2", participantId: "PA_cat" },
  ]);
});

test("more sections are asked for one after the other, and told as how many there are to be", async () => {
  const { server, told } = await joined();
  server.say({ case: "mediaSectionsRequirement", value: new MediaSectionsRequirement({ numAudios: 1, numVideos: 2 }) });
  server.say({ case: "mediaSectionsRequirement", value: new MediaSectionsRequirement({}) });
  server.say({ case: "mediaSectionsRequirement", value: new MediaSectionsRequirement({ numVideos: 1 }) });
  assert.deepEqual(
    told.map(({ params }) => params),
    [
      { audio: 1, video: 2 },
      { audio: 1, video: 2 },
      { audio: 1, video: 3 },
    ],
  );
});

test("what is said in one breath with the join is told after it", async () => {
  const { server, told, events, link } = createLink();
  await settle();
  server.say(joinResponse());
  server.say({ case: "mediaSectionsRequirement", value: new MediaSectionsRequirement({ numAudios: 1 }) });
  assert.deepEqual([events, told], [[], []]);
  await link.whenJoined();
  assert.deepEqual([events, told.map(({ method }) => method)], [["joined PA_ann"], ["negotiationNeeded"]]);
});

test("candidates of the server are told, and what is none is not", async () => {
  const { server, told } = await joined();
  for (const candidateInit of ['{"candidate":"candidate:1","sdpMid":"0"}', '{"candidate":""}', "[", "null"]) {
    server.say({ case: "trickle", value: new TrickleRequest({ candidateInit }) });
  }
  assert.deepEqual(told, [
    { method: "trickle", params: { candidate: { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 } } },
  ]);
});

test("a lost socket is opened again for the same participant, with what it publishes and receives", async () => {
  const { server, scheduler, session, link, events } = await joined();
  const publishing = link.request("publish", { cid: "c1", kind: "video" });
  await settle();
  server.say({ case: "trackPublished", value: new TrackPublishedResponse({ cid: "c1", track: CAMERA }) });
  await publishing;
  session.receivedSequences.set("PA_bob", 7);
  server.drop();
  await scheduler.advance(200);
  server.say({ case: "update", value: new ParticipantUpdate({ participants: [member("early")] }) });
  server.say({ case: "reconnect", value: new ReconnectResponse() });
  await settle();
  assert.deepEqual(events, ["joined PA_ann", "lost", "resumed PA_ann"]);
  assert.deepEqual([server.joins[1]?.reconnect, server.joins[1]?.participantSid], [true, "PA_ann"]);
  const [state] = server.requestsOf("syncState");
  assert.deepEqual([state?.publishTracks[0]?.cid, state?.subscription?.subscribe], ["c1", false]);
  const [heard] = state?.datachannelReceiveStates ?? [];
  assert.deepEqual([heard?.publisherSid, heard?.lastSeq], ["PA_bob", 7]);
});

test("a session that the server no longer knows is begun anew, as another participant", async () => {
  const { server, scheduler, events } = await joined();
  server.drop();
  await scheduler.advance(200);
  const leave = new LeaveRequest({ reason: DisconnectReason.STATE_MISMATCH, action: LeaveRequest_Action.RECONNECT });
  server.say({ case: "leave", value: leave });
  await scheduler.advance(500);
  assert.equal(server.joins[2]?.reconnect, false);
  server.say(joinResponse([], member("ann", { sid: "PA_ann2" })));
  await settle();
  assert.deepEqual(events, ["joined PA_ann", "lost", "joined PA_ann2"]);
});

test("another peer connection is another participant", async () => {
  const { server, scheduler, link, events } = await joined();
  link.request("offer", { sdp: OFFER }).catch(() => {});
  await settle();
  await assert.rejects(link.request("offer", { sdp: OFFER.replace("one", "two") }), hasCode("unavailable"));
  assert.equal(server.requestsOf("leave").length, 1);
  await scheduler.advance(200);
  assert.equal(server.joins[1]?.reconnect, false);
  server.say(joinResponse([], member("ann", { sid: "PA_ann2" })));
  await settle();
  assert.deepEqual(events, ["joined PA_ann", "lost", "joined PA_ann2"]);
});

test("the server's leave: connect again, or out with its reason", async () => {
  const { server, scheduler, told, events } = await joined();
  server.say({ case: "leave", value: new LeaveRequest({ action: LeaveRequest_Action.RESUME }) });
  await scheduler.advance(200);
  assert.equal(server.joins[1]?.participantSid, "PA_ann");
  server.say({ case: "reconnect", value: new ReconnectResponse() });
  await settle();
  server.say({ case: "leave", value: new LeaveRequest({ reason: DisconnectReason.DUPLICATE_IDENTITY }) });
  assert.deepEqual(told.at(-1), {
    method: "participantLeft",
    params: { participantId: "PA_ann", identity: "ann", reason: "duplicateIdentity" },
  });
  assert.deepEqual(events, ["joined PA_ann", "lost", "resumed PA_ann"]);
});

test("a server without this door is told as one", async () => {
  const { server, link } = createLink();
  await settle();
  server.drop(4404, "the server refused: 404 Not Found");
  await assert.rejects(link.whenJoined(), /404 Not Found; does this server have LiveKit's \/rtc\/v1\?$/);
});

test("a join that is refused is over at once, by status or by leave", async () => {
  const refused = createLink();
  await settle();
  refused.server.drop(4401, "the server refused: invalid token");
  assert.deepEqual(refused.events, ["tokenExpired unauthenticated"]);
  const left = createLink();
  await settle();
  left.server.say({ case: "leave", value: new LeaveRequest({ reason: DisconnectReason.JOIN_FAILURE }) });
  assert.deepEqual(left.events, ["connectionLost failedPrecondition"]);
});

test("whatever bytes a server sends, they are a message or the end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), async (frames) => {
      const { server } = await joined();
      for (const frame of frames) server.sayBytes(frame);
    }),
    { numRuns: 50 },
  );
});
