import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import { EXTENSION_URI } from "../../rtp/rtp-parameters.js";
import { VirtualRoom } from "../../testing/virtual-room.js";
import { RESTARTS } from "../forwarded-sequence.js";
import { ModelDecoder } from "./model-decoder.test.js";
import { DESCRIPTOR_ID, type ModelFrame, type ModelKind, ModelStream, seededRandom } from "./model-stream.test.js";

function openScene(kind: ModelKind, spatialLayers: number, { hasDescriptor = true } = {}) {
  const frames = new Map<number, ModelFrame>();
  const stream = new ModelStream(kind, 0, spatialLayers, frames, seededRandom(7));
  const headerExtensions = [{ id: DESCRIPTOR_ID, uri: EXTENSION_URI.dependencyDescriptor }];
  const codecs = [{ payloadType: 96, name: "AV1", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] }];
  const options = {
    kind: "video" as const,
    encodings: [{ ssrc: 1 }],
    codecs,
    headerExtensions,
    receiverExtensions: hasDescriptor ? headerExtensions : [],
  };
  const room = new VirtualRoom(createPortableCrypto, options);
  const decoder = new ModelDecoder(kind, frames, false);
  const want = (maxSpatialLayer: number, maxTemporalLayer: number) => {
    room.consumer.preference = { maxSpatialLayer, maxTemporalLayer, priority: 1 };
    room.tick();
  };
  let picture = 0;
  const next = (isKey = false) => stream.picture(picture++, isKey);
  const publish = (...packets: ReturnType<typeof next>) => {
    const forwarded = room.publish(...packets);
    decoder.receive(forwarded);
    room.wait(33);
    return forwarded;
  };
  const layersOf = (from: number) =>
    decoder.decoded.slice(from).map((frame) => `S${frame.spatialLayer}T${frame.temporalLayer}`);
  return { room, decoder, frames, want, next, publish, layersOf };
}

test("[AV1-RTP §4.2] a picture that has begun ends as it was meant to, whatever is wanted meanwhile", () => {
  const { want, next, publish } = openScene("AV1", 3);
  publish(...next(true));
  const packets = next();
  publish(...packets.slice(0, -1));
  want(0, 2);
  const [last] = publish(...packets.slice(-1));
  assert.equal(last?.isMarked, true);
  const after = publish(...next());
  assert.deepEqual(
    after.map(({ isMarked }) => isMarked),
    after.map((_, index) => index === after.length - 1),
  );
});

test("[AV1-RTP §A.4] full SVC goes down at the next picture, and up with a key frame", () => {
  const { room, want, next, publish, decoder, layersOf } = openScene("AV1", 3);
  publish(...next(true), ...next());
  want(1, 0);
  room.producer.streams[0]?.keyFrames.handleKeyFrame();
  const before = decoder.decoded.length;
  publish(...next(), ...next(), ...next());
  assert.deepEqual(layersOf(before), ["S0T0", "S1T0"]);
  want(2, 2);
  assert.equal(room.producer.streams[0]?.keyFrames.isWanted, true);
  publish(...next(), ...next(true));
  assert.deepEqual(layersOf(before + 2), ["S0T0", "S1T0", "S2T0"]);
});

test("[AV1-RTP §A.4] k-SVC goes down with a key frame only, once the lower layer went on without the receiver", () => {
  const { room, want, next, publish, decoder, layersOf } = openScene("AV1 k-SVC", 3);
  publish(...next(true), ...next(), ...next(), ...next(), ...next(), ...next());
  want(0, 2);
  const before = decoder.decoded.length;
  publish(...next(), ...next());
  room.wait(100);
  room.tick();
  assert.equal(room.producer.streams[0]?.keyFrames.isWanted, true);
  publish(...next(true), ...next());
  assert.deepEqual(layersOf(before), ["S2T1", "S2T2", "S0T0", "S0T2"]);
});

test("[AV1-RTP §A.4] k-SVC goes down at a switch indication that needs nothing but the key frame", () => {
  const { want, next, publish, decoder, layersOf } = openScene("AV1 k-SVC", 3);
  publish(...next(true), ...next());
  want(0, 2);
  const before = decoder.decoded.length;
  publish(...next(), ...next());
  assert.deepEqual(layersOf(before), ["S0T1", "S0T2"]);
});

test("[AV1-RTP §A.4] frames that refer to what was left out are left out", () => {
  const { want, next, publish, decoder, layersOf } = openScene("AV1", 3);
  publish(...next(true));
  want(2, 0);
  publish(...next(), ...next());
  want(1, 2);
  const before = decoder.decoded.length;
  // The last picture of the group refers to the one in its middle, which nobody got.
  assert.deepEqual(publish(...next()), []);
  publish(...next(), ...next());
  assert.deepEqual(layersOf(before), ["S0T0", "S1T0", "S0T2", "S1T2"]);
});

for (const kind of ["AV1", "AV1 k-SVC"] as const) {
  test(`${kind}: a receiver without descriptors gets the lowest spatial layer alone, each frame with its end`, () => {
    const { room, next, frames } = openScene(kind, 3, { hasDescriptor: false });
    const forwarded = [next(true), next(), next(), next(), next()].flatMap((packets) => room.publish(...packets));
    const lowest = [...frames.values()].filter(({ spatialLayer }) => spatialLayer === 0);
    // The number of a frame and of its part are at the end of what the model sends.
    assert.deepEqual(
      forwarded.map(({ payload, isMarked }) => [...payload.slice(-2), isMarked]),
      lowest.flatMap(({ id, parts }) => Array.from({ length: parts }, (_, part) => [id, part, part === parts - 1])),
    );
    assert.equal(room.consumer.preference.maxSpatialLayer, 0);
    // Nor does it ask for what it cannot have.
    room.producer.streams[0]?.keyFrames.handleKeyFrame();
    room.wait(2000);
    room.tick();
    assert.equal(room.producer.streams[0]?.keyFrames.isWanted, false);
  });
}

test("a structure that comes late is begun with, and what came before it is sent along", () => {
  const { next, publish, decoder, frames } = openScene("AV1", 1);
  publish(...next(true), ...next());
  const [first, ...rest] = next(true);
  assert.ok(first !== undefined);
  assert.deepEqual(publish(...rest, ...next()), []);
  publish(first);
  publish(...next());
  assert.equal(decoder.decoded.length, frames.size);
});

test("attack 20: key frames that come late one by one have their receivers sent little, each for the next", () => {
  const { room, next } = openScene("AV1", 1);
  const keys = Array.from({ length: 40 }, () => next(true)).flat();
  const rest = Array.from({ length: 100 }, () => next()).flat();
  const [key] = keys.splice(-1);
  assert.ok(key !== undefined);
  room.publish(key, ...rest.slice(0, 50));
  // The last has no descriptor: nobody can tell what it is for, and what comes behind it is lost until a key frame comes.
  const { extensions: _, ...stray } = rest.at(-1) ?? key;
  room.publish(...rest.slice(50, -1), stray);
  const forwarded = keys.toReversed().reduce((sum, late) => sum + room.publish(late).length, 0);
  assert.ok(forwarded <= (RESTARTS.burst + 1) * rest.length + keys.length * 2, `${forwarded} packets for ${keys.length}`);
});
