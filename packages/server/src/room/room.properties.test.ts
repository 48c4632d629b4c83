import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { Room } from "./room.js";
import { data, ROOM_DEFAULTS } from "./testing/room-fixture.js";

const IDENTITIES = ["ann", "bob", "cat", "dan"] as const;
const SEED = 20_260_730;

type Step =
  | {
      readonly type: "join" | "leave" | "lose" | "publishAudio" | "publishVideo" | "data";
      readonly who: number;
      readonly which: number;
    }
  | {
      readonly type: "resume" | "unpublish" | "subscribe" | "unsubscribe" | "pause" | "mute";
      readonly who: number;
      readonly which: number;
    }
  | { readonly type: "wait"; readonly who: number; readonly which: number };

const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom(
    "join",
    "join",
    "leave",
    "lose",
    "resume",
    "publishAudio",
    "publishVideo",
    "unpublish",
    "subscribe",
    "unsubscribe",
    "pause",
    "mute",
    "data",
    "wait",
  ),
  who: fc.nat({ max: IDENTITIES.length - 1 }),
  which: fc.nat({ max: 7 }),
}) as fc.Arbitrary<Step>;

/** A room, and what its participants must believe if they only hear their notifications. */
class Rehearsal {
  #now = instant(0);
  #nextId = 0;
  /** Newest participant id of each identity. */
  readonly #ids = new Map<string, string>();
  /** For each connected participant: track ids it knows of, by participant id. */
  readonly #views = new Map<string, Map<string, Set<string>>>();
  readonly #room = new Room({
    name: "demo",
    randomId: (prefix) => `${prefix}${++this.#nextId}`,
    maxParticipants: 3,
    maxTracks: 2,
    ...ROOM_DEFAULTS,
    resumeTimeoutMs: 10_000,
  });

  /** Returns how many notifications it caused. */
  run(step: Step): number {
    try {
      this.#run(step);
    } catch (error) {
      assert.ok(error instanceof SluiceError, String(error));
    }
    const count = this.#drain();
    this.#check();
    return count;
  }

  #run({ type, who, which }: Step): void {
    const room = this.#room;
    const identity = IDENTITIES[who] ?? "ann";
    const id = this.#ids.get(identity) ?? "PA_none";
    const trackId = this.#trackIds()[which] ?? "TR_none";
    switch (type) {
      case "join":
        this.#join(identity, {});
        break;
      case "resume":
        this.#join(identity, { resume: id });
        break;
      case "leave":
        room.leave(id, "clientLeft");
        break;
      case "lose":
        room.handleConnectionLost(id, this.#now);
        this.#views.delete(id);
        break;
      case "publishAudio":
        room.publish(id, { cid: `a${which % 3}`, kind: "audio" });
        break;
      case "publishVideo":
        room.publish(id, { cid: `v${which % 3}`, kind: "video", layers: [{ width: 160 * (which + 1), height: 90 }] });
        break;
      case "unpublish":
        room.unpublish(id, trackId);
        break;
      case "subscribe":
        room.subscribe(id, [trackId]);
        break;
      case "unsubscribe":
        room.unsubscribe(id, [trackId]);
        break;
      case "pause":
        room.setLayers(id, { trackId, paused: which % 2 === 0, height: 90 * which + 1 });
        break;
      case "mute":
        room.mute(id, trackId, which % 2 === 0);
        break;
      case "data":
        room.admitData(id, data(), this.#now);
        break;
      case "wait":
        this.#now = after(this.#now, 4_000);
        room.handleTimeout(this.#now);
        break;
    }
  }

  #join(identity: string, params: { readonly resume?: string }): void {
    const claims = { iss: "k", sub: identity, exp: 1, video: { room: "demo", roomJoin: true } };
    const { participant, participants } = this.#room.join(claims, params, 0);
    this.#ids.set(identity, participant.participantId);
    // The answer comes before anything the join has caused to be said to the newcomer.
    const view = new Map(participants.map((each) => [each.participantId, new Set(each.tracks.map((track) => track.trackId))]));
    this.#views.set(participant.participantId, view);
  }

  #drain(): number {
    let count = 0;
    for (const effect of this.#room.pollEffects()) {
      if (effect.type === "participantClosed") this.#views.delete(effect.participantId);
      if (effect.type !== "notify") continue;
      count += 1;
      for (const receiver of effect.participantIds) {
        const view = this.#views.get(receiver);
        if (view === undefined) continue;
        const { method, params } = effect.notification;
        if (method === "participantJoined") view.set(params.participant.participantId, new Set());
        if (method === "participantLeft") assert.ok(view.delete(params.participantId), "told of a leaving stranger");
        if (method === "trackPublished") view.get(params.participantId)?.add(params.track.trackId);
        if (method === "trackUnpublished") assert.ok(view.get(params.participantId)?.delete(params.trackId));
      }
    }
    return count;
  }

  #trackIds(): string[] {
    return [...this.#ids.values()].flatMap((id) => [...this.#room.tracksOf(id)].map(({ trackId }) => trackId));
  }

  #check(): void {
    for (const [participantId, view] of this.#views) {
      const { participants, participant } = this.#room.describe(participantId, false);
      const truth = new Map(
        participants.map((each) => [each.participantId, new Set(each.tracks.map((track) => track.trackId))]),
      );
      assert.deepEqual(view, truth, "what a client has heard is what is so");
      assert.ok(participants.length < 3 && participant.tracks.length <= 2, "limits hold");
      const tracks = new Set(participants.flatMap((each) => each.tracks.map((track) => track.trackId)));
      for (const { track } of this.#room.subscriptionsOf(participantId)) {
        assert.ok(tracks.has(track.trackId), "no subscription outlives its track, and none is to one's own");
        assert.ok(track.subscribers.has(participantId), "both ends of a subscription know of it");
      }
    }
    for (const trackId of this.#trackIds()) {
      for (const subscriberId of this.#room.track(trackId)?.subscribers ?? []) {
        assert.ok([...this.#room.subscriptionsOf(subscriberId)].some(({ track }) => track.trackId === trackId));
      }
    }
  }
}

test("whatever happens, every client's picture of the room is the room", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const rehearsal = new Rehearsal();
      for (const each of steps) rehearsal.run(each);
    }),
    { numRuns: 500, seed: SEED },
  );
});

test("doing the last thing again changes nothing anybody is told", () => {
  // An unpublish takes a track off the list from which the same step would then choose another one.
  const idempotent = step.filter(({ type }) => !["join", "resume", "data", "wait", "unpublish"].includes(type));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), idempotent, (steps, last) => {
      const rehearsal = new Rehearsal();
      for (const each of steps) rehearsal.run(each);
      rehearsal.run(last);
      assert.equal(rehearsal.run(last), 0);
    }),
    { numRuns: 200, seed: SEED },
  );
});
