import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameLoop } from "./frame-loop.js";
import type { MediaFrame } from "./media-file.js";

/** A file of `count` frames, 3000 units apart, with a key frame at each of `keyFrames`. */
function createFile(count: number, keyFrames: readonly number[]) {
  const frames: MediaFrame[] = Array.from({ length: count }, (_, index) => {
    return { data: Uint8Array.of(index), timestamp: index * 3_000, isKeyFrame: keyFrames.includes(index) };
  });
  return { frames, duration: count * 3_000 };
}

/** Everything due at `position`, as "frame@timestamp". */
function poll(loop: FrameLoop, position: number): string[] {
  const due: string[] = [];
  for (let frame = loop.pollFrame(position); frame !== undefined; frame = loop.pollFrame(position)) {
    due.push(`${frame.data[0]}@${loop.timestamp}`);
  }
  return due;
}

test("a frame is due at its time, not before", () => {
  const loop = new FrameLoop(createFile(3, [0]));
  assert.deepEqual(poll(loop, 0), ["0@0"]);
  assert.deepEqual(poll(loop, 2_999), []);
  assert.deepEqual(poll(loop, 3_000), ["1@3000"]);
});

test("the file starts over without a seam: the next turn begins where this one ended", () => {
  const loop = new FrameLoop(createFile(3, [0]));
  assert.deepEqual(poll(loop, 21_000), ["0@0", "1@3000", "2@6000", "0@9000", "1@12000", "2@15000", "0@18000", "1@21000"]);
});

test("a file whose clock does not start at 0 starts at once", () => {
  const frames = createFile(2, [0]).frames.map((frame) => ({ ...frame, timestamp: frame.timestamp + 90_000 }));
  const loop = new FrameLoop({ frames, duration: 6_000 });
  assert.deepEqual(poll(loop, 6_000), ["0@0", "1@3000", "0@6000"]);
});

test("who needs a key frame gets the nearest one, at the time of the frame it replaces", () => {
  const file = createFile(12, [0, 4, 8]);
  const cases: [sent: number, next: string][] = [
    [1, "0@3000"], // 1 is nearer to 0 than to 4
    [3, "4@9000"], // 3 is nearer to 4
    [2, "0@6000"], // as near to both: back, where nothing is skipped
    [4, "4@12000"], // is one already
    [11, "0@33000"], // behind 8 the nearest is the start of the next turn
  ];
  for (const [sent, next] of cases) {
    const loop = new FrameLoop(file);
    poll(loop, (sent - 1) * 3_000);
    loop.skipToKeyFrame();
    assert.deepEqual(poll(loop, sent * 3_000), [next]);
  }
});

test("where every frame is a key frame, nothing is skipped", () => {
  const loop = new FrameLoop(createFile(4, [0, 1, 2, 3]));
  poll(loop, 3_000);
  loop.skipToKeyFrame();
  assert.deepEqual(poll(loop, 6_000), ["2@6000"]);
});

test("whatever is asked for and when, time goes forward by one frame at a time and a jump lands on a key frame", () => {
  const steps = fc.array(fc.record({ advance: fc.nat(20_000), skip: fc.boolean() }), { maxLength: 60 });
  const keyFrames = fc.uniqueArray(fc.integer({ min: 0, max: 19 }), { minLength: 1, maxLength: 19 });
  fc.assert(
    fc.property(steps, keyFrames, (planned, keys) => {
      const { frames, duration } = createFile(20, keys);
      const loop = new FrameLoop({ frames, duration });
      let position = 0;
      let latest = -3_000;
      for (const { advance, skip } of planned) {
        if (skip) loop.skipToKeyFrame();
        let mustBeKey = skip;
        position += advance;
        for (let frame = loop.pollFrame(position); frame !== undefined; frame = loop.pollFrame(position)) {
          assert.equal(loop.timestamp, latest + 3_000);
          assert.ok(loop.timestamp <= position);
          assert.ok(!mustBeKey || frame.isKeyFrame);
          mustBeKey = false;
          latest = loop.timestamp;
        }
        assert.ok(latest + 3_000 > position, "nothing due is kept back");
      }
    }),
  );
});

test("a file without frames or duration cannot be looped", () => {
  assert.throws(() => new FrameLoop({ frames: [], duration: 1 }), RangeError);
  assert.throws(() => new FrameLoop({ ...createFile(1, [0]), duration: 0 }), RangeError);
});
