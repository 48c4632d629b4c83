import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation } from "../testing/conversation.js";
import { LoudestSpeakers, Loudness, MAX_LOUDEST_SPEAKERS, MAX_SILENT_PACKETS } from "./loudest-speakers.js";

const isHeard = ({ isForwarded }: { readonly isForwarded: boolean }) => isForwarded;

test("of a hundred only the loudest three and the dominant one are forwarded", () => {
  const room = new Conversation(1, 3);
  const voices = Array.from({ length: 100 }, (_, index) => room.add(`p${index}`));
  room.run(1000);
  assert.equal(voices.filter(isHeard).length, 3);
  const loud = voices.slice(50, 53);
  for (const voice of loud) voice.sound = "speech";
  room.run(5000);
  for (const { forwarded, withheld } of loud) assert.ok(forwarded / (forwarded + withheld - 50) > 0.85, `${forwarded}`);
  const forwarded = voices.reduce((sum, voice) => sum + voice.forwarded, 0);
  const all = voices.reduce((sum, voice) => sum + voice.forwarded + voice.withheld, 0);
  assert.ok(forwarded / all < 0.05, `${forwarded} of ${all}`);
});

test("who begins to speak loses two packets at most among noise, and three when others just fell silent", () => {
  for (const others of [0, 2, 3, 10]) {
    const room = new Conversation(others, 3);
    for (let index = 0; index < others; index++) room.add(`p${index}`);
    const ann = room.add("ann");
    room.run(2000);
    ann.sound = "speech";
    const { withheld } = ann;
    room.run(1000);
    assert.ok(ann.withheld - withheld <= 2, `${ann.withheld - withheld} withheld with ${others} others`);
  }
  const room = new Conversation(1, 1);
  const ann = room.add("ann", "speech");
  const bob = room.add("bob");
  room.run(1200);
  ann.sound = "noise";
  bob.sound = "speech";
  // Not yet dominant, which Ann still is.
  const { withheld } = bob;
  room.run(400);
  assert.ok(bob.withheld - withheld <= 3, `${bob.withheld - withheld} withheld`);
});

test("the dominant speaker is forwarded beside those who are louder", () => {
  const loudest = new LoudestSpeakers(1);
  const [loud, quiet] = [new Loudness(), new Loudness()];
  const now = new Conversation(1).now;
  assert.equal(loudest.handleLevel(loud, 10, false, now), true);
  assert.equal(loudest.handleLevel(quiet, 50, false, now), false);
  assert.equal(loudest.handleLevel(quiet, 50, true, now), true);
  assert.equal(loudest.handleLevel(loud, 10, false, now), true);
});

test("speech ends with three silent packets, and more are not sent", () => {
  const loudest = new LoudestSpeakers(2);
  const ann = new Loudness();
  const { now } = new Conversation(1);
  const said = [127, 127, 20, 127, 127, 127, 127, 127, 30, 127].map((level) => loudest.handleLevel(ann, level, true, now));
  assert.deepEqual(said, [false, false, true, true, true, true, false, false, true, true]);
  assert.equal(MAX_SILENT_PACKETS, 3);
});

test("of two equally loud ones the first stays, and who has gone quiet makes room", () => {
  const loudest = new LoudestSpeakers(1);
  const [ann, bob] = [new Loudness(), new Loudness()];
  const room = new Conversation(1);
  const heard: string[] = [];
  for (let packet = 0; packet < 100; packet++) {
    room.run(20);
    if (loudest.handleLevel(ann, 30 + (packet % 3), false, room.now)) heard.push("ann");
    if (loudest.handleLevel(bob, 30 + ((packet + 1) % 3), false, room.now)) heard.push("bob");
  }
  assert.deepEqual(new Set(heard), new Set(["ann"]));
  room.run(160); // Ann's energy has expired: nothing came from her.
  assert.equal(loudest.handleLevel(bob, 60, false, room.now), true);
  loudest.remove(bob);
  assert.equal(loudest.handleLevel(ann, 60, false, room.now), true);
});

test("the number is bounded", () => {
  for (const count of [0, -1, 1.5, Number.NaN, MAX_LOUDEST_SPEAKERS + 1])
    assert.throws(() => new LoudestSpeakers(count), RangeError);
});
