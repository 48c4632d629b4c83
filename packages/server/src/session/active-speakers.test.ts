import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { ActiveSpeakers } from "./active-speakers.js";

const t0 = instant(0);
const AUDIO = { activeLevel: 35, minActiveRatio: 0.4, updateIntervalMs: 400, smoothIntervals: 2 };
const loud = (participantId: string, level = 10, activeRatio = 1) => ({ participantId, level, activeRatio });

test("somebody speaks who is loud enough for 40 % of the interval", () => {
  const speakers = new ActiveSpeakers(AUDIO);
  assert.equal(speakers.handleLevels([loud("a", 10, 0.39)], t0), undefined);
  assert.deepEqual(speakers.handleLevels([loud("a", 35, 0.4)], t0), [{ participantId: "a", level: 0.125 }]);
});

test("the loudest comes first, in steps of 1/8 of full amplitude", () => {
  const speakers = new ActiveSpeakers(AUDIO);
  assert.deepEqual(speakers.handleLevels([loud("a", 20), loud("b", 0), loud("c", 6)], t0), [
    { participantId: "b", level: 1 },
    { participantId: "c", level: 0.625 },
    { participantId: "a", level: 0.125 },
  ]);
});

test("nothing is told when nothing has changed", () => {
  const speakers = new ActiveSpeakers(AUDIO);
  assert.notEqual(speakers.handleLevels([loud("a")], t0), undefined);
  assert.equal(speakers.handleLevels([loud("a", 10.2)], after(t0, 400)), undefined);
});

test("who stops fades over the next intervals, not at once", () => {
  const speakers = new ActiveSpeakers(AUDIO);
  speakers.handleLevels([loud("a", 0)], t0);
  const told: number[] = [];
  for (let interval = 1; interval < 10; interval++) {
    const now = speakers.handleLevels([loud("b", 0)], after(t0, interval * 400));
    if (now !== undefined) told.push(now.find(({ participantId }) => participantId === "a")?.level ?? 0);
  }
  assert.deepEqual(told, [0.375, 0.125, 0]);
});

test("of several microphones the loudest counts", () => {
  assert.deepEqual(new ActiveSpeakers(AUDIO).handleLevels([loud("a", 0), loud("a", 30)], t0), [
    { participantId: "a", level: 1 },
  ]);
});

test("when no reports come any more it is silent after two intervals", () => {
  const speakers = new ActiveSpeakers(AUDIO);
  speakers.handleLevels([loud("a")], t0);
  const due = speakers.pollTimeout();
  assert.ok(due !== undefined && due > after(t0, 800) && due < after(t0, 1_200));
  assert.equal(speakers.handleTimeout(after(t0, 800)), undefined);
  assert.deepEqual(speakers.handleTimeout(due), []);
  assert.equal(speakers.pollTimeout(), undefined);
});

test("who leaves does not speak", () => {
  const speakers = new ActiveSpeakers(AUDIO);
  speakers.handleLevels([loud("a"), loud("b")], t0);
  assert.deepEqual(
    speakers.remove("a")?.map(({ participantId }) => participantId),
    ["b"],
  );
  assert.equal(speakers.remove("a"), undefined);
});

test("how loud, for how long and how smooth is as configured", () => {
  const quiet = new ActiveSpeakers({ activeLevel: 60, minActiveRatio: 0.1, updateIntervalMs: 1_000, smoothIntervals: 0 });
  assert.deepEqual(quiet.handleLevels([loud("a", 50, 0.1)], t0), [{ participantId: "a", level: 0.125 }]);
  assert.deepEqual(quiet.pollTimeout(), after(t0, 2_100));
  assert.deepEqual(quiet.handleLevels([], after(t0, 1_000)), [], "without smoothing it ends at once");
});
