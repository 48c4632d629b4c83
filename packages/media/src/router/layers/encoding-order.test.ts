import assert from "node:assert/strict";
import { test } from "node:test";
import type { RtpEncoding } from "../../rtp/rtp-parameters.js";
import { EncodingOrder } from "./encoding-order.js";

function orderOf(encodings: readonly RtpEncoding[], kind: "audio" | "video" = "video") {
  return new EncodingOrder({ mid: "0", kind, codecs: [], headerExtensions: [], encodings });
}

const DECLARATIONS = [
  { declared: ["q", "h", "f"], layers: [0, 1, 2] },
  { declared: ["f", "h", "q"], layers: [2, 1, 0] },
  { declared: ["f", "h"], layers: [1, 0] },
  { declared: ["high", "mid", "low"], layers: [2, 1, 0] },
  { declared: ["h", "m", "l"], layers: [2, 1, 0] },
  { declared: ["0", "1", "2"], layers: [0, 1, 2] },
  { declared: ["x", "f", "q"], layers: [0, 1, 2] },
];

for (const { declared, layers } of DECLARATIONS) {
  test(`rids ${declared} are spatial layers ${layers}`, () => {
    const order = orderOf(declared.map((rid) => ({ rid })));
    assert.equal(order.count, declared.length);
    assert.deepEqual(
      declared.map((rid) => order.layerOf(1, rid)),
      layers,
    );
    assert.equal(order.layerOf(1, "other"), -1);
  });
}

test("[RFC5576 §4.2] an SSRC group SIM is in the order in which it was declared, and takes no other SSRC", () => {
  const order = orderOf([{ ssrc: 0xf000_0001 }, { ssrc: 2 }]);
  assert.deepEqual(
    [0xf000_0001 | 0, 2, 3].map((ssrc) => order.layerOf(ssrc, undefined)),
    [0, 1, -1],
  );
});

test("a single encoding may come from any SSRC, and audio always is one", () => {
  assert.equal(orderOf([]).layerOf(5, undefined), 0);
  assert.equal(orderOf([{ ssrc: 1 }]).layerOf(5, undefined), 0);
  const audio = orderOf([{ ssrc: 1 }, { ssrc: 2 }], "audio");
  assert.deepEqual([audio.count, audio.layerOf(1, undefined), audio.layerOf(2, undefined)], [1, 0, 0]);
});
