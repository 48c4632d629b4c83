import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import type { PublishedPacket } from "../../testing/virtual-room.js";
import { VirtualRoom } from "../../testing/virtual-room.js";
import { type ModelFrame, type ModelKind, ModelStream, seededRandom } from "./model-stream.test.js";

function openScene(kind: ModelKind, spatialLayers: number) {
  const frames = new Map<number, ModelFrame>();
  const stream = new ModelStream(kind, 0, spatialLayers, frames, seededRandom(3));
  const codecs = [{ payloadType: 96, name: "VP9", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] }];
  const room = new VirtualRoom(createPortableCrypto, { kind: "video", codecs, encodings: [{ ssrc: 1 }] });
  let picture = 0;
  const next = (isKey = false) => stream.picture(picture++, isKey);
  const publish = (packets: readonly PublishedPacket[]) => {
    const forwarded = room.publish(...packets);
    room.wait(33);
    return forwarded;
  };
  const isKeyWanted = () => {
    room.wait(100);
    room.tick();
    return room.producer.streams[0]?.keyFrames.isWanted === true;
  };
  return { room, next, publish, isKeyWanted };
}

/** RFC 9628 §4.2: SID of a packet whose descriptor has a picture id of two bytes. */
const spatialLayerOf = ({ payload }: { readonly payload: readonly number[] }) => ((payload[3] ?? 0) >> 1) & 7;

test("[RFC9628 §4.2] between key pictures of k-SVC only the highest layer is forwarded", () => {
  const { next, publish } = openScene("VP9 k-SVC", 3);
  assert.deepEqual(new Set(publish(next(true)).map(spatialLayerOf)), new Set([0, 1, 2]));
  for (let picture = 0; picture < 4; picture++) {
    const forwarded = publish(next());
    assert.deepEqual(new Set(forwarded.map(spatialLayerOf)), new Set([2]));
    assert.equal(forwarded.at(-1)?.isMarked, true);
  }
});

test("[RFC9628 §4.2] when the encoder gives up the layer that is forwarded in k-SVC, a key frame is asked for at once", () => {
  const { next, publish, isKeyWanted } = openScene("VP9 k-SVC", 3);
  publish(next(true));
  publish(next());
  assert.equal(isKeyWanted(), false);
  const rest = next().filter((packet) => spatialLayerOf(packet) < 2);
  publish(rest.map((packet, index) => ({ ...packet, isMarked: index === rest.length - 1 })));
  assert.equal(isKeyWanted(), true);
  const key = next(true).filter((packet) => spatialLayerOf(packet) < 2);
  publish(key);
  const forwarded = publish(next().filter((packet) => spatialLayerOf(packet) < 2));
  assert.deepEqual(new Set(forwarded.map(spatialLayerOf)), new Set([1]), "the highest of the layers there are now");
});

test("[RFC9628 §4.2] in full SVC every layer up to the highest is forwarded, and fewer from the next picture on", () => {
  const { room, next, publish, isKeyWanted } = openScene("VP9", 3);
  publish(next(true));
  room.consumer.preference = { maxSpatialLayer: 1, maxTemporalLayer: 7, priority: 1 };
  assert.equal(isKeyWanted(), false);
  const forwarded = publish(next());
  assert.deepEqual(new Set(forwarded.map(spatialLayerOf)), new Set([0, 1]));
  assert.equal(forwarded.at(-1)?.isMarked, true);
  room.consumer.preference = { maxSpatialLayer: 2, maxTemporalLayer: 7, priority: 1 };
  assert.equal(isKeyWanted(), true);
});
