import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { DisconnectReason, ParticipantInfo_State, RoomEndReason, WebhookEvent } from "@livekit/protocol";
import { TokenVerifier } from "../auth/token-verifier.js";
import { createLog } from "../log/log.js";
import type { Room } from "../room/room.js";
import { createRoom, enter } from "../room/testing/room-fixture.js";
import { createEntropy } from "../session/entropy.js";
import { VirtualClock } from "../testing/virtual-clock.js";
import type { SendWebhook, WebhookReply, WebhookRequest } from "./send-webhook.js";
import type { WebhookFilter } from "./webhook-filter.js";
import { FLUSH_TIMEOUT_MS, Webhooks } from "./webhooks.js";

const keys = new Map([["key", "a-secret-of-at-least-thirty-two-bytes"]]);

/** Receivers in memory: each request waits until the test answers it. */
class MemoryReceivers {
  readonly clock = new VirtualClock();
  readonly requests: WebhookRequest[] = [];
  readonly webhooks: Webhooks;
  readonly #replies: { readonly url: string; readonly resolve: (reply: WebhookReply) => void }[] = [];
  #wake: () => void = () => undefined;

  constructor(urls: readonly string[], filter: WebhookFilter = { include: [], exclude: [] }) {
    const send: SendWebhook = (request, signal) =>
      new Promise((resolve) => {
        this.requests.push(request);
        this.#replies.push({ url: request.url, resolve });
        signal.addEventListener("abort", () => resolve({ outcome: "failed", why: "called off" }));
        this.#wake();
      });
    const entropy = createEntropy((sizeBytes) => new Uint8Array(sizeBytes));
    const log = createLog({ level: "fatal", format: "json" });
    const config = { apiKey: "key", urls, filter };
    this.webhooks = new Webhooks({ config, keys, send, clock: this.clock, entropy, log });
  }

  get events(): WebhookEvent[] {
    return this.requests.map(({ body }) => WebhookEvent.fromJsonString(body));
  }

  /** Waits until there were so many requests in all. */
  async asked(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    assert.equal(this.requests.length, count);
  }

  /** Answers what was asked of this host, or everything; what follows is done when this returns, but for new requests. */
  async answer(reply: WebhookReply = { outcome: "delivered" }, host = ""): Promise<void> {
    for (const each of this.#replies.splice(0)) {
      if (each.url.includes(host)) each.resolve(reply);
      else this.#replies.push(each);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function told({ webhooks }: MemoryReceivers, room: Room): void {
  for (const effect of room.pollEffects()) if (effect.type === "happened") webhooks.handleRoomEvent(room, effect.event);
}

const published = { codecs: [{ mimeType: "video/VP8", mid: "0", cid: "c" }] };

test("a call is told in order, one at a time, with everything there is to say", async () => {
  const receivers = new MemoryReceivers(["http://app.example/hook"]);
  const room = createRoom();
  receivers.webhooks.handleRoomStarted(room);
  const ann = enter(room, "ann", { canUpdateOwnMetadata: true });
  room.setActive(ann);
  const { trackId } = room.publish(ann, { cid: "c", kind: "video", source: "camera" });
  room.describeTrack(trackId, published);
  told(receivers, room);
  room.leave(ann, "removed");
  told(receivers, room);
  receivers.webhooks.handleRoomFinished(room, "roomDeleted");
  for (let event = 1; event <= 6; event++) {
    await receivers.asked(event);
    await receivers.answer();
  }
  assert.deepEqual(
    receivers.events.map(({ event }) => event),
    ["room_started", "participant_joined", "track_published", "track_unpublished", "participant_left", "room_finished"],
  );
  const [, joined, track, , left, finished] = receivers.events;
  assert.deepEqual([joined?.room?.name, joined?.room?.numParticipants], ["demo", 1]);
  assert.deepEqual([joined?.participant?.identity, joined?.participant?.permission?.canUpdateMetadata], ["ann", true]);
  assert.deepEqual([track?.track?.sid, track?.track?.mimeType, track?.participant?.sid], [trackId, "video/VP8", ann]);
  assert.equal(left?.participant?.state, ParticipantInfo_State.DISCONNECTED);
  assert.equal(left?.participant?.disconnectReason, DisconnectReason.PARTICIPANT_REMOVED);
  assert.equal(finished?.roomEndReason, RoomEndReason.ROOM_END_API_DELETE);
  assert.ok(receivers.events.every(({ id, createdAt }) => id.startsWith("EV_") && createdAt === 1_700_000_001n));
  assert.deepEqual(receivers.webhooks.counters, [{ delivered: 6, retried: 0, dropped: 0 }]);
});

test("who leaves before its media stood has aborted, and tracks of a room that closes are unpublished", async () => {
  const receivers = new MemoryReceivers(["http://app.example/hook"]);
  const room = createRoom();
  enter(room, "ann");
  const bob = enter(room, "bob");
  room.setActive(bob);
  room.describeTrack(room.publish(bob, { cid: "c", kind: "video" }).trackId, published);
  room.pollEffects();
  room.close("nodeShutdown");
  told(receivers, room);
  for (let event = 1; event <= 3; event++) {
    await receivers.asked(event);
    await receivers.answer();
  }
  assert.deepEqual(
    receivers.events.map(({ event, participant }) => [event, participant?.identity, participant?.disconnectReason]),
    [
      ["track_unpublished", "bob", DisconnectReason.UNKNOWN_REASON],
      ["participant_connection_aborted", "ann", DisconnectReason.SERVER_SHUTDOWN],
      ["participant_left", "bob", DisconnectReason.SERVER_SHUTDOWN],
    ],
  );
});

test("each request is signed for its body, and again when it is sent again", async () => {
  const receivers = new MemoryReceivers(["http://app.example/hook"]);
  receivers.webhooks.handleRoomStarted(createRoom());
  for (const attempt of [1, 2]) {
    await receivers.asked(attempt);
    await receivers.answer({ outcome: "failed", why: "status 503" });
    receivers.clock.advance(10_000);
  }
  await receivers.asked(3);
  const [first, , second] = receivers.requests;
  assert.equal(first?.body, second?.body);
  for (const request of [first, second]) {
    const hash = createHash("sha256")
      .update(request?.body ?? "")
      .digest("base64");
    const claims = await new TokenVerifier(keys).verify(request?.authorization ?? "", receivers.clock.unixMs());
    assert.equal(claims.sha256, hash);
    assert.ok(claims.exp <= receivers.clock.unixMs() / 1000 + 300);
  }
  assert.notEqual(first?.authorization, second?.authorization);
});

test("a receiver that is slow or dead holds up nobody else", async () => {
  const receivers = new MemoryReceivers(["http://dead.example/", "http://app.example/"]);
  const room = createRoom();
  receivers.webhooks.handleRoomStarted(room);
  receivers.webhooks.handleRoomFinished(room, "roomClosed");
  await receivers.asked(2);
  // One answers never: that holds up the room, at this receiver only.
  await receivers.answer({ outcome: "delivered" }, "app.example");
  await receivers.asked(3);
  await receivers.answer({ outcome: "delivered" }, "app.example");
  const hosts = receivers.requests.map(({ url }) => new URL(url).hostname);
  assert.deepEqual(hosts.sort(), ["app.example", "app.example", "dead.example"]);
  assert.deepEqual(
    receivers.webhooks.counters.map(({ delivered }) => delivered),
    [0, 2],
  );
});

test("only events that are wanted are told", async () => {
  for (const filter of [
    { include: ["room_started"], exclude: [] },
    { include: [], exclude: ["room_finished"] },
    { include: ["room_started", "room_finished"], exclude: ["room_finished"] },
  ]) {
    const receivers = new MemoryReceivers(["http://app.example/"], filter);
    const room = createRoom();
    receivers.webhooks.handleRoomStarted(room);
    receivers.webhooks.handleRoomFinished(room, "roomClosed");
    await receivers.asked(1);
    await receivers.answer();
    await receivers.webhooks.close();
    assert.deepEqual(
      receivers.events.map(({ event }) => event),
      ["room_started"],
    );
  }
});

test("at shutdown what is left is tried once more, and not for long", async () => {
  const receivers = new MemoryReceivers(["http://app.example/"]);
  receivers.webhooks.handleRoomStarted(createRoom());
  await receivers.asked(1);
  await receivers.answer({ outcome: "failed" });
  const closed = receivers.webhooks.close();
  await receivers.asked(2);
  await receivers.answer();
  await closed;
  assert.deepEqual(receivers.webhooks.counters, [{ delivered: 1, retried: 1, dropped: 0 }]);

  const silent = new MemoryReceivers(["http://app.example/"]);
  silent.webhooks.handleRoomStarted(createRoom());
  await silent.asked(1);
  const ended = silent.webhooks.close();
  silent.clock.advance(FLUSH_TIMEOUT_MS);
  await ended;
  assert.deepEqual(silent.webhooks.counters, [{ delivered: 0, retried: 0, dropped: 1 }]);
});
