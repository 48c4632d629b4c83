/** What LiveKit's clients are told when they do, or are, something wrong; and that nobody else is told anything. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import {
  AddTrackRequest,
  DisconnectReason,
  LeaveRequest_Action,
  MuteTrackRequest,
  RequestResponse_Reason,
  SessionDescription,
  SignalRequest,
  TrackType,
  UpdateParticipantMetadata,
  UpdateSubscription,
} from "@livekit/protocol";
import { RandomGenerator } from "@sluice/netem";
import { createToken, DEV_KEY, DEV_SECRET } from "@sluice/server";
import { AccessToken } from "livekit-server-sdk";
import { Browser } from "./harness/browser.js";
import { damage } from "./harness/datagram-damage.js";
import { LiveKitCall } from "./harness/livekit-call.js";
import type { LiveKitPage } from "./harness/livekit-page.js";
import { joinRequest, LiveKitSocket, rtcStatus } from "./harness/livekit-socket.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { SEED } from "./harness/seed.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

const TRACKS = 1_000;
/** What one participant may publish, by default. */
const TRACKS_GRANTED = 20;
const GARBAGE_FRAMES = 1_500;
const FRAMES_PER_CONNECTION = 100;
const ROOM = "errors";

let node: TestNode;
let browser: Browser;
/** Two that have nothing to do with any of it. */
let bystanders: LiveKitCall;

before(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  [node, browser] = await Promise.all([TestNode.start(), Browser.launch()]);
  const token = (room: string, identity: string) => node.token(room, identity);
  bystanders = await LiveKitCall.open({ browser, url: node.url, room: "bystanders", token, roomOptions: {} });
});

afterEach(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  const honest = await LiveKitSocket.join(node.url, await node.token(ROOM, "honest"));
  assert.equal(await honest.settled(), undefined, "the next honest client");
  honest.close();
  await bystanders.flows();
  const isOurFault = (line: string) => line.includes("of ours") || line.includes("worker");
  assert.deepEqual(node.complaints.splice(0).filter(isOurFault), []);
});

after(async () => {
  await bystanders?.close();
  await browser?.close();
  await node?.close();
});

test("a token that is not good: the application learns why, and that it is not allowed", NEEDS_CHROMIUM, async () => {
  const page = await browser.openLiveKit(node.url, "refused");
  const grant = { room: ROOM, roomJoin: true };
  const expired = new AccessToken(DEV_KEY, DEV_SECRET, { identity: "ann", ttl: "-1h" });
  expired.addGrant(grant);
  const tokens = {
    "not a JWT": ["nonsense", 401],
    expired: [await expired.toJwt(), 401],
    "is not an API key": [await createToken({ key: "nobody", secret: DEV_SECRET, identity: "ann", grant }), 401],
    signature: [await createToken({ key: DEV_KEY, secret: "x".repeat(32), identity: "ann", grant }), 401],
    roomJoin: [await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity: "ann", grant: { room: ROOM } }), 403],
    room: [await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity: "ann", grant: { roomJoin: true } }), 403],
  } as const;
  for (const [why, [token, status]] of Object.entries(tokens)) {
    for (const singlePeerConnection of [true, false]) {
      const refusal = await refusalOf(page, node.url, token, singlePeerConnection);
      assert.deepEqual([refusal.reason, refusal.status], ["NotAllowed", status], why);
      assert.match(refusal.message, new RegExp(why));
    }
  }
  await page.close();
});

test("a room that is not there and may not be made, and one that is full", NEEDS_CHROMIUM, async () => {
  const strict = await TestNode.start({ flags: { "room.auto-create": false, limits: { "participants-per-room": 1 } } });
  try {
    const page = await browser.openLiveKit(strict.url, "strict");
    for (const singlePeerConnection of [true, false]) {
      const token = await strict.token(ROOM, "ann");
      const missing = await refusalOf(page, strict.url, token, singlePeerConnection);
      assert.deepEqual(
        [missing.reason, missing.status, missing.message.includes("requested room does not exist")],
        ["NotAllowed", 404, true],
      );
    }
    const first = await LiveKitSocket.join(strict.url, await strict.token(ROOM, "bob", { roomCreate: true }));
    for (const singlePeerConnection of [true, false]) {
      const full = await refusalOf(page, strict.url, await strict.token(ROOM, "ann"), singlePeerConnection);
      // A browser does not tell it why, and asking again (validate) tells it of its token only.
      assert.equal(full.reason, "WebSocket");
    }
    first.close();
    await page.close();
  } finally {
    await strict.close();
  }
});

test("a join request that is too long, or is none", NEEDS_CHROMIUM, async () => {
  const token = await node.token(ROOM, "ann");
  const status = (request: string) => rtcStatus(node.url, token, request);
  assert.equal(await status(joinRequest(new Uint8Array(2_000_000))), 400, "unpacked it has 2 MB");
  assert.equal(await status("A".repeat(2_000_000)), 431, "no URL is that long");
  for (const request of ["%", "A", "not base64!", Buffer.from("nonsense").toString("base64url")]) {
    assert.equal(await status(request), 400, request);
  }
  for (let round = 0; round < 20; round++) {
    assert.ok([101, 400].includes(await status(joinRequest(randomBytes(100)))), "random bytes may say something, by chance");
  }
});

test("messages of tomorrow are ignored; garbage is, or ends its own connection", NEEDS_CHROMIUM, async (t) => {
  t.diagnostic(`SLUICE_SEED=${SEED}`);
  const random = new RandomGenerator(SEED);
  const tomorrow = await LiveKitSocket.join(node.url, await node.token(ROOM, "tomorrow"));
  // Field 99 of a SignalRequest, and a message with a field more than it has.
  for (const frame of [[0x9a, 0x06, 2, 8, 1], [0x82, 0x01, 4, 8, 1, 0xf8, 0x06, 1], []])
    tomorrow.socket.send(Buffer.from(frame));
  for (const frame of ["", "{", "[]", '{"ofTomorrow":{}}', '{"offer":5}', "[".repeat(100_000)]) tomorrow.socket.send(frame);
  assert.equal(await tomorrow.settled(), undefined);
  tomorrow.close();
  const requests = honestRequests().map((message) => Buffer.from(new SignalRequest({ message }).toBinary()));
  for (let sent = 0; sent < GARBAGE_FRAMES; sent += FRAMES_PER_CONNECTION) {
    const hostile = await LiveKitSocket.join(node.url, await node.token(ROOM, "hostile"));
    for (let frame = 0; frame < FRAMES_PER_CONNECTION; frame++) {
      const request = requests[random.nextUint32() % requests.length];
      hostile.socket.send(request === undefined || random.isHit(0.2) ? randomBytes(200) : damage(request, random));
    }
    await hostile.settled();
    hostile.close();
  }
});

test(
  "1,000 tracks: what is over the limit is refused one by one; an offer of 1,000 sections is an end",
  NEEDS_CHROMIUM,
  async () => {
    const greedy = await LiveKitSocket.join(node.url, await node.token(ROOM, "greedy"));
    for (let track = 0; track < TRACKS; track++) {
      greedy.send({ case: "addTrack", value: new AddTrackRequest({ cid: `c${track}`, type: TrackType.AUDIO, source: 2 }) });
    }
    assert.equal(await greedy.settled(), undefined);
    assert.equal(greedy.received("trackPublished").length, TRACKS_GRANTED);
    const refusals = greedy.received("requestResponse");
    assert.equal(refusals.length, TRACKS - TRACKS_GRANTED);
    for (const { reason, request } of refusals) {
      assert.deepEqual([request.case, reason], ["addTrack", RequestResponse_Reason.LIMIT_EXCEEDED]);
    }
    greedy.send({ case: "offer", value: new SessionDescription({ type: "offer", id: 1, sdp: sdpOf(TRACKS) }) });
    const { reason, action } = await greedy.first("leave");
    assert.deepEqual([reason, action], [DisconnectReason.STATE_MISMATCH, LeaveRequest_Action.RECONNECT]);
    await until("end of the connection", 20_000, () => greedy.closeCode !== undefined);
  },
);

test("a client that never reads is left behind", NEEDS_CHROMIUM, async () => {
  const deaf = await LiveKitSocket.join(node.url, await node.token(ROOM, "deaf"));
  deaf.socket.pause();
  const talker = await LiveKitSocket.join(node.url, await node.token(ROOM, "talker", { canUpdateOwnMetadata: true }));
  const isLeftBehind = () => node.complaints.some((line) => line.includes("client reads too slowly") && line.includes("deaf"));
  // What the kernel holds for a socket has to be filled first.
  for (let round = 0; round < 300 && !isLeftBehind(); round++) {
    const metadata = `${round} ${"m".repeat(60_000)}`;
    talker.send({ case: "updateMetadata", value: new UpdateParticipantMetadata({ metadata, requestId: round }) });
    if (round % 20 === 19) assert.equal(await talker.settled(), undefined, "who reads stays");
  }
  assert.ok(isLeftBehind());
  deaf.socket.resume();
  await until("end of the connection", 20_000, () => deaf.closeCode !== undefined);
  talker.close();
});

interface Refusal {
  readonly reason: string;
  readonly status?: number;
  readonly message: string;
}

/** What `Room.connect` rejects with. */
function refusalOf({ page }: LiveKitPage, url: string, token: string, singlePeerConnection: boolean): Promise<Refusal> {
  return page.evaluate(
    async ([webSocketUrl, accessToken, isSingle]) => {
      const room = new window.LivekitClient.Room({ singlePeerConnection: isSingle });
      try {
        await room.connect(webSocketUrl, accessToken);
      } catch (error) {
        const { reason, status, message } = error as { reason: number; status?: number; message: string };
        return {
          reason: window.LivekitClient.ConnectionErrorReason[reason] ?? "",
          message,
          ...(status === undefined ? {} : { status }),
        };
      }
      await room.disconnect();
      return { reason: "connected", message: "" };
    },
    [url.replace(/^http/, "ws"), token, singlePeerConnection] as const,
  );
}

/** To be damaged. */
function honestRequests(): SignalRequest["message"][] {
  return [
    { case: "offer", value: new SessionDescription({ type: "offer", id: 1, sdp: sdpOf(3) }) },
    { case: "answer", value: new SessionDescription({ type: "answer", id: 1, sdp: sdpOf(1) }) },
    { case: "addTrack", value: new AddTrackRequest({ cid: "camera", type: TrackType.VIDEO, width: 640, height: 360 }) },
    { case: "mute", value: new MuteTrackRequest({ sid: "TR_abcdefghijkl", muted: true }) },
    { case: "subscription", value: new UpdateSubscription({ trackSids: ["TR_abcdefghijkl"], subscribe: true }) },
    { case: "updateMetadata", value: new UpdateParticipantMetadata({ metadata: "m", attributes: { a: "b" } }) },
  ];
}

/** An offer to send sound in so many sections. */
function sdpOf(sections: number): string {
  const mids = Array.from({ length: sections }, (_, mid) => mid);
  const fingerprint = Array.from({ length: 32 }, () => "AB").join(":");
  const lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", `a=group:BUNDLE ${mids.join(" ")}`];
  for (const mid of mids) {
    lines.push("m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", `a=mid:${mid}`, "a=sendonly", `a=msid:- c${mid}`);
    lines.push("a=ice-ufrag:abcd", `a=ice-pwd:${"p".repeat(24)}`, `a=fingerprint:sha-256 ${fingerprint}`, "a=setup:actpass");
    lines.push("a=rtcp-mux", "a=rtpmap:111 opus/48000/2");
  }
  return `${lines.join("\r\n")}\r\n`;
}
