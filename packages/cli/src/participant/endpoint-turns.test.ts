import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@sluice/media";
import { EndpointTurns } from "./endpoint-turns.js";

class Counted {
  isSlow = false;
  readonly turns: number[] = [];

  handleTick(now: number): void {
    this.turns.push(now);
  }
}

function run(turns: EndpointTurns<Counted>, from: number, to: number): void {
  for (let turn = from; turn < to; turn++) turns.handleTick(turn, instant(turn));
}

test("everybody has a turn at its own interval, and they are spread over the ticks", () => {
  const turns = new EndpointTurns<Counted>(3, 6, ({ isSlow }) => isSlow);
  const all = Array.from({ length: 12 }, () => new Counted());
  for (const each of all) turns.add(each);
  for (const slow of all.slice(6)) slow.isSlow = true;
  run(turns, 0, 60);
  for (const { isSlow, turns: had } of all) {
    assert.equal(had.length, isSlow ? 10 : 20);
    assert.deepEqual(
      new Set(had.map((at, index) => at - (had[index - 1] ?? at - (isSlow ? 6 : 3)))),
      new Set([isSlow ? 6 : 3]),
    );
  }
  const load = new Map<number, number>();
  for (const { turns: had } of all) for (const at of had) load.set(at, (load.get(at) ?? 0) + 1);
  assert.equal(Math.max(...load.values()) - Math.min(...load.values()), 0);
});

test("who is deleted has no more turns, and its place is taken by the next", () => {
  const turns = new EndpointTurns<Counted>(1, 2, ({ isSlow }) => isSlow);
  const [one, other, third] = [new Counted(), new Counted(), new Counted()];
  for (const each of [one, other]) turns.add(each);
  turns.delete(one);
  turns.add(third);
  run(turns, 0, 4);
  assert.deepEqual([one.turns.length, other.turns.length, third.turns.length], [0, 4, 4]);
});

test("who hurries again has its turn as soon as the others that do", () => {
  const turns = new EndpointTurns<Counted>(2, 8, ({ isSlow }) => isSlow);
  const one = new Counted();
  one.isSlow = true;
  turns.add(one);
  run(turns, 0, 8);
  assert.equal(one.turns.length, 1);
  one.isSlow = false;
  run(turns, 8, 16);
  assert.equal(one.turns.length, 5);
});
