import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { answerSdp, readSdp } from "../../testing/peer-answer.js";
import type { NegotiationCommand, WantedTrack } from "./negotiation-types.js";
import type { OfferingNegotiation, ServerOffer } from "./offering-negotiation.js";
import { wantedTrack } from "./testing/offer-text.js";
import { createOffering } from "./testing/offering-fixture.js";

/** A client that applies what it is offered, and checks that it could. */
class ClientModel {
  /** mid and kind of each section seen so far. */
  #places: string[] = [];
  /** By mid: the track that it knows to be there. */
  readonly #tracks = new Map<string, string>();
  readonly #payloadTypes = new Map<number, string>();
  #version = 0n;
  #id = 0;

  apply({ id, sdp, tracks }: ServerOffer): void {
    assert.ok(id > this.#id, "offers count up");
    this.#id = id;
    const { sections, origin } = readSdp(sdp);
    assert.ok(BigInt(origin.sessionVersion) > this.#version);
    this.#version = BigInt(origin.sessionVersion);
    const places = sections.map(({ mid, kind }) => `${mid} ${kind}`);
    assert.deepEqual(places.slice(0, this.#places.length), this.#places, "sections stay where they are");
    this.#places = places;
    assert.equal(places[0], "0 application");
    const named = new Map(tracks.map(({ mid, trackId }) => [mid, trackId]));
    assert.equal(new Set(named.values()).size, tracks.length, "a track is in one section");
    for (const { mid = "", direction, kind, msids, codecs } of sections) {
      for (const { payloadType, name } of codecs) {
        assert.equal(this.#payloadTypes.get(payloadType) ?? name, name);
        this.#payloadTypes.set(payloadType, name);
      }
      const trackId = msids[0]?.trackId;
      assert.equal(trackId, named.get(mid));
      assert.equal(trackId !== undefined, kind !== "application" && direction === "sendonly");
      const before = this.#tracks.get(mid);
      assert.ok(before === undefined || trackId === undefined || trackId === before, "empty between two tracks");
      if (trackId === undefined) this.#tracks.delete(mid);
      else this.#tracks.set(mid, trackId);
    }
  }
}

class WorkerModel {
  readonly consumers = new Map<string, { readonly mid: string; readonly producerId: string }>();
  readonly #ssrcs = new Set<number>();
  #isConnected = false;

  handle(command: NegotiationCommand): void {
    switch (command.type) {
      case "connectTransport":
        assert.ok(!this.#isConnected);
        this.#isConnected = true;
        break;
      case "restartIce":
        assert.ok(this.#isConnected);
        break;
      case "openConsumer": {
        const { consumerId, mid, producerId, ssrc, rtxSsrc } = command.parameters;
        assert.ok(!this.consumers.has(consumerId));
        this.consumers.set(consumerId, { mid, producerId });
        for (const each of [ssrc, rtxSsrc]) {
          if (each === undefined) continue;
          assert.ok(!this.#ssrcs.has(each), "an SSRC is used once in the life of a transport");
          this.#ssrcs.add(each);
        }
        break;
      }
      case "closeConsumer":
        assert.ok(this.consumers.delete(command.consumerId));
        break;
      case "openProducer":
      case "closeProducer":
        assert.fail("nothing is published here");
    }
    const mids = [...this.consumers.values()].map(({ mid }) => mid);
    assert.equal(new Set(mids).size, mids.length, "no section is used twice");
  }
}

const NAMES = ["a", "b", "c", "d", "e", "f"];
const h264 = { payloadType: 102, name: "H264", clockRate: 90_000, parameters: { "packetization-mode": "1" }, feedback: [] };

/** "e" and "f" are in a codec that the client does not have. */
function track(name: string, generation: number): WantedTrack {
  const wanted = wantedTrack(name, name.charCodeAt(0) % 2 === 0 ? "audio" : "video");
  const producerId = `${wanted.producerId}${generation}`;
  if (name === "e") return { ...wanted, kind: "video", producerId, codecs: [h264] };
  if (name === "f") return { ...wanted, producerId, codecs: [] };
  return { ...wanted, producerId };
}

const step = fc.oneof(
  fc.record({ type: fc.constant("want" as const), names: fc.shuffledSubarray(NAMES) }),
  fc.record({ type: fc.constant("anew" as const), name: fc.constantFrom(...NAMES) }),
  fc.record({ type: fc.constant("offer" as const) }),
  fc.record({ type: fc.constant("answer" as const) }),
  fc.record({ type: fc.constant("late" as const), of: fc.nat({ max: 20 }) }),
  fc.record({ type: fc.constant("resume" as const), isSeen: fc.boolean() }),
);

class History {
  readonly negotiation: OfferingNegotiation = createOffering();
  readonly #client = new ClientModel();
  readonly #worker = new WorkerModel();
  readonly #offers: ServerOffer[] = [];
  readonly #generations = new Map<string, number>();
  #names: readonly string[] = [];
  #restarts = 0;
  /** Not applied by the client yet. */
  #arriving: ServerOffer | undefined;

  get wanted(): readonly WantedTrack[] {
    return this.#names.map((name) => track(name, this.#generations.get(name) ?? 0));
  }

  run(each: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
    switch (each.type) {
      case "want":
        this.#names = each.names;
        break;
      case "anew":
        this.#generations.set(each.name, (this.#generations.get(each.name) ?? 0) + 1);
        break;
      case "offer":
        this.offer();
        break;
      case "answer":
        this.answer();
        break;
      case "late": {
        const old = this.#offers[each.of];
        if (old === undefined || old.id === this.negotiation.outstandingId) break;
        const { id, sdp } = old;
        assert.equal(this.negotiation.handleAnswer({ id, sdp: answerSdp(sdp), wanted: this.wanted }), undefined);
        break;
      }
      case "resume":
        // The offer may have arrived, its answer did not.
        if (each.isSeen && this.#arriving !== undefined) this.#client.apply(this.#arriving);
        this.#arriving = undefined;
        this.#restarts += 1;
        this.negotiation.restart({ ufrag: `sfu${this.#restarts}`, pwd: "sfusfusfusfusfusfusfusfu" });
        break;
    }
  }

  offer(): boolean {
    const offer = this.negotiation.createOffer(this.wanted);
    if (offer === undefined) return false;
    this.#offers.push(offer);
    this.#arriving = offer;
    return true;
  }

  answer(): void {
    const offer = this.#arriving;
    if (offer === undefined) return;
    this.#arriving = undefined;
    this.#client.apply(offer);
    // Its credentials change exactly when ours do.
    const ufrag = `peer-${readSdp(offer.sdp).sections[0]?.ice?.ufrag}`;
    const sdp = answerSdp(offer.sdp, { ufrag, codecs: ["opus", "VP8"] });
    const result = this.negotiation.handleAnswer({ id: offer.id, sdp, wanted: this.wanted });
    assert.ok(result);
    for (const command of result.commands) this.#worker.handle(command);
    assert.deepEqual([...this.#worker.consumers.keys()].sort(), result.sent.map(({ consumerId }) => consumerId).sort());
  }

  check(): void {
    const sent = [...this.#worker.consumers.values()].map(({ producerId }) => producerId).sort();
    const supported = this.wanted.filter(({ trackId }) => trackId !== "TR_e" && trackId !== "TR_f");
    assert.deepEqual(sent, supported.map(({ producerId }) => producerId).sort());
  }
}

test("over any history of offers, answers and resumes, every wanted track that the client can take is sent in the end", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const history = new History();
      for (const each of steps) history.run(each);
      history.answer();
      for (let rounds = 0; history.offer(); rounds++) {
        assert.ok(rounds < 4, "it comes to an end");
        history.answer();
      }
      history.check();
    }),
    { numRuns: 500 },
  );
});
