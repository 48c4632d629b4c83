import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { JoinRequest, SignalRequest, SignalResponse, WrappedJoinRequest } from "@livekit/protocol";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import type { WebSocket } from "ws";
import { createLog, type Log } from "../../log/log.js";
import { MemoryNode } from "../../testing/memory-node.js";
import { messageJson } from "../../testing/message-json.js";
import { answerSdp } from "../../testing/peer-answer.js";
import { PeerOffer } from "../../testing/peer-offer.js";
import { parseConnectRequest } from "./connect-request.js";
import { LiveKitCounters } from "./counters.js";
import { LiveKitConnection } from "./livekit-connection.js";
import { ResumeFaults } from "./resume-faults.js";

/** The node's side of a WebSocket that is always read. */
class MemorySocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly bufferedAmount = 0;
  readonly sent: SignalResponse["message"][] = [];

  send(data: string | Uint8Array): void {
    this.sent.push((typeof data === "string" ? SignalResponse.fromJsonString(data) : SignalResponse.fromBinary(data)).message);
  }

  close(code: number): void {
    this.readyState = 3;
    this.emit("close", code);
  }

  terminate(): void {
    this.close(1006);
  }

  ping(): void {}
}

/** A node with LiveKit's clients, who say whatever they like. */
class HostileScene {
  readonly node = new MemoryNode();
  readonly errors: unknown[] = [];
  readonly #log: Log;
  readonly #sockets: MemorySocket[] = [];

  constructor() {
    this.#log = createLog({ level: "fatal", format: "json" });
    this.#log.error = (...line: unknown[]) => this.errors.push(line);
  }

  /** Throws SluiceError. */
  join(identity: string, path: string, query = "protocol=16&sdk=js"): MemorySocket {
    const { rooms, clock, config } = this.node;
    const video = { roomJoin: true, room: "demo", canUpdateOwnMetadata: true };
    const connection = new LiveKitConnection({
      claims: { iss: "devkey", sub: identity, exp: 2_000_000_000, video },
      rooms,
      node: { nodeId: "ND_test", region: "" },
      clock,
      limits: { ...config.limits, requestsPerSecond: 10_000 },
      log: this.#log,
      counters: new LiveKitCounters(),
      resumeFaults: new ResumeFaults(),
      refreshToken: async () => undefined,
    });
    const socket = new MemorySocket();
    connection.join(parseConnectRequest(path, new URLSearchParams(query)));
    connection.attach(socket as unknown as WebSocket);
    this.#sockets.push(socket);
    return socket;
  }

  /** What the words of {@link text} mean by now. */
  meant(json: string, socket: MemorySocket): string {
    const room = this.node.rooms.find("demo")?.room;
    const own = room?.withIdentity("eve");
    const offer = socket.sent.findLast((message) => message.case === "offer")?.value;
    const words = {
      OWN_TRACK: [...(own?.tracks.keys() ?? [])].at(-1),
      OTHERS_TRACK: [...(room?.withIdentity("ann")?.tracks.keys() ?? [])].at(0),
      OWN_ID: own?.participantId,
      OTHERS_ID: room?.withIdentity("ann")?.participantId,
      AN_OFFER: OFFER,
      AN_ANSWER: offer === undefined ? "" : answerSdp(offer.sdp),
    };
    return json.replaceAll(/"([A-Z]+_[A-Z]+)"/g, (all, word: string) =>
      word in words ? JSON.stringify(words[word as keyof typeof words] ?? "") : all,
    );
  }
}

const OFFER = (() => {
  const peer = new PeerOffer();
  peer.addSection("audio", "sendonly");
  peer.addSection("video", "sendonly");
  peer.receive({ audio: 2, video: 2 });
  peer.addDataSection();
  return peer.createSdp().replace("a=mid:0\r\n", "a=mid:0\r\na=msid:- cid\r\n");
})();

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom("", "cid", "ann", "eve", "vp9", "x".repeat(300), "\ud800"),
  fc.constantFrom("OWN_TRACK", "OTHERS_TRACK", "OWN_ID", "OTHERS_ID", "AN_OFFER", "AN_ANSWER"),
);

test("[attack 23] whatever LiveKit's clients say, nothing breaks and everybody else is served", () => {
  const frame = fc.record({ json: messageJson(SignalRequest, text), isText: fc.boolean(), afterMs: fc.nat({ max: 100 }) });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 40 }), fc.constantFrom("/rtc", "/rtc/v1"), (frames, path) => {
      const scene = new HostileScene();
      const { node } = scene;
      const ann = node.client("ann");
      ann.join();
      ann.publish("video");
      ann.offer();
      const bob = scene.join("bob", "/rtc/v1");
      let eve = scene.join("eve", path);
      for (const { json, isText, afterMs } of frames) {
        if (eve.readyState !== 1) eve = scene.join("eve", path);
        const message = scene.meant(JSON.stringify(json), eve);
        eve.emit("message", isText ? Buffer.from(message) : toBinary(SignalRequest, message), !isText);
        node.clock.advance(afterMs);
      }
      node.clock.advance(60_000);
      assert.deepEqual(scene.errors, []);
      bob.sent.length = 0;
      bob.emit("message", new SignalRequest({ message: { case: "ping", value: 1n } }).toBinary(), true);
      assert.equal(bob.sent.at(-1)?.case, "pong");
    }),
    { numRuns: 80 },
  );
});

test("[attack 23] a join request full of anything is a participant or a refusal", () => {
  fc.assert(
    fc.property(messageJson(JoinRequest, text), (json) => {
      const scene = new HostileScene();
      const eve = scene.join("eve", "/rtc/v1");
      const bytes = toBinary(JoinRequest, scene.meant(JSON.stringify(json), eve));
      const wrapped = new WrappedJoinRequest({ joinRequest: bytes }).toBinary();
      try {
        scene.join("eve", "/rtc/v1", `join_request=${Buffer.from(wrapped).toString("base64url")}`);
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
      }
      scene.node.clock.advance(60_000);
      assert.deepEqual(scene.errors, []);
    }),
    { numRuns: 80 },
  );
});

/** Nonsense in the place of what binary cannot say. */
function toBinary(type: typeof SignalRequest | typeof JoinRequest, json: string): Buffer {
  try {
    return Buffer.from(type.fromJsonString(json).toBinary());
  } catch {
    return Buffer.from([0xff]);
  }
}
