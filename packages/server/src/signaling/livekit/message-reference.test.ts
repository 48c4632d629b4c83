/** docs/reference/livekit.md has the messages of LiveKit's protocol as this door treats them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import {
  AddTrackRequest,
  DisconnectReason,
  JoinRequest,
  LeaveRequest_Action,
  MuteTrackRequest,
  Ping,
  RequestResponse_Reason,
  SessionDescription,
  SignalRequest,
  SignalResponse,
  SimulateScenario,
  TrackType,
} from "@livekit/protocol";
import { ERROR_CODES, type ErrorCode, type LeaveReason, SluiceError } from "@sluice/protocol";
import { DISCONNECT_REASONS } from "../../livekit/disconnect-reason.js";
import { participantInfo } from "../../livekit/participant-info.js";
import { VALUE_FIELDS } from "../../session/data/packet/packet-fields.js";
import { LocalDoor } from "../../testing/local-door.js";
import { PeerOffer } from "../../testing/peer-offer.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { leaveBecause } from "./leave.js";
import { refusalOf } from "./refusal.js";
import { LiveKitClient } from "./testing/livekit-client.js";
import { REQUEST_TRIALS, type RequestCase, type RequestMessage, type TrialScene } from "./testing/request-trials.js";

const page = readFileSync(new URL("../../../../../docs/reference/livekit.md", import.meta.url), "utf8");
const SOURCE = new URL("../../../src/signaling/livekit/", import.meta.url);

/** The first cells of each row of the table under a heading. */
function rowsUnder(heading: string, cells: number): string[][] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const rows = section.split("\n## ", 1)[0]?.matchAll(/^\| (`.*) \|$/gm) ?? [];
  return [...rows].map(([, row = ""]) =>
    row
      .replaceAll("`", "")
      .split(/ *\| */)
      .slice(0, cells),
  );
}

/** Cases of a message that is one of many, as the package has them. */
function casesOf({ fields }: typeof SignalRequest | typeof SignalResponse | typeof SimulateScenario): string[] {
  return fields.list().flatMap(({ oneof, localName }) => (oneof === undefined ? [] : [localName]));
}

/** After which the node's first offer has left, ms. */
const NEGOTIATION_MS = 1_000;

/** A door in whose time nothing happens unless a test moves it. */
async function openDoor(t: TestContext) {
  const clock = new VirtualClock(Date.now());
  const local = await LocalDoor.open({}, { clock });
  t.after(() => local.close());
  return { clock, local };
}

/** In a room of their own Ann has two tracks, receives one of Bob's, and has been offered a connection. */
async function setScene(local: LocalDoor, clock: VirtualClock, room: string) {
  const publish = async (client: LiveKitClient, type: TrackType) => {
    client.send({ case: "addTrack", value: new AddTrackRequest({ cid: `cid${type}`, type }) });
    return (await client.next("trackPublished")).track?.sid ?? "";
  };
  const token = await local.token("ann", { room, canUpdateOwnMetadata: true });
  const ann = await LiveKitClient.open(local.url, "/rtc?protocol=17", token);
  const bob = await LiveKitClient.open(local.url, "/rtc?protocol=17", await local.token("bob", { room }));
  clock.advance(NEGOTIATION_MS);
  const scene: TrialScene = {
    offer: await ann.next("offer"),
    ownAudio: await publish(ann, TrackType.AUDIO),
    ownVideo: await publish(ann, TrackType.VIDEO),
    received: await publish(bob, TrackType.VIDEO),
  };
  while ((await ann.next("update")).participants[0]?.tracks.length !== 1);
  return { ann, bob, scene };
}

/** All that a request could change. */
function stateOf({ rooms, workers }: LocalDoor, name: string): string {
  const room = rooms.find(name)?.room;
  const participants = room?.participants.map((participant) => {
    const subscriptions = [...room.subscriptionsOf(participant.participantId)].map(({ track, wish }) => [track.trackId, wish]);
    return [participantInfo(participant).toJsonString(), subscriptions];
  });
  return JSON.stringify([participants, room?.settings, workers.ready.map(({ commands }) => commands.length)]);
}

type Observed = readonly [status: "supported" | "refused" | "ignored", answer: string];

async function observe(local: LocalDoor, clock: VirtualClock, name: RequestCase): Promise<Observed> {
  const { ann, bob, scene } = await setScene(local, clock, name);
  const before = stateOf(local, name);
  ann.send({ case: name, value: REQUEST_TRIALS[name](scene) } as RequestMessage);
  ann.send({ case: "pingReq", value: REQUEST_TRIALS.pingReq(scene) });
  const next = await Promise.race([ann.take(), ann.closed]);
  const answer = typeof next === "number" ? undefined : next;
  const isChanged = stateOf(local, name) !== before;
  for (const { socket } of [ann, bob]) socket.terminate();
  if (answer?.case === "requestResponse" && answer.value.reason !== RequestResponse_Reason.OK) return ["refused", answer.case];
  const isAnswered = answer !== undefined && (answer.case !== "pongResp" || name === "pingReq");
  return [isAnswered || isChanged ? "supported" : "ignored", isAnswered ? (answer.case ?? "") : "—"];
}

test("docs/reference/livekit.md has every request, what becomes of it, and what it is answered with", async (t) => {
  const { local, clock } = await openDoor(t);
  const observed: string[][] = [];
  for (const name of Object.keys(REQUEST_TRIALS) as RequestCase[]) {
    observed.push([name, ...(await observe(local, clock, name))]);
  }
  assert.deepEqual(rowsUnder("Requests", 3), observed);
  assert.deepEqual(Object.keys(REQUEST_TRIALS).sort(), casesOf(SignalRequest).sort());
});

test("docs/reference/livekit.md has every response, and whether the door sends it", () => {
  const files = readdirSync(SOURCE).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  const source = files.map((file) => readFileSync(new URL(file, SOURCE), "utf8")).join("\n");
  // A message is written as {case: "join", …}; "as const" are requests that a join request brings along.
  const said = new Set([...source.matchAll(/\bcase: "(\w+)"(?! as const)/g)].map(([, name]) => name));
  const expected = casesOf(SignalResponse).map((name) => [name, said.has(name) ? "yes" : "never"]);
  assert.deepEqual(rowsUnder("Responses", 2), expected);
});

/** What a client is told until its ping is answered; undefined at the end: the connection ended before. */
async function hear(client: LiveKitClient): Promise<readonly (string | undefined)[]> {
  client.send({ case: "pingReq", value: new Ping({ timestamp: 1n }) });
  const heard: (string | undefined)[] = [];
  do {
    const next = await Promise.race([client.take(), client.closed]);
    heard.push(typeof next === "number" ? undefined : next.case);
  } while (heard.at(-1) !== undefined && heard.at(-1) !== "pongResp");
  return heard;
}

/** Seconds, bits per second, a protocol, or that it is to be. */
function argumentOf(scenario: string): bigint | boolean | number {
  if (scenario === "subscriberBandwidth") return 1_000n;
  return scenario === "speakerUpdate" || scenario === "switchCandidateProtocol" ? 1 : true;
}

/** Whether anything comes of it, at once or when the client comes back. */
async function isSimulated(local: LocalDoor, scenario: SimulateScenario["scenario"]): Promise<boolean> {
  const token = await local.token("ann");
  const peer = new PeerOffer();
  peer.receive({ audio: 1, video: 1 });
  const publisherOffer = new SessionDescription({ type: "offer", sdp: peer.createSdp(), id: 1 });
  const client = await LiveKitClient.single(local.url, token, new JoinRequest({ publisherOffer }));
  const participantSid = (await client.next("join")).participant?.sid ?? "";
  await client.next("answer");
  client.send({ case: "simulate", value: new SimulateScenario({ scenario }) });
  const atOnce = await hear(client);
  client.socket.terminate();
  await client.closed;
  const isLimited = local.workers.ready.some((worker) => worker.take("limitBandwidth").length > 0);
  if (isLimited || atOnce[0] !== "pongResp") return true;
  const again = await LiveKitClient.single(local.url, token, new JoinRequest({ reconnect: true, participantSid }));
  const [last] = (await hear(again)).slice(-1);
  again.socket.terminate();
  await again.closed;
  return last !== "pongResp";
}

test("docs/reference/livekit.md has every simulated failure", async (t) => {
  const { local } = await openDoor(t);
  const observed: string[][] = [];
  for (const name of casesOf(SimulateScenario)) {
    const scenario = { case: name, value: argumentOf(name) } as SimulateScenario["scenario"];
    observed.push([name, (await isSimulated(local, scenario)) ? "supported" : "ignored"]);
  }
  assert.deepEqual(rowsUnder("Simulated failures", 2), observed);
});

test("docs/reference/livekit.md has every value of a data packet", () => {
  assert.deepEqual(rowsUnder("Data packets", 1).flat(), Object.keys(VALUE_FIELDS));
});

test("docs/reference/livekit.md has the reason of every refusal and of every end", () => {
  const refusals = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
    const request = new SignalRequest({ message: { case: "mute", value: new MuteTrackRequest() } });
    const refusal = refusalOf(request, new SluiceError(code, ""));
    return [code, RequestResponse_Reason[refusal?.reason ?? 0]];
  });
  assert.deepEqual(rowsUnder("Refusals", 2), refusals);
  const ends = (Object.keys(DISCONNECT_REASONS) as LeaveReason[]).map((why) => {
    const { reason, action } = leaveBecause(why);
    return [why, DisconnectReason[reason], LeaveRequest_Action[action]];
  });
  assert.deepEqual(rowsUnder("Leaving", 3).sort(), ends.sort());
});
