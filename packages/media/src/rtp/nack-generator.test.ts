import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { after, instant } from "../time/instant.js";
import { NackGenerator } from "./nack-generator.js";
import { NACK_LIMITS, NACK_TIMING, nackIntervalMs } from "./nack-limits.js";

const t0 = instant(1_000_000);
const { maxMissing, maxTries, maxAgeMs } = NACK_LIMITS.video;

function withPackets(...sequenceNumbers: readonly number[]): NackGenerator {
  const nack = new NackGenerator();
  for (const sequenceNumber of sequenceNumbers) nack.handlePacket(sequenceNumber, t0);
  return nack;
}

/** When each request went out, ms after the gap, polling every millisecond. */
function requestTimes(nack: NackGenerator, rttMs: number | undefined, durationMs = 6000): number[] {
  const times: number[] = [];
  for (let ms = 0; ms < durationMs; ms++) if (nack.pollNack(after(t0, ms), rttMs).length > 0) times.push(ms);
  return times;
}

test("asks for each packet of a gap once per round trip, across the wrap", () => {
  const nack = withPackets(65_534, 65_537);
  assert.deepEqual(nack.pollNack(after(t0, 10), 40), [65_535, 65_536]);
  assert.deepEqual(nack.pollNack(after(t0, 49), 40), []);
  assert.deepEqual(nack.pollNack(after(t0, 50), 40), [65_535, 65_536]);
});

test("each try waits a quarter longer than the last, from 20 to 400 ms", () => {
  assert.deepEqual(requestTimes(withPackets(1, 3), 40, 300), [10, 50, 100, 163, 242]);
  assert.equal(nackIntervalMs(1, 1), 20);
  assert.equal(nackIntervalMs(1000, 1), 400);
  assert.deepEqual(requestTimes(withPackets(1, 3), undefined, 250), [10, 10 + NACK_TIMING.defaultRttMs, 235]);
});

test("does not ask for what comes within the reorder grace", () => {
  const nack = withPackets(1, 3);
  assert.deepEqual(nack.pollNack(after(t0, 9), 40), []);
  nack.handlePacket(2, after(t0, 9));
  assert.deepEqual(nack.pollNack(after(t0, 10), 40), []);
  assert.equal(nack.pollTimeout(), undefined);
});

test("on a path that reorders by 15 ms the grace grows to what is enough, and falls back where packets are lost", () => {
  const nack = withPackets(1);
  let now = t0;
  let sequenceNumber = 1;
  const miss = (lateMs: number) => {
    sequenceNumber += 2;
    nack.handlePacket(sequenceNumber, now);
    const asked: number[] = [];
    for (let ms = 0; ms < lateMs; ms++) asked.push(...nack.pollNack(after(now, ms), 100));
    now = after(now, lateMs);
    nack.handlePacket(sequenceNumber - 1, now);
    return asked.length;
  };
  assert.equal(miss(15), 1, "the first time it cannot know");
  assert.equal(nack.graceMs, 18.75);
  for (let times = 0; times < 20; times++) assert.equal(miss(15), 0);
  miss(40);
  assert.equal(nack.graceMs, NACK_TIMING.maxGraceMs, "never beyond");
  for (let times = 0; times < 100; times++) miss(130);
  assert.ok(nack.graceMs < NACK_TIMING.minGraceMs + 0.1, `${nack.graceMs} ms`);
});

test("says when to poll next", () => {
  const nack = withPackets(1, 3);
  assert.equal(nack.pollTimeout(), after(t0, NACK_TIMING.minGraceMs));
  nack.pollNack(after(t0, 10), 100);
  assert.equal(nack.pollTimeout(), after(t0, 110));
  nack.handlePacket(5, after(t0, 50));
  assert.equal(nack.pollTimeout(), after(t0, 60), "a newer gap is due before the older one is due again");
});

test("gives a packet up after its tries, which only a key frame repairs", () => {
  const nack = withPackets(1, 3);
  assert.equal(requestTimes(nack, 40).length, maxTries);
  assert.equal(nack.missingCount, 0);
  assert.equal(nack.givenUp, 1);
  assert.equal(nack.pollTimeout(), undefined);
  assert.equal(nack.takeHopeless(), true);
  assert.equal(nack.takeHopeless(), false, "said once");
});

test("gives a packet up at its age, however long the round trip", () => {
  const times = requestTimes(withPackets(1, 3), 1000);
  assert.ok(times.length < maxTries && (times.at(-1) ?? 0) <= maxAgeMs, times.join());
});

test("audio is given up soon: three tries in 300 ms", () => {
  const nack = new NackGenerator(NACK_LIMITS.audio);
  nack.handlePacket(1, t0);
  nack.handlePacket(3, t0);
  assert.deepEqual(requestTimes(nack, 40), [10, 50, 100]);
});

test("what is given up needs no key frame when one has begun since", () => {
  const nack = withPackets(1, 3);
  nack.handlePacket(4, t0, true);
  requestTimes(nack, 40);
  assert.equal(nack.givenUp, 1);
  assert.equal(nack.takeHopeless(), false);
});

test("once something is given up the next key frame ends the asking for all before it", () => {
  const nack = withPackets(1, 3);
  requestTimes(nack, 40, 2400);
  assert.equal(nack.takeHopeless(), true);
  nack.handlePacket(5, after(t0, 2400));
  nack.handlePacket(7, after(t0, 2400), true);
  assert.equal(nack.missingCount, 1, "what lies right before the key frame is noticed with it, and could be its own");
  assert.deepEqual(nack.pollNack(after(t0, 2500), 40), [6]);
  nack.handlePacket(9, after(t0, 2500), true);
  assert.deepEqual(nack.pollNack(after(t0, 2600), 40), [6, 8], "with nothing given up since, all is asked for");
});

test("duplicates and packets from before the first change nothing", () => {
  const nack = withPackets(10, 12, 12, 12, 3, 10);
  assert.deepEqual(nack.pollNack(after(t0, 10), 100), [11]);
});

test("[attack 20] a jump wants a key frame instead of a thousand requests", () => {
  const nack = withPackets(1);
  nack.handlePacket(1 + maxMissing + 1, t0);
  assert.equal(nack.missingCount, maxMissing);
  assert.equal(nack.takeHopeless(), false);
  nack.handlePacket(1 + maxMissing + 3, t0);
  assert.equal(nack.missingCount, 0);
  assert.equal(nack.takeHopeless(), true);
  nack.handlePacket(1 + maxMissing + 4, t0);
  assert.equal(nack.takeHopeless(), false, "and goes on from there");
  assert.equal(nack.pollTimeout(), undefined);
  const far = withPackets(1);
  far.handlePacket(2 ** 40, t0);
  assert.equal(far.takeHopeless(), true);
});

test("too many losses: those before the last key frame are forgotten first", () => {
  const nack = withPackets(1, 902);
  nack.handlePacket(903, t0, true);
  nack.handlePacket(905, t0);
  nack.handlePacket(1100, t0);
  assert.equal(nack.missingCount, 1 + 194);
  assert.equal(nack.takeHopeless(), false);
  const jump = withPackets(1);
  jump.handlePacket(5000, t0, true);
  assert.equal(jump.missingCount, 0, "the gap ends in a key frame: nothing before it is needed");
  assert.equal(jump.takeHopeless(), false);
});

test("an abandoned stream asks for nothing, and goes on from where it is", () => {
  const nack = withPackets(1, 3);
  nack.abandon();
  assert.equal(nack.pollTimeout(), undefined);
  nack.handlePacket(5, t0);
  assert.deepEqual(nack.pollNack(after(t0, 10), 100), [4]);
});

test("asks for exactly the packets that a simple model misses", () => {
  const step = fc.record({ advance: fc.integer({ min: -20, max: 20 }), ms: fc.nat(30), isKeyFrame: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const nack = withPackets(1000);
      /** Missing number → tries, when it was missed and when it is due. */
      const model = new Map<number, { tries: number; lostMs: number; dueMs: number }>();
      let highest = 1000;
      let keyFrame = -1;
      let awaitsKeyFrame = false;
      let nowMs = 0;
      for (const { advance, ms, isKeyFrame } of steps) {
        nowMs += ms;
        const sequenceNumber = highest + advance;
        const dueMs = nowMs + nack.graceMs;
        const noticed = [...model.keys()];
        for (let missing = highest + 1; missing < sequenceNumber; missing++)
          model.set(missing, { tries: 0, lostMs: nowMs, dueMs });
        highest = Math.max(highest, sequenceNumber);
        if (isKeyFrame && sequenceNumber > keyFrame) {
          keyFrame = sequenceNumber;
          if (awaitsKeyFrame) for (const missing of noticed) if (missing < keyFrame) model.delete(missing);
          awaitsKeyFrame = false;
        }
        model.delete(sequenceNumber);
        nack.handlePacket(sequenceNumber, after(t0, nowMs), isKeyFrame);
        const expected: number[] = [];
        let isHopeless = false;
        for (const [missing, state] of model) {
          if (Math.round(state.dueMs * 1000) > nowMs * 1000) continue;
          if (state.tries === maxTries || nowMs - state.lostMs > maxAgeMs) {
            model.delete(missing);
            isHopeless ||= missing > keyFrame;
            awaitsKeyFrame ||= missing > keyFrame;
          } else {
            expected.push(missing);
            const tries = state.tries + 1;
            model.set(missing, { ...state, tries, dueMs: nowMs + nackIntervalMs(50, tries) });
          }
        }
        assert.deepEqual(nack.pollNack(after(t0, nowMs), 50), expected);
        assert.equal(nack.missingCount, model.size);
        assert.equal(nack.takeHopeless(), isHopeless);
      }
    }),
  );
});
