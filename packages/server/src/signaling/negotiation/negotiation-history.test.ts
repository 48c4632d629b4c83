import assert from "node:assert/strict";
import test from "node:test";
import { parseSessionDescription } from "@sluice/media";
import fc from "fast-check";
import type { NegotiationCommand, PublishedTrack } from "./negotiation-types.js";
import { createNegotiation, offerText, publishedTrack, wantedTrack } from "./testing/offer-text.js";

/** What a worker would hold after the commands so far; a command that does not fit fails. */
class WorkerModel {
  readonly producers = new Map<string, string>();
  readonly consumers = new Map<string, string>();
  readonly ssrcs = new Set<number>();
  restarts = 0;
  #isConnected = false;

  handle(command: NegotiationCommand): void {
    switch (command.type) {
      case "connectTransport":
        assert.equal(this.#isConnected, false);
        this.#isConnected = true;
        return;
      case "restartIce":
        assert.ok(this.#isConnected);
        this.restarts += 1;
        return;
      case "openProducer":
        assert.ok(!this.producers.has(command.parameters.producerId));
        this.producers.set(command.parameters.producerId, command.parameters.rtp.mid);
        return;
      case "closeProducer":
        assert.ok(this.producers.delete(command.producerId));
        return;
      case "openConsumer":
        this.#openConsumer(command.parameters);
        return;
      case "closeConsumer":
        assert.ok(this.consumers.delete(command.consumerId));
        return;
    }
  }

  #openConsumer({
    consumerId,
    producerId,
    ssrc,
    rtxSsrc,
  }: {
    consumerId: string;
    producerId: string;
    ssrc: number;
    rtxSsrc?: number;
  }) {
    assert.ok(!this.consumers.has(consumerId));
    this.consumers.set(consumerId, producerId);
    for (const each of [ssrc, rtxSsrc]) {
      if (each === undefined) continue;
      assert.ok(!this.ssrcs.has(each), "an SSRC is used once in the life of a transport");
      this.ssrcs.add(each);
    }
  }
}

const MIDS = ["0", "1", "2", "3", "4", "5"];
const KINDS = ["audio", "video"] as const;
const kindOf = (index: number) => KINDS[index % 2] ?? "audio";
const direction = fc.constantFrom("sendrecv" as const, "sendonly" as const, "recvonly" as const, "inactive" as const);
const section = fc.record({ direction, isStopped: fc.boolean(), isPublished: fc.boolean(), hasH264Only: fc.boolean() });
const step = fc.record({
  sections: fc.array(section, { minLength: 1, maxLength: MIDS.length }),
  wanted: fc.shuffledSubarray(["a", "b", "c", "d", "e", "f"]),
  isRestart: fc.boolean(),
});

test("over any history of offers, the worker holds exactly what the answer says", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      const negotiation = createNegotiation();
      const worker = new WorkerModel();
      let restarts = 0;
      for (const [index, { sections, wanted, isRestart }] of steps.entries()) {
        if (isRestart && index > 0) restarts += 1;
        const open = [
          { direction: "recvonly", isStopped: false, isPublished: false, hasH264Only: false } as const,
          ...sections.slice(1),
        ];
        const published: PublishedTrack[] = open.flatMap(({ isPublished }, index) =>
          isPublished ? [publishedTrack(String(index), kindOf(index))] : [],
        );
        const sdp = offerText(
          open.map((each, index) => ({
            mid: String(index),
            kind: kindOf(index),
            direction: each.direction,
            port: each.isStopped ? 0 : 9,
            ...(each.hasH264Only && kindOf(index) === "video" ? { codecs: ["h264"] as const } : {}),
          })),
          { ufrag: `peer${restarts}` },
        );
        const tracks = wanted.map((name) => wantedTrack(name, kindOf(name.charCodeAt(0))));
        const input = { sdp, published, wanted: tracks };
        const restart = { ufrag: `sfu${restarts}`, pwd: "sfusfusfusfusfusfusfusfu" };
        const result = negotiation.handleOffer(isRestart && index > 0 ? { ...input, restart } : input);
        for (const command of result.commands) worker.handle(command);
        assert.equal(worker.restarts, restarts);
        assert.deepEqual([...worker.producers.keys()].sort(), result.producers.map(({ producerId }) => producerId).sort());
        assert.deepEqual([...worker.consumers.keys()].sort(), result.sent.map(({ consumerId }) => consumerId).sort());
        const settled = result.sent.length + result.missing.audio + result.missing.video + result.unsupported.length;
        assert.equal(settled, tracks.length, "every wanted track is sent, missing or unsupported");
        checkAnswer(result.answer, open, published, new Map(result.sent.map(({ mid, trackId }) => [mid, trackId])));
        assert.deepEqual(negotiation.handleOffer(input), { ...result, commands: [] });
      }
    }),
    { numRuns: 200 },
  );
});

function checkAnswer(
  answer: string,
  offered: readonly { readonly direction: string; readonly isStopped: boolean }[],
  published: readonly PublishedTrack[],
  sent: ReadonlyMap<string, string>,
): void {
  const parsed = parseSessionDescription(answer);
  assert.ok(parsed.ok);
  const { sections } = parsed.description;
  assert.deepEqual(
    sections.map(({ mid }) => mid),
    offered.map((_, index) => String(index)),
  );
  for (const [index, { mid = "", direction: answered, port, msids }] of sections.entries()) {
    const { direction: said = "inactive", isStopped = true } = offered[index] ?? {};
    const isReceiving = published.some((track) => track.mid === mid) && said.startsWith("send") && !isStopped;
    assert.equal(port === 0, isStopped);
    assert.equal(answered === "sendrecv" || answered === "recvonly", isReceiving);
    assert.equal(answered === "sendrecv" || answered === "sendonly", sent.has(mid));
    if (sent.has(mid)) assert.ok(said.endsWith("recv") || said === "recvonly");
    assert.equal(msids[0]?.trackId, sent.get(mid));
  }
}
