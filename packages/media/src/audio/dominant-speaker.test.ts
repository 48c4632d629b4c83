import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation, type Sound } from "../testing/conversation.js";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

function forSeeds(run: (conversation: Conversation) => void): void {
  for (const seed of SEEDS) run(new Conversation(seed));
}

test("nobody is dominant before somebody has spoken, however many are there and however noisy", () => {
  forSeeds((room) => {
    room.add("ann");
    room.add("bob", "dtx");
    room.run(20_000);
    assert.deepEqual(room.elected, []);
  });
});

test("who speaks becomes dominant within a second and a half, alone or among a hundred", () => {
  for (const others of [0, 1, 99]) {
    const room = new Conversation(others);
    for (let index = 0; index < others; index++) room.add(`p${index}`, index % 2 === 0 ? "noise" : "dtx");
    const ann = room.add("ann");
    room.run(3000);
    ann.sound = "speech";
    room.run(1500);
    assert.deepEqual(room.elected, ["ann"]);
  }
});

test("people who take turns are followed, each within two and a half seconds, and nobody else is", () => {
  forSeeds((room) => {
    const voices = [room.add("ann"), room.add("bob"), room.add("cat")];
    room.run(3000);
    const turns: string[] = [];
    for (let turn = 0; turn < 9; turn++) {
      const voice = voices[turn % 3];
      assert.ok(voice !== undefined);
      voice.sound = "speech";
      turns.push(voice.speaker.producerId);
      room.run(2500);
      assert.equal(room.elected.at(-1), voice.speaker.producerId);
      room.run(5000);
      voice.sound = "noise";
    }
    assert.deepEqual(room.elected, turns);
  });
});

test("a cough does not take over from who speaks", () => {
  forSeeds((room) => {
    room.add("ann", "speech");
    const bob = room.add("bob");
    room.run(5000);
    for (let cough = 0; cough < 10; cough++) {
      bob.sound = "cough";
      room.run(1370);
    }
    assert.deepEqual(room.elected, ["ann"]);
  });
});

test("in silence the last to speak stays dominant", () => {
  forSeeds((room) => {
    const ann = room.add("ann", "speech");
    room.add("bob");
    room.run(5000);
    for (const silence of ["noise", "dtx", "absent"] satisfies Sound[]) {
      ann.sound = silence;
      room.run(20_000);
    }
    assert.deepEqual(room.elected, ["ann"]);
  });
});

test("when two talk at once the picture does not jump to and fro", () => {
  forSeeds((room) => {
    room.add("ann", "speech");
    const bob = room.add("bob");
    room.run(5000);
    bob.sound = "speech";
    room.run(30_000);
    assert.ok(room.elected.length <= 3, room.elected.join());
  });
});

test("who is muted or leaves is not dominant any more, and who comes back must speak first", () => {
  const room = new Conversation(1);
  const ann = room.add("ann", "speech");
  const bob = room.add("bob");
  room.run(5000);
  ann.speaker.handlePaused();
  ann.sound = "absent";
  room.run(2000);
  ann.sound = "noise";
  room.run(5000);
  bob.sound = "speech";
  room.run(3000);
  room.speakers.close(bob.speaker);
  room.voices.pop();
  room.run(1000);
  assert.deepEqual(room.elected, ["ann", "", "bob", ""]);
});

test("neither the packet time nor a lost packet changes who is elected when", () => {
  const elected = [20, 40, 60].map((packetMs) => {
    const room = new Conversation(7);
    room.add("ann", "speech").packetMs = packetMs;
    room.add("bob").packetMs = packetMs;
    room.run(4000);
    return room.elected;
  });
  assert.deepEqual(elected, [["ann"], ["ann"], ["ann"]]);
});

test("a stream whose timestamps jump is heard again", () => {
  const room = new Conversation(1);
  const { speaker } = room.add("ann");
  for (const timestamp of [0, 0x7fff_ffff, 0xffff_ffff, 5, 0x8000_0000]) speaker.handleLevel(127, timestamp, 48_000, room.now);
  room.voices.length = 0;
  const bob = room.add("bob", "speech");
  room.run(3000);
  assert.deepEqual(room.elected, ["bob"]);
  assert.equal(bob.withheld, 0);
});
